project = "arriving-days"
region  = "eu-central-1"
