variable "name" {
  description = "Name of the dashboard, with which the names of functions begin."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,255}$", var.name))
    error_message = "A dashboard's name has 1 to 255 characters: letters, digits, hyphens and underscores."
  }
}

variable "region" {
  description = "Region of what it shows."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "The region is written like eu-central-1."
  }
}

variable "state_machine_arn" {
  description = "ARN of the state machine whose runs it shows."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:states:[a-z0-9-]+:[0-9]{12}:stateMachine:[A-Za-z0-9_-]+$", var.state_machine_arn))
    error_message = "The ARN must be that of a state machine."
  }
}
