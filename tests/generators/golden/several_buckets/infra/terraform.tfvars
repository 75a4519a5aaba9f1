project = "letters"
region  = "eu-central-1"
