# What every bucket here has in common. A module of its own, because prevent_destroy takes no variable:
# `bucket` and `protected_bucket` differ in that one line.

resource "aws_s3_bucket_public_access_block" "this" {
  bucket = var.bucket

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  bucket = var.bucket

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = var.bucket

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = var.encryption
      kms_master_key_id = var.kms_key_arn
    }

    # One data key for many objects; with keys that S3 manages, it says nothing.
    bucket_key_enabled = var.encryption == "aws:kms"
  }
}

resource "aws_s3_bucket_logging" "this" {
  count = var.access_log_bucket == null ? 0 : 1

  bucket        = var.bucket
  target_bucket = var.access_log_bucket
  target_prefix = "${var.bucket}/"
}

# It is the whole of what a bucket tells, and to whom: another notification of the same bucket belongs here, too.
resource "aws_s3_bucket_notification" "this" {
  count = var.tells_of_objects ? 1 : 0

  bucket      = var.bucket
  eventbridge = true
}

resource "aws_s3_bucket_versioning" "this" {
  bucket = var.bucket

  versioning_configuration {
    # A bucket that has had versioning can be suspended, never "Disabled" again.
    status = var.versioning ? "Enabled" : "Suspended"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  bucket = var.bucket

  rule {
    id     = "abort-unfinished-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  rule {
    id     = "expire-replaced-objects"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = 30
    }

    expiration {
      expired_object_delete_marker = true
    }
  }

  # S3 has no class that new objects of a bucket are given: they change it, at the first time that theirs allows.
  dynamic "rule" {
    for_each = var.storage_class == "STANDARD" ? [] : [var.storage_class]

    content {
      id     = "change-storage-class"
      status = "Enabled"

      filter {}

      transition {
        days          = endswith(rule.value, "_IA") ? 30 : 0
        storage_class = rule.value
      }
    }
  }

  # Rules about versions are refused while versioning is being switched.
  depends_on = [aws_s3_bucket_versioning.this]
}

data "aws_iam_policy_document" "tls_only" {
  statement {
    sid       = "DenyWithoutTls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [var.arn, "${var.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  bucket = var.bucket
  policy = data.aws_iam_policy_document.tls_only.json

  # S3 refuses two changes to one bucket's access at the same time.
  depends_on = [aws_s3_bucket_public_access_block.this]
}
