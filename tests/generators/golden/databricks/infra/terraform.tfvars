project = "databricks"
region  = "eu-central-1"
