variable "name" {
  description = "Name of the queue and of what machines are; what the names of the rest begin with."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,54}$", var.name))
    error_message = "A name has 1 to 54 characters: letters, digits, hyphens and underscores."
  }
}

variable "instance_type" {
  description = "Type of the machines, such as r6i.4xlarge."
  type        = string
  nullable    = false

  validation {
    # AWS Batch would take a whole family, such as r6i, and optimal, too.
    condition     = can(regex("^[a-z][a-z0-9-]*\\.[a-z0-9-]+$", var.instance_type))
    error_message = "A type is written like r6i.4xlarge."
  }
}

variable "max_vcpus" {
  description = "Processors of all machines that are there at once, at most; AWS Batch may go beyond it by one machine."
  type        = number
  nullable    = false

  validation {
    condition     = var.max_vcpus >= 1 && floor(var.max_vcpus) == var.max_vcpus
    error_message = "There is at least one processor, and a whole number of them."
  }
}

variable "spot" {
  description = "Whether EC2 may take a machine back at any moment, for which it costs less."
  type        = bool
  default     = false
  nullable    = false
}

variable "disk_gib" {
  description = "Size of the disk of each machine in GiB: for the system, images, and what tasks put into /tmp."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.disk_gib >= 30 && var.disk_gib <= 16384 && floor(var.disk_gib) == var.disk_gib
    error_message = "A disk has 30 to 16384 GiB, in whole GiB."
  }
}

variable "ami" {
  description = "Image of the machines, which has to run the agent of ECS; the newest Amazon Linux 2023 that is made for it if null."
  type        = string
  default     = null

  validation {
    condition     = var.ami == null || can(regex("^ami-[0-9a-f]{1,17}$", var.ami))
    error_message = "An image is written like ami-0a1b2c3d4e5f67890."
  }
}

variable "network" {
  description = "Where machines stand: subnets and security groups from which they reach S3, ECS, CloudWatch Logs and the registry of images; and whether they reach the internet."
  nullable    = false

  type = object({
    subnet_ids         = list(string)
    security_group_ids = list(string)
    internet           = optional(bool, true)
  })

  validation {
    condition     = length(var.network.subnet_ids) >= 1 && length(var.network.subnet_ids) <= 16
    error_message = "AWS Batch takes 1 to 16 subnets."
  }

  validation {
    condition     = length(var.network.security_group_ids) >= 1 && length(var.network.security_group_ids) <= 5
    error_message = "AWS Batch takes 1 to 5 security groups."
  }
}

variable "security_group_id" {
  description = "The one group that machines are put into; those of the network if null."
  type        = string
  default     = null

  validation {
    condition     = var.security_group_id == null || can(regex("^sg-[0-9a-f]{1,17}$", var.security_group_id))
    error_message = "A security group is written like sg-0a1b2c3d4e5f67890."
  }
}

variable "network_is_made_here" {
  description = "Whether the network is made along with the machines, so that no group of somebody else's is in it."
  type        = bool
  default     = false
  nullable    = false
}

variable "region" {
  description = "Region of the machines."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "The region is written like eu-central-1."
  }
}

variable "permissions_boundary" {
  description = "ARN of the policy that says the most that its role may do; none if null."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary == null || can(regex("^arn:[a-z-]+:iam::([0-9]{12}|aws):policy/[A-Za-z0-9+=,.@_/-]+$", var.permissions_boundary))
    error_message = "The boundary is given by the whole ARN of a managed policy."
  }
}
