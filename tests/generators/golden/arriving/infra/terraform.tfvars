project = "arriving"
region  = "eu-central-1"
