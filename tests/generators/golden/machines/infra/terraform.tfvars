project = "machines"
region  = "eu-central-1"
