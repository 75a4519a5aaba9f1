project = "orders"
region  = "eu-central-1"
