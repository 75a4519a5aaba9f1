# tests.generators.pipelines:classify
module "task_classify" {
  source = "./modules/existing_function"

  function = var.function_classify
  task     = "classify"
}

# tests.generators.pipelines:tally
module "task_tally" {
  source = "./modules/lambda_task"

  name        = "${local.name}-tally"
  task        = "tally"
  description = "Read from a bucket that is not ours."
  memory_mib  = 512
  timeout_s   = 120

  reads = {
    classes = { bucket_arn = module.bucket_my-data.arn, path = "classes/" }
  }
  writes = {
    tallies = { bucket_arn = module.bucket_lake.arn, path = "tallies.parquet" }
  }
  buckets = {
    lake    = module.bucket_lake.name
    my-data = module.bucket_my-data.name
  }
  home_bucket_arn = module.bucket_lake.arn
  decrypt_key_arns = [
    module.bucket_my-data.kms_key_arn,
  ]

  code               = local.code
  region             = var.region
  log_retention_days = var.log_retention_days
  kms_key_arn        = var.kms_key_arn

  permissions_boundary = var.permissions_boundary
}
