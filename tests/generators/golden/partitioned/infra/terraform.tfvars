project = "partitioned"
region  = "eu-central-1"
