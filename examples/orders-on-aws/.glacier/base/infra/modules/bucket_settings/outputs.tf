output "bucket" {
  description = "Name of the bucket, once its settings are in force."
  value       = aws_s3_bucket_policy.this.bucket
}
