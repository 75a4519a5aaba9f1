"""What TPC-H is about, as schemas: eight tables that `tpchgen-cli` makes, the steps between, and ten results."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import polars as pl
from pydantic import BaseModel, Field

__all__ = ["RESULTS", "SOURCES", "generate", "generator"]

Money = Annotated[Decimal, Field(max_digits=15, decimal_places=2)]
Total = Annotated[Decimal, Field(max_digits=38, decimal_places=2)]
Revenue = Annotated[Decimal, Field(max_digits=38, decimal_places=4)]
Charge = Annotated[Decimal, Field(max_digits=38, decimal_places=6)]
Small = Annotated[int, pl.Int32]
Count = Annotated[int, Field(ge=0)]


class Lineitem(BaseModel):
    l_orderkey: int
    l_partkey: int
    l_suppkey: int
    l_linenumber: Small
    l_quantity: Money
    l_extendedprice: Money
    l_discount: Money
    l_tax: Money
    l_returnflag: str
    l_linestatus: str
    l_shipdate: date
    l_commitdate: date
    l_receiptdate: date
    l_shipinstruct: str
    l_shipmode: str
    l_comment: str


class Orders(BaseModel):
    o_orderkey: int
    o_custkey: int
    o_orderstatus: str
    o_totalprice: Money
    o_orderdate: date
    o_orderpriority: str
    o_clerk: str
    o_shippriority: Small
    o_comment: str


class Customer(BaseModel):
    c_custkey: int
    c_name: str
    c_address: str
    c_nationkey: int
    c_phone: str
    c_acctbal: Money
    c_mktsegment: str
    c_comment: str


class Part(BaseModel):
    p_partkey: int
    p_name: str
    p_mfgr: str
    p_brand: str
    p_type: str
    p_size: Small
    p_container: str
    p_retailprice: Money
    p_comment: str


class Partsupp(BaseModel):
    ps_partkey: int
    ps_suppkey: int
    ps_availqty: Small
    ps_supplycost: Money
    ps_comment: str


class Supplier(BaseModel):
    s_suppkey: int
    s_name: str
    s_address: str
    s_nationkey: int
    s_phone: str
    s_acctbal: Money
    s_comment: str


class Nation(BaseModel):
    n_nationkey: int
    n_name: str
    n_regionkey: int
    n_comment: str


class Region(BaseModel):
    r_regionkey: int
    r_name: str
    r_comment: str


class Q1(BaseModel):
    l_returnflag: Annotated[str, Field(pattern="^[ANR]$")]
    l_linestatus: Annotated[str, Field(pattern="^[FO]$")]
    sum_qty: Annotated[Total, Field(gt=0)]
    sum_base_price: Annotated[Total, Field(gt=0)]
    sum_disc_price: Annotated[Revenue, Field(gt=0)]
    sum_charge: Annotated[Charge, Field(gt=0)]
    avg_qty: float
    avg_price: float
    avg_disc: Annotated[float, Field(ge=0, le=1)]
    count_order: Count


class Q3(BaseModel):
    l_orderkey: int
    revenue: Annotated[Revenue, Field(gt=0)]
    o_orderdate: date
    o_shippriority: Small


class Q4(BaseModel):
    o_orderpriority: str
    order_count: Count


class Q5(BaseModel):
    n_name: str
    revenue: Annotated[Revenue, Field(gt=0)]


class Q6(BaseModel):
    revenue: Annotated[Revenue, Field(gt=0)]


class Q9(BaseModel):
    nation: str
    o_year: Annotated[int, pl.Int32, Field(ge=1992, le=1998)]
    sum_profit: Revenue


class Q10(BaseModel):
    o_custkey: int
    c_name: str
    c_acctbal: Money
    c_phone: str
    n_name: str
    c_address: str
    c_comment: str
    revenue: Annotated[Revenue, Field(gt=0)]


class Q12(BaseModel):
    l_shipmode: str
    high_line_count: Count
    low_line_count: Count


class Q18(BaseModel):
    c_name: str
    o_custkey: int
    o_orderkey: int
    o_orderdate: date
    o_totalprice: Money
    sum_qty: Annotated[Total, Field(gt=300)]


class Q21(BaseModel):
    s_name: str
    numwait: Annotated[int, Field(ge=1)]


SOURCES: dict[str, type[BaseModel]] = {
    model.__name__.lower(): model
    for model in (Lineitem, Orders, Customer, Part, Partsupp, Supplier, Nation, Region)
}
RESULTS: dict[str, type[BaseModel]] = {
    model.__name__.lower(): model for model in (Q1, Q3, Q4, Q5, Q6, Q9, Q10, Q12, Q18, Q21)
}


def generator() -> str | None:
    """Return the command that makes the tables; None if it is not installed."""
    beside_python = Path(sys.executable).with_name("tpchgen-cli")
    return str(beside_python) if beside_python.exists() else shutil.which("tpchgen-cli")


def generate(folder: Path, scale: float) -> None:
    """Make the eight tables as Parquet files in a folder, unless they are there.

    Args:
        folder: The folder.
        scale: 1 is about 1 GB of text, and 0.35 GB of Parquet.
    """
    if all((folder / f"{name}.parquet").is_file() for name in SOURCES):
        return
    command = generator()
    if command is None:
        message = "tpchgen-cli is not installed: pip install tpchgen-cli"
        raise FileNotFoundError(message)
    subprocess.run(
        [command, "parquet", "--scale-factor", str(scale), "--output-dir", str(folder)], check=True
    )
