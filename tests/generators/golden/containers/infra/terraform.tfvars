project = "containers"
region  = "eu-central-1"
