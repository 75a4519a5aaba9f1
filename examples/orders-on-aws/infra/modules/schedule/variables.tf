variable "name" {
  description = "Name of the schedule."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,64}$", var.name))
    error_message = "A schedule's name has 1 to 64 characters: letters, digits, hyphens and underscores."
  }
}

variable "expression" {
  description = "When the workflow starts, as EventBridge writes it: cron(minute hour day month weekday year)."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^cron\\([^ ()]+( [^ ()]+){5}\\)$", var.expression))
    error_message = "The expression has six fields, such as cron(0 5 * * ? *)."
  }
}

variable "timezone" {
  description = "Time zone of the expression, such as Europe/Berlin."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$", var.timezone))
    error_message = "The time zone is a name of the IANA database, such as UTC or Europe/Berlin."
  }
}

variable "overlap" {
  description = "What becomes of a run whose time comes while another is going on: queue, skip or allow."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["queue", "skip", "allow"], var.overlap)
    error_message = "A run waits (queue), is left out (skip) or starts all the same (allow)."
  }
}

variable "starter_arn" {
  description = "ARN of the state machine that starts runs."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:states:[^*?]+:stateMachine:[^*?]+$", var.starter_arn))
    error_message = "The ARN must be that of a state machine."
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
