project = "secrets"
region  = "eu-central-1"
