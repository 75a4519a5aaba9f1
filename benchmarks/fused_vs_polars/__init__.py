"""A fused Glacier pipeline beside the Polars query that a careful person would write by hand."""
