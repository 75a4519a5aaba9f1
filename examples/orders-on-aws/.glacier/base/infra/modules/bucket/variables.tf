variable "name" {
  description = "Physical name of the bucket; unique among all buckets of AWS."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.name))
    error_message = "A bucket's name has 3 to 63 characters: a-z, 0-9 and hyphens, with a letter or digit at both ends."
  }
}

variable "versioning" {
  description = "Whether the bucket keeps replaced and deleted objects, for 30 days."
  type        = bool
  nullable    = false
}

variable "encryption" {
  description = "How objects are encrypted: AES256, with keys that S3 manages, or aws:kms."
  type        = string
  default     = "AES256"
  nullable    = false

  validation {
    condition     = contains(["AES256", "aws:kms"], var.encryption)
    error_message = "The encryption is AES256 or aws:kms."
  }
}

variable "kms_key_arn" {
  description = "ARN of the key for aws:kms; the account's own for S3 if null."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.kms_key_arn))
    error_message = "The key is given by its whole ARN, and not by an alias, which the policy of a role cannot name."
  }
}

variable "storage_class" {
  description = "What objects become after they are written; classes that must be restored before they can be read are refused."
  type        = string
  default     = "STANDARD"
  nullable    = false

  validation {
    condition     = contains(["STANDARD", "INTELLIGENT_TIERING", "STANDARD_IA", "ONEZONE_IA", "GLACIER_IR"], var.storage_class)
    error_message = "The storage class is STANDARD, INTELLIGENT_TIERING, STANDARD_IA, ONEZONE_IA or GLACIER_IR."
  }
}

variable "access_log_bucket" {
  description = "Name of a bucket that takes a log of who asked for what; none is kept if null."
  type        = string
  default     = null

  validation {
    condition     = var.access_log_bucket == null || can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.access_log_bucket))
    error_message = "The bucket is given by its name."
  }
}

variable "tells_of_objects" {
  description = "Whether EventBridge is told of what happens to objects, as files that start runs need it."
  type        = bool
  default     = false
  nullable    = false
}
