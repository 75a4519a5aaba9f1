project = "scheduled"
region  = "eu-central-1"
