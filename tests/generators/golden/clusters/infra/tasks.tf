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

# tests.generators.pipelines:split_one_day_there
module "task_split_one_day_there" {
  source = "./modules/emr_task"

  name              = "${local.name}-split_one_day_there"
  task              = "split_one_day_there"
  driver_cpu        = 4
  driver_memory_gib = 16
  timeout_s         = 3600

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

  application        = module.emr_7_5_0.application
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

# tests.generators.pipelines:count_drawn
module "task_count_drawn" {
  source = "./modules/emr_task"

  name              = "${local.name}-count_drawn"
  task              = "count_drawn"
  driver_cpu        = 4
  driver_memory_gib = 16
  timeout_s         = 3600

  code = local.code

  reads = {
    clean = { bucket_arn = module.bucket_lake.arn, path = "clean/flights.parquet" }
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

  application        = module.emr_7_5_0.application
  region             = var.region
  log_retention_days = var.log_retention_days
  kms_key_arn        = var.kms_key_arn

  permissions_boundary = var.permissions_boundary
}

# tests.generators.pipelines:score
module "task_score" {
  source = "./modules/emr_task"

  name              = "${local.name}-score"
  task              = "score"
  driver_cpu        = 4
  driver_memory_gib = 16
  timeout_s         = 3600

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

  application        = module.emr_7_5_0.application
  region             = var.region
  log_retention_days = var.log_retention_days
  kms_key_arn        = var.kms_key_arn

  permissions_boundary = var.permissions_boundary
}

# tests.generators.pipelines:sum_up
module "task_sum_up" {
  source = "./modules/emr_task"

  name              = "${local.name}-sum_up"
  task              = "sum_up"
  driver_cpu        = 16
  driver_memory_gib = 120
  timeout_s         = 86400

  code = local.code

  reads = {
    ranked = { bucket_arn = module.bucket_lake.arn, path = "marts/ranked.parquet" }
  }
  writes = {
    report = { bucket_arn = module.bucket_lake.arn, path = "marts/report.csv" }
  }
  buckets = {
    lake = module.bucket_lake.name
  }
  home_bucket_arn = module.bucket_lake.arn

  application        = module.emr_7_9_0.application
  region             = var.region
  log_retention_days = var.log_retention_days
  kms_key_arn        = var.kms_key_arn

  permissions_boundary = var.permissions_boundary
}
