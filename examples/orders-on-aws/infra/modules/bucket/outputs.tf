output "arn" {
  description = "ARN of the bucket."
  # Composed rather than read, so that a plan shows who may touch the bucket before it exists.
  value = local.arn
}

output "name" {
  description = "Physical name of the bucket."
  value       = aws_s3_bucket.this.bucket
}

output "kms_key_arn" {
  description = "ARN of the key that objects are encrypted with, if it is not S3's or the account's own; else null."
  value       = var.kms_key_arn
}
