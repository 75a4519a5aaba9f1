module "bucket_inbox" {
  source = "./modules/protected_bucket"

  name       = replace("${local.name}-inbox-${local.suffix}", "_", "-")
  versioning = false

  access_log_bucket = var.access_log_bucket
}

module "bucket_marts" {
  source = "./modules/protected_bucket"

  name       = replace("${local.name}-marts-${local.suffix}", "_", "-")
  versioning = false

  access_log_bucket = var.access_log_bucket
}

module "bucket_shared_by_all" {
  source = "./modules/protected_bucket"

  name       = replace("${local.name}-shared_by_all-${local.suffix}", "_", "-")
  versioning = false

  access_log_bucket = var.access_log_bucket
}
