# A bucket that Terraform may delete once it is empty: for data that can be made again.

data "aws_partition" "current" {}

locals {
  arn = "arn:${data.aws_partition.current.partition}:s3:::${aws_s3_bucket.this.bucket}"
}

resource "aws_s3_bucket" "this" {
  # checkov:skip=CKV_AWS_144:a copy in another region doubles what storage costs; add aws_s3_bucket_replication_configuration where data cannot be made again
  # checkov:skip=CKV_AWS_145:encrypted with S3's own keys, which cost nothing; S3Config(encryption=, kms_key_arn=) in the code takes one of KMS, for bucket and roles alike
  # checkov:skip=CKV_AWS_21:versioning=True on the bucket in the code; what is published has versions of its own anyway

  bucket        = var.name
  force_destroy = false
}

module "settings" {
  source = "../bucket_settings"

  bucket     = aws_s3_bucket.this.id
  arn        = local.arn
  versioning = var.versioning

  encryption    = var.encryption
  kms_key_arn   = var.kms_key_arn
  storage_class = var.storage_class

  access_log_bucket = var.access_log_bucket
  tells_of_objects  = var.tells_of_objects
}
