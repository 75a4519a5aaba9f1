module "bucket_pond" {
  source = "./modules/protected_bucket"

  name       = replace("${local.name}-pond-${local.suffix}", "_", "-")
  versioning = false

  access_log_bucket = var.access_log_bucket
}
