variable "name" {
  description = "Name of the secret in Secrets Manager."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9/_+=.@-]{1,512}$", var.name))
    error_message = "A secret's name has 1 to 512 characters: letters, digits and /_+=.@-."
  }
}

variable "description" {
  description = "What the secret is for."
  type        = string
  nullable    = false

  validation {
    condition     = length(var.description) <= 2048
    error_message = "A secret's description has at most 2048 characters."
  }
}
