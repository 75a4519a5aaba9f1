variable "name" {
  description = "Physical name of the task's role, and of its log."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,64}$", var.name))
    error_message = "A name has 1 to 64 characters: letters, digits, hyphens and underscores."
  }
}

variable "task" {
  description = "Name of the task in the pipeline."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]*([_-][a-z0-9]+)*$", var.task)) && length(var.task) <= 40
    error_message = "A task's name has at most 40 characters: a-z, 0-9, and single hyphens or underscores between them."
  }
}

variable "code" {
  description = "The archive that the task runs: where it is, and what it was built for, as Lambda calls it."
  nullable    = false

  type = object({
    s3_bucket    = string
    s3_key       = string
    runtime      = string
    architecture = string
  })

  validation {
    condition     = can(regex("^python3\\.[0-9]+$", var.code.runtime))
    error_message = "Code is built for a Python such as python3.12."
  }
}

variable "workspace" {
  description = "The workspace that runs the task, as its module says."
  nullable    = false

  type = object({
    runs           = string
    connection_arn = string
    secret_arn     = string
    launcher_arn   = string
    launcher_uri   = string
  })

  validation {
    condition     = can(regex("^arn:[a-z-]+:s3:::[^*?]+$", var.workspace.launcher_arn))
    error_message = "The launcher is given by the whole ARN of an object."
  }
}

variable "workflow" {
  description = "Name of the state machine that runs the task; those of its parts begin with it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,80}$", var.workflow))
    error_message = "A state machine's name has 1 to 80 characters: letters, digits, hyphens and underscores."
  }
}

variable "python" {
  description = "The Python that the runtime of Databricks has, as Lambda calls it; null where nobody knows, which the launcher then sees."
  type        = string
  default     = null

  validation {
    condition     = var.python == null || can(regex("^python3\\.[0-9]+$", var.python))
    error_message = "A Python is written like python3.12."
  }
}

variable "architecture" {
  description = "Processors of the machine, as Lambda calls them: x86_64 or arm64."
  type        = string
  default     = "x86_64"
  nullable    = false

  validation {
    condition     = contains(["x86_64", "arm64"], var.architecture)
    error_message = "The architecture is x86_64 or arm64."
  }
}

variable "region" {
  description = "Region of the workspace's machines and of what the task touches."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "The region is written like eu-central-1."
  }
}

