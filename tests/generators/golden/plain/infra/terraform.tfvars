project = "plain"
region  = "eu-central-1"
