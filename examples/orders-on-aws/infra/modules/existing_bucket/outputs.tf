output "arn" {
  description = "ARN of the bucket."
  value       = data.aws_s3_bucket.this.arn
}

output "name" {
  description = "Physical name of the bucket."
  value       = data.aws_s3_bucket.this.bucket
}

output "kms_key_arn" {
  description = "ARN of the key that objects are encrypted with, if it is not S3's or the account's own; else null."
  value       = var.kms_key_arn
}
