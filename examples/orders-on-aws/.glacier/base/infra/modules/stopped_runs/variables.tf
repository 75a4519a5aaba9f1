variable "name" {
  description = "Name of the rule, and of the state machine that it starts."
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
  description = "ARN of the workflow, which announces by itself what a task's failure did to it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:states:[^*?]+:stateMachine:[^*?]+$", var.state_machine_arn))
    error_message = "The ARN must be that of a state machine."
  }
}

variable "starter_arns" {
  description = "ARNs of state machines that start runs, of which any failure is told."
  type        = list(string)
  nullable    = false
  default     = []

  validation {
    condition     = alltrue([for arn in var.starter_arns : can(regex("^arn:[a-z-]+:states:[^*?]+:stateMachine:[^*?]+$", arn))])
    error_message = "Each ARN must be that of a state machine."
  }
}

variable "failure_topic_arn" {
  description = "ARN of the topic where failed runs are announced."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:sns:[^*?]+$", var.failure_topic_arn))
    error_message = "The ARN must be that of a topic."
  }
}

variable "permissions_boundary" {
  description = "ARN of the policy that says the most that the roles may do; none if null."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary == null || can(regex("^arn:[a-z-]+:iam::([0-9]{12}|aws):policy/[A-Za-z0-9+=,.@_/-]+$", var.permissions_boundary))
    error_message = "The boundary is given by the whole ARN of a managed policy."
  }
}
