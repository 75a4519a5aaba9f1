"""What finds losses is itself put to the test: a verdict that cannot fail would count nothing."""

from __future__ import annotations

import io
import random
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import polars as pl
import pytest

from tests.faults import table
from tests.faults.books import TOKEN, raw_rows
from tests.faults.children import Ended, run
from tests.faults.clocks import COMPILER, YEAR_S, compiled
from tests.faults.places import folder
from tests.faults.proxy import Proxy, Rule
from tests.faults.verdict import ALL_DAYS, Counts, Series

DONE = Ended(0, "", (), 0.0)


@pytest.fixture
def series(tmp_path: Path) -> Series:
    made = Series(folder(tmp_path / "project", TOKEN), random.Random(1))
    made.begin()
    return made


def damaged(series: Series, name: str, frame: pl.DataFrame) -> list[str]:
    """Let a fault have left this at a stable path."""
    series.renew()
    stable = series.place.data / f"{name}.parquet"
    stable.unlink()
    frame.write_parquet(stable)
    series.judge(DONE)
    return series.counts.losses


def test_a_mixture_is_a_loss(series: Series) -> None:
    old, new = (pl.read_parquet(io.BytesIO(raw_rows(g, series.rows))) for g in (2, 3))
    (loss,) = damaged(series, "flat", pl.concat([old.head(15), new.tail(15)]))
    assert "is a mixture" in loss


def test_half_of_the_rows_are_a_loss(series: Series) -> None:
    (loss,) = damaged(series, "flat", pl.read_parquet(io.BytesIO(raw_rows(2, 15))))
    assert "is not whole" in loss


def test_a_stable_file_that_is_ahead_of_what_is_published_is_a_loss(series: Series) -> None:
    (loss,) = damaged(series, "flat", pl.read_parquet(io.BytesIO(raw_rows(3, series.rows))))
    assert "the stable file flat" in loss


def test_an_error_without_a_code_is_a_loss(series: Series) -> None:
    series.renew()
    series.judge(Ended(4, "KeyError: 'x'", (), 0.0))
    (loss,) = series.counts.losses
    assert "without an error of Glacier" in loss


def test_a_secret_is_found_wherever_it_is_told(series: Series) -> None:
    series.renew()
    (series.place.root / ".glacier" / "note.txt").write_text(f"token={TOKEN}")
    series.judge(replace(DONE, said=f"using {TOKEN}"))
    assert [("a secret is in" in loss) for loss in series.counts.losses] == [True, True]


def test_a_run_that_mends_nothing_is_a_loss(series: Series) -> None:
    series.generation += 1  # of which there is no source
    assert run(series.place, ALL_DAYS).is_done
    series.mend()
    (loss,) = series.counts.losses
    assert "after the next run" in loss
    assert series.counts.mended == 0


class Shelf(BaseHTTPRequestHandler):
    """A store of one object."""

    protocol_version = "HTTP/1.1"
    content: ClassVar[bytes] = b""

    def do_GET(self) -> None:
        self.answer(Shelf.content)

    def do_PUT(self) -> None:
        Shelf.content = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(b"")

    def answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    Shelf.content = b"0123456789"
    with ThreadingHTTPServer(("127.0.0.1", 0), Shelf) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        with Proxy(f"http://127.0.0.1:{server.server_port}").serving() as serving:
            yield serving
        server.shutdown()
        thread.join()


def ask(proxy: Proxy, method: str = "GET", body: bytes | None = None) -> tuple[int, bytes]:
    address = f"{proxy.endpoint}/lake/a.txt"
    request = urllib.request.Request(address, data=body, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_without_rules_everything_is_passed_on(proxy: Proxy) -> None:
    assert ask(proxy) == (200, b"0123456789")


def test_rules_decide_by_method_and_count(proxy: Proxy) -> None:
    proxy.rules = [Rule(503, 1.0, ("PUT",))]
    assert ask(proxy)[0] == 200
    assert ask(proxy, "PUT", b"new")[0] == 503
    assert proxy.met == {"503": 1}
    proxy.rules = []
    assert ask(proxy) == (200, b"0123456789")


def test_an_answer_that_is_lost_was_carried_out(proxy: Proxy) -> None:
    proxy.rules = [Rule("lost", 1.0, ("PUT",))]
    with pytest.raises((HTTPException, OSError)):
        ask(proxy, "PUT", b"new")
    assert ask(proxy) == (200, b"new")


@pytest.mark.parametrize("fault", ["cut", "refused"])
def test_an_answer_that_is_cut_off_is_no_answer(proxy: Proxy, fault: str) -> None:
    proxy.rules = [Rule(fault, 1.0)]
    with pytest.raises((HTTPException, OSError)):
        ask(proxy)


def test_the_table_is_replaced_row_by_row(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{table.BEGIN}\n{table.END}\nafter\n")
    rows = [
        table.Row.of(name, "somehow", Counts(tries=tries))
        for name, tries in (("one", 1), ("two", 2))
    ]
    table.write_table(page, rows, ["two", "one"])
    table.write_table(page, [table.Row.of("one", "somehow", Counts(tries=9))], ["two", "one"])
    lines = page.read_text().splitlines()
    assert (lines[0], lines[-1]) == ("before", "after")
    counted = [line.split(" | ")[2] for line in lines if line.startswith(("| one", "| two"))]
    assert counted == ["2", "9"]


@pytest.mark.skipif(COMPILER is None, reason="no C compiler for a clock that lies: apt install gcc")
def test_a_clock_that_lies_is_believed(tmp_path: Path) -> None:
    code = (
        "import time, datetime as d, sys; t = time.time(); "
        "sys.stdout.write(f'{t} {d.datetime.now(d.UTC).timestamp()}')"
    )
    wrong = {"LD_PRELOAD": str(compiled(tmp_path)), "CLOCK_JUMPS_BY_S": str(50 * YEAR_S)}
    done = subprocess.run([sys.executable, "-c", code], env=wrong, capture_output=True, text=True)
    asked = [float(text) for text in done.stdout.split()]
    assert [round((moment - time.time()) / YEAR_S) for moment in asked] == [50, 50]
