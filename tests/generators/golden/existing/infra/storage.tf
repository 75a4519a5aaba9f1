module "bucket_lake" {
  source = "./modules/protected_bucket"

  name       = replace("${local.name}-lake-${local.suffix}", "_", "-")
  versioning = true

  access_log_bucket = var.access_log_bucket
}

# pulumi: aws:s3/bucket:Bucket my-data
module "bucket_my-data" {
  source = "./modules/existing_bucket"

  name        = var.bucket_my-data
  region      = var.region
  kms_key_arn = var.key_of_bucket_my-data
}
