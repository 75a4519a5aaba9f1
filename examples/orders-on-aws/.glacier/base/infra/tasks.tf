# orders.tasks:collect
module "task_collect" {
  source = "./modules/lambda_task"

  name        = "${local.name}-collect"
  task        = "collect"
  description = "Gather what was ordered on one day, from its own export and those that may hold the rest of it."
  memory_mib  = 1024
  timeout_s   = 300

  reads = {
    raw_orders = { bucket_arn = module.bucket_lake.arn, path = "raw/orders/", source = true }
  }
  writes = {
    orders         = { bucket_arn = module.bucket_lake.arn, path = "clean/orders/" }
    orders_rejects = { bucket_arn = module.bucket_lake.arn, path = "rejected/orders/" }
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

# orders.tasks:add_up
module "task_add_up" {
  source = "./modules/lambda_task"

  name        = "${local.name}-add_up"
  task        = "add_up"
  description = "Add up what each shop took on one day, by category."
  memory_mib  = 1024
  timeout_s   = 300

  reads = {
    orders   = { bucket_arn = module.bucket_lake.arn, path = "clean/orders/" }
    products = { bucket_arn = module.bucket_lake.arn, path = "raw/products.csv", source = true }
  }
  writes = {
    daily_sales = { bucket_arn = module.bucket_lake.arn, path = "marts/daily_sales/" }
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

# orders.tasks:watch_late_orders
module "task_watch_late_orders" {
  source = "./modules/lambda_task"

  name        = "${local.name}-watch_late_orders"
  task        = "watch_late_orders"
  description = "Count the orders of one day beside those that it had when it was made first."
  memory_mib  = 1024
  timeout_s   = 300

  reads = {
    orders = { bucket_arn = module.bucket_lake.arn, path = "clean/orders/" }
  }
  writes = {
    completeness = { bucket_arn = module.bucket_lake.arn, path = "marts/completeness/" }
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

# orders.tasks:add_up_week
module "task_add_up_week" {
  source = "./modules/lambda_task"

  name        = "${local.name}-add_up_week"
  task        = "add_up_week"
  description = "Add up the seven days that end with this one, as far as they are known."
  memory_mib  = 1024
  timeout_s   = 300

  reads = {
    daily_sales = { bucket_arn = module.bucket_lake.arn, path = "marts/daily_sales/" }
  }
  writes = {
    weekly_sales = { bucket_arn = module.bucket_lake.arn, path = "marts/weekly_sales/" }
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

# orders.tasks:share_out
module "task_share_out" {
  source = "./modules/lambda_task"

  name        = "${local.name}-share_out"
  task        = "share_out"
  description = "Find what each category contributes to all sales, of every day that was made."
  memory_mib  = 1024
  timeout_s   = 300

  reads = {
    daily_sales = { bucket_arn = module.bucket_lake.arn, path = "marts/daily_sales/" }
  }
  writes = {
    category_shares = { bucket_arn = module.bucket_lake.arn, path = "marts/category_shares.parquet" }
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
