project = "diamond"
region  = "eu-central-1"
