# tests.generators.pipelines:label_weather
module "task_label_weather" {
  source = "./modules/lambda_task"

  name        = "${local.name}-label_weather"
  task        = "label_weather"
  description = "Name the weather of each hour."
  memory_mib  = 512
  timeout_s   = 120

  reads = {
    weather = { bucket_arn = module.bucket_lake.arn, path = "raw/weather/", source = true }
  }
  writes = {
    hourly = { bucket_arn = module.bucket_lake.arn, path = "clean/weather.parquet" }
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
