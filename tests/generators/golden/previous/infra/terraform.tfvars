project = "previous"
region  = "eu-central-1"
