variable "project" {
  description = "Name of the pipeline. Every resource carries it."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]*([_-][a-z0-9]+)*$", var.project)) && length(var.project) <= 40
    error_message = "A project name has at most 40 characters: a-z, 0-9 and single hyphens or underscores."
  }
}

variable "region" {
  description = "AWS region of all resources, such as eu-central-1."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "A region looks like eu-central-1."
  }
}

variable "account_id" {
  description = "The only AWS account that may be deployed to; any account if null."
  type        = string
  default     = null

  validation {
    condition     = var.account_id == null || can(regex("^[0-9]{12}$", var.account_id))
    error_message = "An account id has twelve digits."
  }
}

variable "tags" {
  description = "Tags on every resource, besides the pipeline's name."
  type        = map(string)
  default     = {}
}
