variable "name" {
  description = "Name of the state machine that starts runs."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,80}$", var.name))
    error_message = "A state machine's name has 1 to 80 characters: letters, digits, hyphens and underscores."
  }
}

variable "run_prefix" {
  description = "What names of runs begin with; the moment that a run stands for follows."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,43}$", var.run_prefix))
    error_message = "The prefix has 1 to 43 characters: letters, digits, hyphens and underscores."
  }
}

variable "state_machine_arn" {
  description = "ARN of the state machine whose runs are started."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:states:[^*?]+:stateMachine:[^*?]+$", var.state_machine_arn))
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
