# tests.generators.pipelines:fetch
module "task_fetch" {
  source = "./modules/lambda_task"

  name        = "${local.name}-fetch"
  task        = "fetch"
  description = "Ask an interface that wants to know who asks."
  memory_mib  = 512
  timeout_s   = 120

  reads = {}
  writes = {
    hourly = { bucket_arn = module.bucket_lake.arn, path = "clean/weather.parquet" }
  }
  secrets = {
    api-token = module.secret_api-token.arn
    api-user  = module.secret_api-user.arn
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

# tests.generators.pipelines:publish
module "task_publish" {
  source = "./modules/lambda_task"

  name        = "${local.name}-publish"
  task        = "publish"
  description = "Tell another one."
  memory_mib  = 512
  timeout_s   = 120

  reads = {
    hourly = { bucket_arn = module.bucket_lake.arn, path = "clean/weather.parquet" }
  }
  writes = {
    report = { bucket_arn = module.bucket_lake.arn, path = "marts/report.csv" }
  }
  secrets = {
    api-token = module.secret_api-token.arn
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
