project = "granted"
region  = "eu-central-1"
