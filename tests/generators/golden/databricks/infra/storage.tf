module "bucket_lake" {
  source = "./modules/protected_bucket"

  name       = replace("${local.name}-lake-${local.suffix}", "_", "-")
  versioning = true

  access_log_bucket = var.access_log_bucket
}

module "bucket_pond" {
  source = "./modules/protected_bucket"

  name       = replace("${local.name}-pond-${local.suffix}", "_", "-")
  versioning = false

  encryption    = "aws:kms"
  kms_key_arn   = "arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-4e5f-6789-abcd-ef0123456789"
  storage_class = "INTELLIGENT_TIERING"

  access_log_bucket = var.access_log_bucket
}
