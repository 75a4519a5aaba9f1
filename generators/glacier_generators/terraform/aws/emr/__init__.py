"""Tasks on EMR Serverless."""
