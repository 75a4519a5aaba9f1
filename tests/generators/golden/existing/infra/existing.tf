variable "bucket_my-data" {
  description = "Physical name of bucket 'my-data': what pulumi made as aws:s3/bucket:Bucket 'my-data'. `pulumi stack output my-data` prints it."
  type        = string
  nullable    = false
}

variable "key_of_bucket_my-data" {
  description = "ARN of the KMS key that objects of bucket 'my-data' are encrypted with; null if it is S3's or the account's own."
  type        = string
  default     = null
}

variable "function_classify" {
  description = "Name or ARN of the function that runs task 'classify': what pulumi made as aws:lambda/function:Function 'my-function'. `pulumi stack output my-function` prints it."
  type        = string
  nullable    = false
}
