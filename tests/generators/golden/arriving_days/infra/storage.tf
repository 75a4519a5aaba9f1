module "bucket_lake" {
  source = "./modules/protected_bucket"

  name       = replace("${local.name}-lake-${local.suffix}", "_", "-")
  versioning = true

  tells_of_objects = true

  access_log_bucket = var.access_log_bucket
}
