variable "name" {
  description = "Name of the topic."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,256}$", var.name))
    error_message = "A topic's name has 1 to 256 characters: letters, digits, hyphens and underscores."
  }
}
