variable "name" {
  description = "Name of the repository."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]+([._/-][a-z0-9]+)*$", var.name)) && length(var.name) >= 2 && length(var.name) <= 256
    error_message = "A repository's name has 2 to 256 characters: a-z, 0-9, and single signs of ._/- between them."
  }
}

variable "kms_key_arn" {
  description = "ARN of the KMS key that images are encrypted with; the account's own key of ECR if null."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.kms_key_arn))
    error_message = "The key is given by its whole ARN."
  }
}

variable "kept_images" {
  description = "How many images are kept, the newest ones. An image that is still deployed somewhere must be among them."
  type        = number
  default     = 100
  nullable    = false

  validation {
    condition     = var.kept_images >= 1 && var.kept_images <= 10000 && floor(var.kept_images) == var.kept_images
    error_message = "Between 1 and 10000 images are kept."
  }
}
