# A bucket that Terraform may delete once it is empty: for data that can be made again.

data "aws_partition" "current" {}

locals {
  arn = "arn:${data.aws_partition.current.partition}:s3:::${aws_s3_bucket.this.bucket}"
}

resource "aws_s3_bucket" "this" {
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
}
