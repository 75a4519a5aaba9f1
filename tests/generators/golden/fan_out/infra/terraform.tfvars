project = "fan_out"
region  = "eu-central-1"
