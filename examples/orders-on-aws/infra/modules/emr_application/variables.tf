variable "name" {
  description = "Name of the application."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,64}$", var.name))
    error_message = "An application's name has 1 to 64 characters: letters, digits, hyphens and underscores."
  }
}

variable "release" {
  description = "Release of EMR, such as emr-7.5.0."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^emr-([7-9]|[1-9][0-9]+)\\.[0-9]+\\.[0-9]+$", var.release))
    error_message = "A release is written like emr-7.5.0; older ones than emr-7.0.0 have no Python that Glacier runs on."
  }
}

variable "image" {
  description = "Address of the image of all workers: made from EMR's own for this release, with the Python that the code is built for."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}\\.dkr\\.ecr\\.[a-z0-9-]+\\.amazonaws\\.com(\\.cn)?/[^ ]+[:@][^ ]+$", var.image))
    error_message = "The image lies in ECR, and is named with its tag or its digest."
  }
}

variable "architecture" {
  description = "Processors of the workers: X86_64 or ARM64."
  type        = string
  default     = "X86_64"
  nullable    = false

  validation {
    condition     = contains(["X86_64", "ARM64"], var.architecture)
    error_message = "The architecture is X86_64 or ARM64."
  }
}

variable "drivers" {
  description = "How large the drivers of its tasks are, by the task's name, and how many of one there are at once in a run."
  type        = map(object({ cpu = number, memory_gib = number, at_once = optional(number, 1) }))
  nullable    = false

  validation {
    condition     = length(var.drivers) >= 1
    error_message = "An application runs at least one task."
  }
}

variable "runs_at_once" {
  description = "How many runs of the pipeline may have their drivers at the same time; more wait."
  type        = number
  default     = 4
  nullable    = false

  validation {
    condition     = var.runs_at_once >= 1 && floor(var.runs_at_once) == var.runs_at_once
    error_message = "At least one run, in whole runs."
  }
}

variable "idle_minutes" {
  description = "Minutes without a task after which the application stops."
  type        = number
  default     = 15
  nullable    = false

  validation {
    condition     = var.idle_minutes >= 1 && var.idle_minutes <= 10080
    error_message = "An application stops after 1 to 10080 minutes."
  }
}

variable "code_bucket" {
  description = "Name of the bucket that holds archives of code, where the launcher is put, too."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.code_bucket))
    error_message = "The name must be that of a bucket."
  }
}

variable "code_folder" {
  description = "Folder of the deployment in that bucket."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]+$", var.code_folder))
    error_message = "A folder holds letters, digits, hyphens and underscores."
  }
}

variable "network" {
  description = "Where workers stand: subnets and security groups from which they reach S3 and CloudWatch Logs; and whether they reach the internet."
  nullable    = false

  type = object({
    subnet_ids         = list(string)
    security_group_ids = list(string)
    internet           = optional(bool, true)
  })

  validation {
    condition     = length(var.network.subnet_ids) >= 1 && length(var.network.subnet_ids) <= 16
    error_message = "EMR Serverless takes 1 to 16 subnets."
  }

  validation {
    condition     = length(var.network.security_group_ids) >= 1 && length(var.network.security_group_ids) <= 5
    error_message = "EMR Serverless takes 1 to 5 security groups; without one it would take the network's default."
  }
}
