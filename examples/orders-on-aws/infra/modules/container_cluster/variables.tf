variable "name" {
  description = "Name of the cluster."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,255}$", var.name))
    error_message = "A cluster's name has 1 to 255 characters: letters, digits, hyphens and underscores."
  }
}

variable "container_insights" {
  description = "Whether CloudWatch counts processors and memory of each task, at the price of its metrics."
  type        = bool
  default     = true
  nullable    = false
}
