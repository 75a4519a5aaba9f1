variable "bucket" {
  description = "Name of the bucket to settle."
  type        = string
  nullable    = false
}

variable "arn" {
  description = "ARN of the same bucket."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:s3:::[a-z0-9.-]+$", var.arn))
    error_message = "The ARN must be that of a bucket, such as arn:aws:s3:::flights-lake."
  }
}

variable "versioning" {
  description = "Whether the bucket keeps replaced and deleted objects, for 30 days."
  type        = bool
  nullable    = false
}
