# tests.generators.pipelines:part
module "task_part" {
  source = "./modules/lambda_task"

  name        = "${local.name}-part"
  task        = "part"
  description = "Part the flights that arrived from those that did not."
  memory_mib  = 512
  timeout_s   = 120

  reads = {
    raw = { bucket_arn = module.bucket_lake.arn, path = "raw/flights.parquet", source = true }
  }
  writes = {
    clean    = { bucket_arn = module.bucket_lake.arn, path = "clean/flights.parquet" }
    rejected = { bucket_arn = module.bucket_lake.arn, path = "clean/rejected.parquet" }
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

# tests.generators.pipelines:measure_delays
module "task_measure_delays" {
  source = "./modules/lambda_task"

  name        = "${local.name}-measure_delays"
  task        = "measure_delays"
  description = "Say how late each carrier is."
  memory_mib  = 8192
  timeout_s   = 900

  reads = {
    clean = { bucket_arn = module.bucket_lake.arn, path = "clean/flights.parquet" }
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

# tests.generators.pipelines:count_rejected
module "task_count_rejected" {
  source = "./modules/lambda_task"

  name        = "${local.name}-count_rejected"
  task        = "count_rejected"
  description = "Count by reason."
  memory_mib  = 512
  timeout_s   = 120

  reads = {
    rejected = { bucket_arn = module.bucket_lake.arn, path = "clean/rejected.parquet" }
  }
  writes = {
    carriers = { bucket_arn = module.bucket_lake.arn, path = "marts/carriers.parquet" }
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
