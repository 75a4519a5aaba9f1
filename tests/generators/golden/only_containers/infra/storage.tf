module "bucket_scratch" {
  source = "./modules/bucket"

  name       = replace("${local.name}-scratch-${local.suffix}", "_", "-")
  versioning = false

  access_log_bucket = var.access_log_bucket
}
