# tests.generators.pipelines:clean_flights
module "task_clean" {
  source = "./modules/lambda_task"

  name        = "${local.name}-clean"
  task        = "clean"
  description = "Keep the flights that arrived."
  memory_mib  = 512
  timeout_s   = 120

  reads = {
    raw = { bucket_arn = module.bucket_lake.arn, path = "raw/flights.parquet", source = true }
  }
  writes = {
    clean = { bucket_arn = module.bucket_lake.arn, path = "clean/flights.parquet" }
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

# tests.generators.pipelines:compare_with_yesterday
module "task_compare_with_yesterday" {
  source = "./modules/lambda_task"

  name        = "${local.name}-compare_with_yesterday"
  task        = "compare_with_yesterday"
  description = "Read what the run before this one left; wait for nobody."
  memory_mib  = 512
  timeout_s   = 120

  reads = {
    history = { bucket_arn = module.bucket_lake.arn, path = "marts/history.parquet" }
  }
  writes = {
    report = { bucket_arn = module.bucket_lake.arn, path = "marts/report.csv" }
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

# tests.generators.pipelines:append
module "task_append" {
  source = "./modules/lambda_task"

  name        = "${local.name}-append"
  task        = "append"
  description = "Add today's flights to all that were."
  memory_mib  = 512
  timeout_s   = 120

  reads = {
    clean = { bucket_arn = module.bucket_lake.arn, path = "clean/flights.parquet" }
  }
  writes = {
    history = { bucket_arn = module.bucket_lake.arn, path = "marts/history.parquet" }
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
