project = "configured"
region  = "eu-central-1"
