project = "fan-in"
region  = "eu-central-1"
