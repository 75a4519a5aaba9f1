"""Spellings of null are a tuple."""

# caught: not at all

from glacier_runtime import CsvFormat

semicolons = CsvFormat(
    separator=";",
    null_values="NA",  # wrong: mypy=arg-type pyright=reportArgumentType
)
