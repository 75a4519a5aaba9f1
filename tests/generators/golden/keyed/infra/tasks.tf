# tests.generators.pipelines:split_one_day
module "task_split_one_day" {
  source = "./modules/lambda_task"

  name        = "${local.name}-split_one_day"
  task        = "split_one_day"
  description = "Make one day."
  memory_mib  = 512
  timeout_s   = 120

  reads = {
    raw = { bucket_arn = module.bucket_lake.arn, path = "raw/flights.parquet", source = true }
  }
  writes = {
    by_day = { bucket_arn = module.bucket_lake.arn, path = "by_day/" }
  }
  buckets = {
    lake = module.bucket_lake.name
  }
  home_bucket_arn = module.bucket_lake.arn

  code               = local.code
  region             = var.region
  log_retention_days = var.log_retention_days
  kms_key_arn        = var.kms_key_arn

  permissions_boundary = var.permissions_boundary
}

# tests.generators.pipelines:split_one_carrier
module "task_split_one_carrier" {
  source = "./modules/container_task"

  name       = "${local.name}-split_one_carrier"
  task       = "split_one_carrier"
  cpu        = 1024
  memory_mib = 4096
  timeout_s  = 1800

  image     = var.code.image_uri
  built_for = var.code.architecture
  folder    = "/var/task"

  reads = {
    by_day = { bucket_arn = module.bucket_lake.arn, path = "by_day/" }
  }
  writes = {
    by_region = { bucket_arn = module.bucket_lake.arn, path = "by_region/" }
  }
  buckets = {
    lake = module.bucket_lake.name
  }
  home_bucket_arn = module.bucket_lake.arn

  cluster_arn        = module.containers.arn
  network            = local.network
  region             = var.region
  log_retention_days = var.log_retention_days
  kms_key_arn        = var.kms_key_arn

  permissions_boundary = var.permissions_boundary
}

# tests.generators.pipelines:carry_on
module "task_carry_on" {
  source = "./modules/lambda_task"

  name        = "${local.name}-carry_on"
  task        = "carry_on"
  description = "Make one day from the day before it."
  memory_mib  = 512
  timeout_s   = 120

  reads = {
    by_day = { bucket_arn = module.bucket_lake.arn, path = "by_day/" }
  }
  writes = {
    balances = { bucket_arn = module.bucket_lake.arn, path = "balances/" }
  }
  buckets = {
    lake = module.bucket_lake.name
  }
  home_bucket_arn = module.bucket_lake.arn

  code               = local.code
  region             = var.region
  log_retention_days = var.log_retention_days
  kms_key_arn        = var.kms_key_arn

  permissions_boundary = var.permissions_boundary
}

# tests.generators.pipelines:sum_up_days
module "task_sum_up_days" {
  source = "./modules/lambda_task"

  name        = "${local.name}-sum_up_days"
  task        = "sum_up_days"
  description = "Read every day again."
  memory_mib  = 512
  timeout_s   = 120

  reads = {
    by_day = { bucket_arn = module.bucket_lake.arn, path = "by_day/" }
  }
  writes = {
    delays = { bucket_arn = module.bucket_lake.arn, path = "marts/delays.parquet" }
  }
  buckets = {
    lake = module.bucket_lake.name
  }
  home_bucket_arn = module.bucket_lake.arn

  code               = local.code
  region             = var.region
  log_retention_days = var.log_retention_days
  kms_key_arn        = var.kms_key_arn

  permissions_boundary = var.permissions_boundary
}
