variable "name" {
  description = "Physical name of the bucket for code; unique among all buckets of AWS."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.name))
    error_message = "A bucket's name has 3 to 63 characters: a-z, 0-9 and hyphens, with a letter or digit at both ends."
  }
}
