"""The table of who catches what is what the programs say."""

from __future__ import annotations

from tests.typing.table import PAGE, render_table, with_table


def test_the_page_shows_the_table_of_now() -> None:
    """`python -m tests.typing.table` writes it."""
    page = PAGE.read_text(encoding="utf-8")

    assert render_table() in page
    assert with_table(page) == page
