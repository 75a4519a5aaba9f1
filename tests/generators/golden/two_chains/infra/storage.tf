module "bucket_pond" {
  source = "./modules/protected_bucket"

  name       = replace("${local.name}-pond-${local.suffix}", "_", "-")
  versioning = false
}
