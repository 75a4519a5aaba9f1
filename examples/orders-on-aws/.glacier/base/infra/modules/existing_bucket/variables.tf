variable "name" {
  description = "Physical name of the bucket."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.name))
    error_message = "A bucket's name has 3 to 63 characters: a-z, 0-9, hyphens and dots, with a letter or digit at both ends."
  }
}

variable "region" {
  description = "Region of the tasks, where the bucket must be."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "The region is written like eu-central-1."
  }
}

variable "kms_key_arn" {
  description = "ARN of the KMS key that its objects are encrypted with; null if that is S3's or the account's own."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.kms_key_arn))
    error_message = "The key is given by its whole ARN, and not by an alias, which the policy of a role cannot name."
  }
}
