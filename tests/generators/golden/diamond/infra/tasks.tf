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

# tests.generators.pipelines:rank_carriers
module "task_rank_carriers" {
  source = "./modules/lambda_task"

  name        = "${local.name}-rank_carriers"
  task        = "rank_carriers"
  description = "Order carriers by delay."
  memory_mib  = 512
  timeout_s   = 120

  reads = {
    clean = { bucket_arn = module.bucket_lake.arn, path = "clean/flights.parquet" }
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

# tests.generators.pipelines:compare
module "task_compare" {
  source = "./modules/lambda_task"

  name        = "${local.name}-compare"
  task        = "compare"
  description = "Lay delays beside ranks."
  memory_mib  = 512
  timeout_s   = 120

  reads = {
    carriers = { bucket_arn = module.bucket_lake.arn, path = "marts/carriers.parquet" }
    delays   = { bucket_arn = module.bucket_lake.arn, path = "marts/delays.parquet" }
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