variable "log_retention_days" {
  description = "Days that log lines are kept."
  type        = number
  nullable    = false

  validation {
    condition = contains(
      [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
      var.log_retention_days,
    )
    error_message = "CloudWatch keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653 days."
  }
}

variable "buckets" {
  description = "Physical names of the buckets that the task touches, by their names in the pipeline."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "secrets" {
  description = "ARNs of the secrets that the task reads, by their names in the pipeline."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    # A wildcard would open more than one secret.
    condition     = alltrue([for arn in values(var.secrets) : can(regex("^arn:[a-z-]+:secretsmanager:[^*?]+$", arn))])
    error_message = "Each secret is given by its whole ARN."
  }
}

variable "reads" {
  description = "Datasets that the task reads, by name. A path that ends in \"/\" is a folder; a source is made by nobody in the pipeline, so what lies at its path is read."
  default     = {}
  nullable    = false

  type = map(object({
    bucket_arn = string
    path       = string
    source     = optional(bool, false)
  }))

  validation {
    condition     = alltrue([for dataset in values(var.reads) : can(regex("^arn:[a-z-]+:s3:::[a-z0-9.-]+$", dataset.bucket_arn))])
    error_message = "Each bucket_arn is that of a bucket, such as arn:aws:s3:::flights-lake."
  }

  validation {
    # Wildcards, and $, which starts IAM's variables, would open more than the dataset.
    condition     = alltrue([for dataset in values(var.reads) : can(regex("^[A-Za-z0-9][A-Za-z0-9._=/-]*$", dataset.path))])
    error_message = "A path is relative to its bucket and holds only letters, digits and ._=/-."
  }

  validation {
    # Versions of a dataset there would lie among the records of all tasks.
    condition     = alltrue([for dataset in values(var.reads) : !contains(["commits", "runs"], lower(split("/", dataset.path)[0]))])
    error_message = "A path does not begin with commits or runs, where Glacier keeps its own records."
  }
}

variable "writes" {
  description = "Datasets that the task makes, by name. A path that ends in \"/\" is a folder."
  default     = {}
  nullable    = false

  type = map(object({
    bucket_arn = string
    path       = string
  }))

  validation {
    condition     = alltrue([for dataset in values(var.writes) : can(regex("^arn:[a-z-]+:s3:::[a-z0-9.-]+$", dataset.bucket_arn))])
    error_message = "Each bucket_arn is that of a bucket, such as arn:aws:s3:::flights-lake."
  }

  validation {
    condition     = alltrue([for dataset in values(var.writes) : can(regex("^[A-Za-z0-9][A-Za-z0-9._=/-]*$", dataset.path))])
    error_message = "A path is relative to its bucket and holds only letters, digits and ._=/-."
  }

  validation {
    # Versions of a dataset there would lie among the records of all tasks.
    condition     = alltrue([for dataset in values(var.writes) : !contains(["commits", "runs"], lower(split("/", dataset.path)[0]))])
    error_message = "A path does not begin with commits or runs, where Glacier keeps its own records."
  }
}

variable "home_bucket_arn" {
  description = "ARN of the bucket that keeps the records of the task's runs; null for a task that touches no dataset."
  type        = string
  default     = null

  validation {
    condition     = var.home_bucket_arn == null || can(regex("^arn:[a-z-]+:s3:::[a-z0-9.-]+$", var.home_bucket_arn))
    error_message = "The ARN must be that of a bucket, such as arn:aws:s3:::flights-lake."
  }
}

variable "commit_bucket_arns" {
  description = "ARNs of further buckets that keep the records of tasks whose datasets this one reads."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.commit_bucket_arns : can(regex("^arn:[a-z-]+:s3:::[a-z0-9.-]+$", arn))])
    error_message = "Each ARN must be that of a bucket, such as arn:aws:s3:::flights-lake."
  }
}

variable "decrypt_key_arns" {
  description = "ARNs of the KMS keys of buckets that the task touches; null for a bucket without one."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in compact(var.decrypt_key_arns) : can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", arn))])
    error_message = "Each key is given by its whole ARN."
  }
}

variable "encrypt_key_arns" {
  description = "ARNs of the KMS keys of buckets that the task writes to; null for a bucket without one."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in compact(var.encrypt_key_arns) : can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", arn))])
    error_message = "Each key is given by its whole ARN."
  }
}

variable "grants" {
  description = "What the task is granted by hand, because no signature can say it: a statement of the policy each, and why."
  default     = []
  nullable    = false

  type = list(object({
    sid       = string
    reason    = string
    actions   = list(string)
    resources = list(string)
    prefixes  = optional(list(string), [])
  }))

  validation {
    condition     = alltrue([for grant in var.grants : can(regex("^GrantedByHand[A-Za-z0-9]+$", grant.sid)) && trimspace(grant.reason) != ""])
    error_message = "A grant's sid begins with GrantedByHand, and it gives its reason."
  }

  validation {
    # A wildcard would grow with the service.
    condition     = alltrue(flatten([for grant in var.grants : [for action in grant.actions : can(regex("^[a-z][a-z0-9-]*:[A-Z][A-Za-z0-9]*$", action))]]))
    error_message = "An action is written out, such as sns:Publish."
  }
}

variable "kms_key_arn" {
  description = "ARN of the KMS key that the log is encrypted with; CloudWatch's own if null."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.kms_key_arn))
    error_message = "The key is given by its whole ARN."
  }
}

variable "permissions_boundary" {
  description = "ARN of the policy that says the most that its roles may do; none if null."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary == null || can(regex("^arn:[a-z-]+:iam::([0-9]{12}|aws):policy/[A-Za-z0-9+=,.@_/-]+$", var.permissions_boundary))
    error_message = "The boundary is given by the whole ARN of a managed policy."
  }
}
