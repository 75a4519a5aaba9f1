variable "name" {
  description = "Name of the rule, and of the state machine that it starts."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,64}$", var.name))
    error_message = "A rule's name has 1 to 64 characters: letters, digits, hyphens and underscores."
  }
}

variable "bucket" {
  description = "Name of the bucket; it must tell EventBridge of its objects."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.bucket))
    error_message = "The bucket is given by its name."
  }
}

variable "keys" {
  description = "What files are called that start a run: keys, or patterns in which * stands for anything."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.keys) > 0 && alltrue([for key in var.keys : can(regex("^[A-Za-z0-9][A-Za-z0-9._=/*-]*$", key))])
    error_message = "There is at least one key, each of letters, digits and ._=/*- alone."
  }
}

variable "columns" {
  description = "Columns of which a file's key says the value, as day=2026-01-31, each with the place of that folder in the key, counted from 0."
  type        = map(number)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for column, place in var.columns : can(regex("^[A-Za-z_][A-Za-z0-9_]*$", column)) && place >= 0 && floor(place) == place])
    error_message = "A column is a name of letters, digits and underscores; its place is a whole number from 0."
  }
}

variable "timezone" {
  description = "Time zone on whose calendar the logical date of a run is written, such as Europe/Berlin."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$", var.timezone))
    error_message = "The time zone is a name of the IANA database, such as UTC or Europe/Berlin."
  }
}

variable "overlap" {
  description = "What becomes of a run while another is going on: latest, queue or allow."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["latest", "queue", "allow"], var.overlap)
    error_message = "A run waits for all that wait with it (latest), waits for its turn (queue) or starts all the same (allow)."
  }
}

variable "starter_arn" {
  description = "ARN of the state machine that starts runs."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:states:[^*?]+:stateMachine:[^*?]+$", var.starter_arn))
    error_message = "The ARN must be that of a state machine."
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
