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

# tests.generators.pipelines:draw
module "task_draw" {
  source = "./modules/container_task"

  name                  = "${local.name}-draw"
  task                  = "draw"
  cpu                   = 4096
  memory_mib            = 8192
  timeout_s             = 60
  architecture          = "ARM64"
  ephemeral_storage_gib = 50

  image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/maps@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

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

  cluster_arn        = module.containers.arn
  network            = local.network
  region             = var.region
  log_retention_days = var.log_retention_days
  kms_key_arn        = var.kms_key_arn

  permissions_boundary = var.permissions_boundary
}

# tests.generators.pipelines:rank
module "task_rank" {
  source = "./modules/container_task"

  name       = "${local.name}-rank"
  task       = "rank"
  cpu        = 1024
  memory_mib = 4096
  timeout_s  = 1800

  image     = var.code.image_uri
  built_for = var.code.architecture
  folder    = "/var/task"

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

  cluster_arn        = module.containers.arn
  network            = local.network
  region             = var.region
  log_retention_days = var.log_retention_days
  kms_key_arn        = var.kms_key_arn

  permissions_boundary = var.permissions_boundary
}
