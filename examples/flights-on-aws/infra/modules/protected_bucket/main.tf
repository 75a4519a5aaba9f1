# A bucket that Terraform never deletes: a plan that would is refused. To let go of it without deleting it,
# replace its module block by `removed { from = module.<name>, lifecycle { destroy = false } }`.

data "aws_partition" "current" {}

locals {
  arn = "arn:${data.aws_partition.current.partition}:s3:::${aws_s3_bucket.this.bucket}"
}

resource "aws_s3_bucket" "this" {
  bucket        = var.name
  force_destroy = false

  lifecycle {
    prevent_destroy = true
  }
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
