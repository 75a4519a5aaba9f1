# tests.generators.pipelines:split_by_day
module "task_split_by_day" {
  source = "./modules/lambda_task"

  name        = "${local.name}-split_by_day"
  task        = "split_by_day"
  description = "Write one file a day."
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
