project = "flights"
region  = "eu-central-1"
