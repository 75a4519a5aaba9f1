module "bucket_lake" {
  source = "./modules/protected_bucket"

  name       = replace("${local.name}-lake-${local.suffix}", "_", "-")
  versioning = true

  access_log_bucket = var.access_log_bucket
}
