variable "function" {
  description = "Name or ARN of the function."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^(arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:function:)?[A-Za-z0-9_-]{1,64}$", var.function))
    error_message = "Give the function's name, or its ARN without a version."
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
