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

# tests.generators.pipelines:draw_all
module "task_draw_all" {
  source = "./modules/batch_task"

  name       = "${local.name}-draw_all"
  task       = "draw_all"
  cpu        = 16
  memory_mib = 262144
  timeout_s  = 3600

  image     = var.code.image_uri
  built_for = var.code.architecture

  reads = {
    clean = { bucket_arn = module.bucket_lake.arn, path = "clean/flights.parquet" }
  }
  writes = {
    drawn = { bucket_arn = module.bucket_pond.arn, path = "drawn.parquet" }
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

  queue_arn          = module.machine_x2idn_16xlarge_9efa09a1.queue_arn
  workflow           = local.name
  region             = var.region
  log_retention_days = var.log_retention_days
  kms_key_arn        = var.kms_key_arn

  permissions_boundary = var.permissions_boundary
}

# tests.generators.pipelines:train
module "task_train" {
  source = "./modules/batch_task"

  name       = "${local.name}-train"
  task       = "train"
  cpu        = 16
  memory_mib = 121209
  timeout_s  = 7200

  image     = var.code.image_uri
  built_for = var.code.architecture

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

  queue_arn          = module.machine_r6i_4xlarge.queue_arn
  workflow           = local.name
  region             = var.region
  log_retention_days = var.log_retention_days
  kms_key_arn        = var.kms_key_arn

  permissions_boundary = var.permissions_boundary
}

# tests.generators.pipelines:explain
module "task_explain" {
  source = "./modules/batch_task"

  name       = "${local.name}-explain"
  task       = "explain"
  cpu        = 16
  memory_mib = 121209
  timeout_s  = 7200

  image     = var.code.image_uri
  built_for = var.code.architecture

  reads = {
    ranked = { bucket_arn = module.bucket_lake.arn, path = "marts/ranked.parquet" }
  }
  writes = {
    carriers = { bucket_arn = module.bucket_lake.arn, path = "marts/carriers.parquet" }
  }
  buckets = {
    lake = module.bucket_lake.name
  }
  home_bucket_arn = module.bucket_lake.arn

  queue_arn          = module.machine_r6i_4xlarge.queue_arn
  workflow           = local.name
  region             = var.region
  log_retention_days = var.log_retention_days
  kms_key_arn        = var.kms_key_arn

  permissions_boundary = var.permissions_boundary
}
