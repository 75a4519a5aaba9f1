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

# tests.generators.pipelines:write_report
module "task_write_report" {
  source = "./modules/lambda_task"

  name        = "${local.name}-write_report"
  task        = "write_report"
  description = "Lay it out for people."
  memory_mib  = 512
  timeout_s   = 120

  reads = {
    delays = { bucket_arn = module.bucket_lake.arn, path = "marts/delays.parquet" }
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
