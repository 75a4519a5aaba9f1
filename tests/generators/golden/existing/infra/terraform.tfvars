project = "existing"
region  = "eu-central-1"
