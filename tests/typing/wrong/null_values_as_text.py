"""Spellings of null are a tuple."""

from glacier_runtime import CsvFormat

semicolons = CsvFormat(
    separator=";",
    null_values="NA",  # wrong: mypy=arg-type pyright=reportArgumentType
)
