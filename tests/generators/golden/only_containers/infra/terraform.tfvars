project = "only-containers"
region  = "eu-central-1"
