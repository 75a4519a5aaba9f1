project = "keyed"
region  = "eu-central-1"
