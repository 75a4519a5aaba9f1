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
