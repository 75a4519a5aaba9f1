"""Ten queries of TPC-H as one pipeline of small tasks, beside one multi-sink Polars query written by hand."""
