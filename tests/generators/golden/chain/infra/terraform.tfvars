project = "chain"
region  = "eu-central-1"
