variable "name" {
  description = "Name of the alarm, and of the rule that hears of it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,64}$", var.name))
    error_message = "A rule's name has 1 to 64 characters: letters, digits, hyphens and underscores."
  }
}

variable "pipeline" {
  description = "Name of the pipeline, as messages call it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,64}$", var.pipeline))
    error_message = "A pipeline's name has 1 to 64 characters: letters, digits, hyphens and underscores."
  }
}

variable "state_machine_arn" {
  description = "ARN of the workflow, of which runs are expected."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:states:[^*?]+:stateMachine:[^*?]+$", var.state_machine_arn))
    error_message = "The ARN must be that of a state machine."
  }
}

variable "hours" {
  description = "How many hours may pass without a run that succeeds: the longest pause of the schedule, and what a run may take."
  type        = number
  nullable    = false

  validation {
    # Seven days: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html, EvaluationPeriods
    condition     = var.hours >= 1 && var.hours <= 168 && floor(var.hours) == var.hours
    error_message = "An alarm looks back 1 to 168 whole hours."
  }
}

variable "teller_arn" {
  description = "ARN of the state machine that tells of runs that were stopped."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:states:[^*?]+:stateMachine:[^*?]+$", var.teller_arn))
    error_message = "The ARN must be that of a state machine."
  }
}

variable "hearer_role_arn" {
  description = "ARN of the role under which it is started."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/[^*?]+$", var.hearer_role_arn))
    error_message = "The ARN must be that of a role."
  }
}
