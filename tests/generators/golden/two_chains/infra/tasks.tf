# tests.generators.pipelines:two_chains.<locals>.copying.<locals>.copy
module "task_begin-1" {
  source = "./modules/lambda_task"

  name        = "${local.name}-begin-1"
  task        = "begin-1"
  description = "Take it from here to there."
  memory_mib  = 1024
  timeout_s   = 300

  reads = {
    source-1 = { bucket_arn = module.bucket_pond.arn, path = "1.csv", source = true }
  }
  writes = {
    between-1 = { bucket_arn = module.bucket_pond.arn, path = "between/1.csv" }
  }
  buckets = {
    pond = module.bucket_pond.name
  }
  home_bucket_arn = module.bucket_pond.arn

  code               = local.code
  region             = var.region
  log_retention_days = var.log_retention_days
  kms_key_arn        = var.kms_key_arn

  permissions_boundary = var.permissions_boundary
}

# tests.generators.pipelines:two_chains.<locals>.copying.<locals>.copy
module "task_begin-2" {
  source = "./modules/lambda_task"

  name        = "${local.name}-begin-2"
  task        = "begin-2"
  description = "Take it from here to there."
  memory_mib  = 1024
  timeout_s   = 300

  reads = {
    source-2 = { bucket_arn = module.bucket_pond.arn, path = "2.csv", source = true }
  }
  writes = {
    between-2 = { bucket_arn = module.bucket_pond.arn, path = "between/2.csv" }
  }
  buckets = {
    pond = module.bucket_pond.name
  }
  home_bucket_arn = module.bucket_pond.arn

  code               = local.code
  region             = var.region
  log_retention_days = var.log_retention_days
  kms_key_arn        = var.kms_key_arn

  permissions_boundary = var.permissions_boundary
}

# tests.generators.pipelines:two_chains.<locals>.copying.<locals>.copy
module "task_go-on-1" {
  source = "./modules/lambda_task"

  name        = "${local.name}-go-on-1"
  task        = "go-on-1"
  description = "Take it from here to there."
  memory_mib  = 1024
  timeout_s   = 300

  reads = {
    between-1 = { bucket_arn = module.bucket_pond.arn, path = "between/1.csv" }
  }
  writes = {
    end-1 = { bucket_arn = module.bucket_pond.arn, path = "end/1.csv" }
  }
  buckets = {
    pond = module.bucket_pond.name
  }
  home_bucket_arn = module.bucket_pond.arn

  code               = local.code
  region             = var.region
  log_retention_days = var.log_retention_days
  kms_key_arn        = var.kms_key_arn

  permissions_boundary = var.permissions_boundary
}

# tests.generators.pipelines:two_chains.<locals>.copying.<locals>.copy
module "task_go-on-2" {
  source = "./modules/lambda_task"

  name        = "${local.name}-go-on-2"
  task        = "go-on-2"
  description = "Take it from here to there."
  memory_mib  = 1024
  timeout_s   = 300

  reads = {
    between-2 = { bucket_arn = module.bucket_pond.arn, path = "between/2.csv" }
  }
  writes = {
    end-2 = { bucket_arn = module.bucket_pond.arn, path = "end/2.csv" }
  }
  buckets = {
    pond = module.bucket_pond.name
  }
  home_bucket_arn = module.bucket_pond.arn

  code               = local.code
  region             = var.region
  log_retention_days = var.log_retention_days
  kms_key_arn        = var.kms_key_arn

  permissions_boundary = var.permissions_boundary
}
