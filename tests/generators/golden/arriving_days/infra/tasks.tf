# tests.generators.pipelines:take_day
module "task_take_day" {
  source = "./modules/lambda_task"

  name        = "${local.name}-take_day"
  task        = "take_day"
  description = "Take over what was dropped of a day."
  memory_mib  = 512
  timeout_s   = 120

  reads = {
    dropped = { bucket_arn = module.bucket_lake.arn, path = "in/dropped/", source = true }
  }
  writes = {
    by_day = { bucket_arn = module.bucket_lake.arn, path = "by_day/" }
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
