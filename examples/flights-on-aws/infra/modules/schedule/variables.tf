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

variable "state_machine_arn" {
  description = "ARN of the state machine to start."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:states:[^*?]+:stateMachine:[^*?]+$", var.state_machine_arn))
    error_message = "The ARN must be that of a state machine."
  }
}
