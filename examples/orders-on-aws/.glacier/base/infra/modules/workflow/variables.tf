variable "name" {
  description = "Name of the state machine."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,80}$", var.name))
    error_message = "A state machine's name has 1 to 80 characters: letters, digits, hyphens and underscores."
  }
}

variable "definition" {
  description = "The state machine in the Amazon States Language, as JSON."
  type        = string
  nullable    = false

  validation {
    condition     = can(jsondecode(var.definition).StartAt)
    error_message = "The definition must be JSON with the key StartAt."
  }
}

variable "function_arns" {
  description = "ARNs of the functions that the workflow may invoke."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.function_arns : can(regex("^arn:[a-z-]+:lambda:[^*?]+$", arn))])
    error_message = "Each function is given by its whole ARN."
  }

  validation {
    condition     = length(var.function_arns) + length(var.starts) > 0
    error_message = "A workflow runs at least one task."
  }
}

variable "starts" {
  description = "What starting each task takes that is no function, or each part, as its module says: statements of a policy. Those of one sid differ in their resources, and in the value of their condition, alone."
  default     = []
  nullable    = false

  type = list(list(object({
    sid       = string
    actions   = list(string)
    resources = list(string)
    condition = optional(object({
      test     = string
      variable = string
      value    = string
    }))
  })))

  validation {
    # A wildcard would grow with the service.
    condition     = alltrue([for start in flatten(var.starts) : alltrue([for action in start.actions : can(regex("^[a-z][a-z0-9-]*:[A-Z][A-Za-z0-9]*$", action))])])
    error_message = "An action is written out, such as ecs:RunTask."
  }

  validation {
    # All but one action know what they are about.
    condition     = alltrue([for start in flatten(var.starts) : !contains(start.resources, "*") || join(",", start.actions) == "batch:DescribeJobs"])
    error_message = "A task is started by its name, and never everything."
  }
}

variable "failure_topic_arn" {
  description = "ARN of the topic where failed runs are announced; none for a part, whose failure is told by what started it."
  type        = string
  default     = null

  validation {
    condition     = var.failure_topic_arn == null || can(regex("^arn:[a-z-]+:sns:[^*?]+$", var.failure_topic_arn))
    error_message = "The ARN must be that of a topic."
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
  description = "ARN of the policy that says the most that the role may do; none if null."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary == null || can(regex("^arn:[a-z-]+:iam::([0-9]{12}|aws):policy/[A-Za-z0-9+=,.@_/-]+$", var.permissions_boundary))
    error_message = "The boundary is given by the whole ARN of a managed policy."
  }
}
