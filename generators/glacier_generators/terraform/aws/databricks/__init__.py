"""Tasks on Databricks."""
