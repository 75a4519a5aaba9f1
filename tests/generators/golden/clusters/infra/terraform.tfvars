project = "clusters"
region  = "eu-central-1"
