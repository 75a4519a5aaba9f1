# tests.generators.pipelines:make_noise
module "task_make_noise" {
  source = "./modules/lambda_task"

  name        = "${local.name}-make_noise"
  task        = "make_noise"
  description = ""
  memory_mib  = 512
  timeout_s   = 120

  reads = {}
  writes = {
    noise = { bucket_arn = module.bucket_scratch.arn, path = "noise.parquet" }
  }
  buckets = {
    scratch = module.bucket_scratch.name
  }
  home_bucket_arn = module.bucket_scratch.arn

  code               = local.code
  region             = var.region
  log_retention_days = var.log_retention_days
  kms_key_arn        = var.kms_key_arn

  permissions_boundary = var.permissions_boundary
}
