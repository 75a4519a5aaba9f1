"""The queries in DuckDB: the steps are views, and each result is a statement that writes a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import duckdb
from clock import report

_TABLES: Final = (
    "lineitem",
    "orders",
    "customer",
    "part",
    "partsupp",
    "supplier",
    "nation",
    "region",
)
_STEPS: Final[Mapping[str, str]] = {
    "priced_items": """
        SELECT l_orderkey, l_partkey, l_suppkey, l_quantity, l_extendedprice, l_discount, l_tax, l_returnflag, l_linestatus,
               l_shipdate, l_extendedprice * (1 - l_discount) AS revenue
        FROM lineitem""",
    "late_items": """
        SELECT l_orderkey, l_suppkey, l_shipdate, l_commitdate, l_receiptdate, l_shipmode
        FROM lineitem WHERE l_receiptdate > l_commitdate""",
    "nations": "SELECT n_nationkey, n_name, r_name FROM nation JOIN region ON n_regionkey = r_regionkey",
    "suppliers": """
        SELECT s_suppkey, s_name, s_nationkey, n_name, r_name FROM supplier JOIN nations ON s_nationkey = n_nationkey""",
    "customer_orders": """
        SELECT o_orderkey, o_custkey, o_totalprice, o_orderdate, o_shippriority, c_name, c_address, c_nationkey, c_phone,
               c_acctbal, c_mktsegment, c_comment
        FROM orders JOIN customer ON o_custkey = c_custkey""",
}
_QUERIES: Final[Mapping[str, str]] = {
    "q1": """
        SELECT l_returnflag, l_linestatus, sum(l_quantity) AS sum_qty, sum(l_extendedprice) AS sum_base_price,
               sum(revenue) AS sum_disc_price, sum(revenue * (1 + l_tax)) AS sum_charge,
               avg(l_quantity::DOUBLE) AS avg_qty, avg(l_extendedprice::DOUBLE) AS avg_price,
               avg(l_discount::DOUBLE) AS avg_disc, count(*) AS count_order
        FROM priced_items WHERE l_shipdate <= DATE '1998-09-02'
        GROUP BY ALL ORDER BY l_returnflag, l_linestatus""",
    "q3": """
        SELECT l_orderkey, sum(revenue) AS revenue, o_orderdate, o_shippriority
        FROM priced_items JOIN customer_orders ON l_orderkey = o_orderkey
        WHERE c_mktsegment = 'BUILDING' AND o_orderdate < DATE '1995-03-15' AND l_shipdate > DATE '1995-03-15'
        GROUP BY ALL ORDER BY revenue DESC, o_orderdate, l_orderkey LIMIT 10""",
    "q4": """
        SELECT o_orderpriority, count(*) AS order_count FROM orders
        WHERE o_orderdate BETWEEN DATE '1993-07-01' AND DATE '1993-09-30' AND o_orderkey IN (SELECT l_orderkey FROM late_items)
        GROUP BY ALL ORDER BY o_orderpriority""",
    "q5": """
        SELECT n_name, sum(revenue) AS revenue
        FROM priced_items JOIN customer_orders ON l_orderkey = o_orderkey
             JOIN suppliers ON l_suppkey = s_suppkey AND c_nationkey = s_nationkey
        WHERE r_name = 'ASIA' AND o_orderdate BETWEEN DATE '1994-01-01' AND DATE '1994-12-31'
        GROUP BY ALL ORDER BY revenue DESC""",
    "q6": """
        SELECT sum(l_extendedprice * l_discount) AS revenue FROM lineitem
        WHERE l_shipdate BETWEEN DATE '1994-01-01' AND DATE '1994-12-31' AND l_discount BETWEEN 0.05 AND 0.07
              AND l_quantity < 24""",
    "q9": """
        SELECT n_name AS nation, year(o_orderdate)::INT AS o_year, sum(revenue - ps_supplycost * l_quantity) AS sum_profit
        FROM priced_items JOIN partsupp ON l_partkey = ps_partkey AND l_suppkey = ps_suppkey
             JOIN part ON ps_partkey = p_partkey JOIN suppliers ON l_suppkey = s_suppkey JOIN orders ON l_orderkey = o_orderkey
        WHERE contains(p_name, 'green')
        GROUP BY ALL ORDER BY nation, o_year DESC""",
    "q10": """
        SELECT o_custkey, c_name, c_acctbal, c_phone, n_name, c_address, c_comment, sum(revenue) AS revenue
        FROM priced_items JOIN customer_orders ON l_orderkey = o_orderkey JOIN nations ON c_nationkey = n_nationkey
        WHERE l_returnflag = 'R' AND o_orderdate BETWEEN DATE '1993-10-01' AND DATE '1993-12-31'
        GROUP BY ALL ORDER BY revenue DESC, o_custkey LIMIT 20""",
    "q12": """
        SELECT l_shipmode, count(*) FILTER (o_orderpriority IN ('1-URGENT', '2-HIGH')) AS high_line_count,
               count(*) FILTER (o_orderpriority NOT IN ('1-URGENT', '2-HIGH')) AS low_line_count
        FROM orders JOIN late_items ON o_orderkey = l_orderkey
        WHERE l_shipmode IN ('MAIL', 'SHIP') AND l_shipdate < l_commitdate
              AND l_receiptdate BETWEEN DATE '1994-01-01' AND DATE '1994-12-31'
        GROUP BY ALL ORDER BY l_shipmode""",
    "q18": """
        SELECT c_name, o_custkey, o_orderkey, o_orderdate, o_totalprice, sum_qty
        FROM customer_orders
             JOIN (SELECT l_orderkey, sum(l_quantity) AS sum_qty FROM lineitem GROUP BY ALL HAVING sum(l_quantity) > 300)
             ON o_orderkey = l_orderkey
        ORDER BY o_totalprice DESC, o_orderdate, o_orderkey LIMIT 100""",
    "q21": """
        SELECT s_name, count(*) AS numwait
        FROM late_items JOIN suppliers ON l_suppkey = s_suppkey
        WHERE n_name = 'SAUDI ARABIA'
              AND l_orderkey IN (SELECT o_orderkey FROM orders WHERE o_orderstatus = 'F')
              AND l_orderkey IN (SELECT l_orderkey FROM lineitem GROUP BY ALL HAVING count(DISTINCT l_suppkey) > 1)
              AND l_orderkey IN (SELECT l_orderkey FROM late_items GROUP BY ALL HAVING count(DISTINCT l_suppkey) = 1)
        GROUP BY ALL ORDER BY numwait DESC, s_name LIMIT 100""",
}


def _run(tables: Path, results: Path) -> None:
    with duckdb.connect() as connection:
        for table in _TABLES:
            connection.execute(f"CREATE VIEW {table} AS FROM '{tables / table}.parquet'")
        for name, query in _STEPS.items():
            connection.execute(f"CREATE VIEW {name} AS {query}")
        for name, query in _QUERIES.items():
            connection.execute(f"COPY ({query}) TO '{results / name}.parquet'")


report(_run)
