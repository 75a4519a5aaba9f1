# tests.generators.pipelines:open_letters
module "task_open_letters" {
  source = "./modules/lambda_task"

  name        = "${local.name}-open_letters"
  task        = "open_letters"
  description = "Write to two buckets, and keep the record in the first."
  memory_mib  = 512
  timeout_s   = 120

  reads = {
    letters = { bucket_arn = module.bucket_inbox.arn, path = "letters/", source = true }
  }
  writes = {
    counts = { bucket_arn = module.bucket_marts.arn, path = "counts.parquet" }
    opened = { bucket_arn = module.bucket_shared_by_all.arn, path = "opened.parquet" }
  }
  buckets = {
    inbox         = module.bucket_inbox.name
    marts         = module.bucket_marts.name
    shared_by_all = module.bucket_shared_by_all.name
  }
  home_bucket_arn = module.bucket_shared_by_all.arn

  code               = local.code
  region             = var.region
  log_retention_days = var.log_retention_days
  kms_key_arn        = var.kms_key_arn

  permissions_boundary = var.permissions_boundary
}

# tests.generators.pipelines:total
module "task_total" {
  source = "./modules/lambda_task"

  name        = "${local.name}-total"
  task        = "total"
  description = "Read from a bucket whose records lie in another."
  memory_mib  = 512
  timeout_s   = 120

  reads = {
    counts = { bucket_arn = module.bucket_marts.arn, path = "counts.parquet" }
  }
  writes = {
    totals = { bucket_arn = module.bucket_marts.arn, path = "totals.parquet" }
  }
  buckets = {
    marts         = module.bucket_marts.name
    shared_by_all = module.bucket_shared_by_all.name
  }
  home_bucket_arn = module.bucket_marts.arn
  # Where tasks whose datasets it reads record which version is current.
  commit_bucket_arns = [
    module.bucket_shared_by_all.arn,
  ]

  code               = local.code
  region             = var.region
  log_retention_days = var.log_retention_days
  kms_key_arn        = var.kms_key_arn

  permissions_boundary = var.permissions_boundary
}
