# Where tasks run on EMR Serverless. An idle application costs nothing.
module "emr_7_5_0" {
  source = "./modules/emr_application"

  name         = "${local.name}-emr-7-5-0"
  release      = "emr-7.5.0"
  architecture = "X86_64"
  image        = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/spark@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

  # What runs at once at most follows from these.
  drivers = {
    split_one_day_there = { cpu = 4, memory_gib = 16, at_once = 10 }
    count_drawn         = { cpu = 4, memory_gib = 16 }
    score               = { cpu = 4, memory_gib = 16 }
  }

  code_bucket = local.artefact_bucket
  code_folder = local.name
  network     = local.network
}

module "emr_7_9_0" {
  source = "./modules/emr_application"

  name         = "${local.name}-emr-7-9-0"
  release      = "emr-7.9.0"
  architecture = "X86_64"
  image        = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/spark@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

  # What runs at once at most follows from these.
  drivers = {
    sum_up = { cpu = 16, memory_gib = 120 }
  }

  code_bucket = local.artefact_bucket
  code_folder = local.name
  network     = local.network
}
