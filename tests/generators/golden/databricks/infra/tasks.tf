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

# tests.generators.pipelines:split_one_day_far
module "task_split_one_day_far" {
  source = "./modules/databricks_task"

  name   = "${local.name}-split_one_day_far"
  task   = "split_one_day_far"
  python = "python3.11"

  code = local.code

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

  workspace          = module.databricks_dbc_1a2b3c4d_5e6f.workspace
  workflow           = local.name
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

# tests.generators.pipelines:appraise
module "task_appraise" {
  source = "./modules/databricks_task"

  name   = "${local.name}-appraise"
  task   = "appraise"
  python = "python3.11"

  code = local.code

  reads = {
    clean  = { bucket_arn = module.bucket_lake.arn, path = "clean/flights.parquet" }
    delays = { bucket_arn = module.bucket_lake.arn, path = "marts/delays.parquet" }
  }
  writes = {
    ranked = { bucket_arn = module.bucket_lake.arn, path = "marts/ranked.parquet" }
  }
  buckets = {
    lake = module.bucket_lake.name
  }
  home_bucket_arn = module.bucket_lake.arn

  workspace          = module.databricks_dbc_1a2b3c4d_5e6f.workspace
  workflow           = local.name
  region             = var.region
  log_retention_days = var.log_retention_days
  kms_key_arn        = var.kms_key_arn

  permissions_boundary = var.permissions_boundary
}

# tests.generators.pipelines:count_long
module "task_count_long" {
  source = "./modules/databricks_task"

  name   = "${local.name}-count_long"
  task   = "count_long"
  python = "python3.11"

  code = local.code

  reads = {
    ranked = { bucket_arn = module.bucket_lake.arn, path = "marts/ranked.parquet" }
  }
  writes = {
    drawn = { bucket_arn = module.bucket_pond.arn, path = "drawn.parquet" }
  }
  secrets = {
    api-token = module.secret_api-token.arn
  }
  buckets = {
    lake = module.bucket_lake.name
    pond = module.bucket_pond.name
  }
  home_bucket_arn = module.bucket_pond.arn
  decrypt_key_arns = [
    module.bucket_pond.kms_key_arn,
  ]
  encrypt_key_arns = [
    module.bucket_pond.kms_key_arn,
  ]

  workspace          = module.databricks_dbc_1a2b3c4d_5e6f.workspace
  workflow           = local.name
  region             = var.region
  log_retention_days = var.log_retention_days
  kms_key_arn        = var.kms_key_arn

  permissions_boundary = var.permissions_boundary
}
