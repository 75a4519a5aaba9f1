variable "project" {
  description = "Name of the pipeline. Every resource carries it."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]*([_-][a-z0-9]+)*$", var.project)) && length(var.project) <= 40
    error_message = "A project name has at most 40 characters: a-z, 0-9 and single hyphens or underscores."
  }
}

variable "region" {
  description = "AWS region of all resources, such as eu-central-1."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "A region looks like eu-central-1."
  }
}

variable "account_id" {
  description = "The only AWS account that may be deployed to; any account if null."
  type        = string
  default     = null

  validation {
    condition     = var.account_id == null || can(regex("^[0-9]{12}$", var.account_id))
    error_message = "An account id has twelve digits."
  }
}

variable "prefix" {
  description = "What the names of resources begin with; the project's name if null. One for each environment, and for each further region, lets several deployments share an account."
  type        = string
  default     = null

  validation {
    condition     = var.prefix == null || can(regex("^[a-z][a-z0-9]*([_-][a-z0-9]+)*$", var.prefix))
    error_message = "A prefix holds a-z, 0-9 and single hyphens or underscores, and starts with a letter."
  }
}

variable "tags" {
  description = "Tags on every resource, besides the pipeline's name."
  type        = map(string)
  default     = {}
}

variable "code" {
  description = <<-EOT
    What the tasks run: an archive (its path, seen from this folder), a container image, or both, then functions run
    the archive and containers the image; the SHA-256 of the archive, else of the image; and the Lambda runtime and
    architecture it was built for. `glacier build` writes it to code.auto.tfvars.json.
  EOT
  type = object({
    archive      = optional(string)
    sha256       = string
    image_uri    = optional(string)
    runtime      = string
    architecture = string
  })

  validation {
    condition     = var.code.archive != null || var.code.image_uri != null
    error_message = "Code is an archive, an image, or both: give archive or image_uri."
  }

  validation {
    condition     = can(regex("^[0-9a-f]{64}$", var.code.sha256))
    error_message = "sha256 is 64 hexadecimal digits."
  }
}

variable "manifest" {
  description = "The pipeline as data, of which deployed.tf keeps a record. `glacier build` writes it to code.auto.tfvars.json."
  type        = string
  default     = null
}

variable "artefact_bucket" {
  description = "Bucket that holds archives of code; the one that bootstrap/ makes if null."
  type        = string
  default     = null
}

variable "permissions_boundary" {
  description = "ARN of the boundary that every role gets: the most that it may do, whatever its own policy says. The one that bootstrap/ makes for CI, or the account's; none if null."
  type        = string
  default     = null
}

variable "kms_key_arn" {
  description = "ARN of a key of yours that logs and the settings of functions are encrypted with, which its policy must let CloudWatch Logs use; keys of AWS if null. Keys of buckets stand in the code: S3Config(kms_key_arn=...)."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.kms_key_arn))
    error_message = "The key is given by its whole ARN."
  }
}

variable "access_log_bucket" {
  description = "Name of a bucket of yours that takes a log of who asked for what in the buckets of data; none is kept if null. Its policy must let S3 write there."
  type        = string
  default     = null

  validation {
    condition     = var.access_log_bucket == null || can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.access_log_bucket))
    error_message = "The bucket is given by its name."
  }
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
  default     = 365

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "CloudWatch keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653 days."
  }
}

variable "with_dashboard" {
  description = "Whether there is a dashboard of runs and functions in CloudWatch."
  type        = bool
  default     = false
  nullable    = false
}
