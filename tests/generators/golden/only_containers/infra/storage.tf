module "bucket_scratch" {
  source = "./modules/bucket"

  name       = replace("${local.name}-scratch-${local.suffix}", "_", "-")
  versioning = false
}
