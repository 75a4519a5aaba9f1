variable "name" {
  description = "What the names of its parts begin with."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,240}$", var.name)) && !startswith(var.name, "sg-")
    error_message = "A name has 1 to 240 characters: letters, digits, hyphens and underscores; it does not begin with sg-."
  }
}

variable "region" {
  description = "Region of the network."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "The region is written like eu-central-1."
  }
}

variable "services" {
  description = "Services that are reached from it, as endpoints call them, such as logs or ecr.api; S3 always is."
  type        = set(string)
  nullable    = false

  validation {
    condition     = alltrue([for service in var.services : can(regex("^[a-z][a-z0-9.-]*$", service))])
    error_message = "A service is written as in the name of its endpoint: com.amazonaws.REGION.SERVICE."
  }
}

variable "cidr_block" {
  description = "Its addresses, of which each subnet takes a sixteenth."
  type        = string
  default     = "10.0.0.0/20"
  nullable    = false

  validation {
    condition     = can(cidrhost(var.cidr_block, 0)) && can(regex("/(1[6-9]|2[0-4])$", var.cidr_block))
    error_message = "The block is written like 10.0.0.0/20, between /16 and /24."
  }
}

variable "zones" {
  description = "Letters of the zones that have a subnet. Each costs an endpoint of each service."
  type        = set(string)
  default     = ["a", "b"]
  nullable    = false

  validation {
    condition     = length(var.zones) >= 1 && alltrue([for letter in var.zones : can(regex("^[a-f]$", letter))])
    error_message = "Zones are given by their letters, a to f."
  }
}
