variable "url" {
  description = "Address of the workspace, such as https://dbc-1a2b3c4d-5e6f.cloud.databricks.com."
  type        = string
  nullable    = false

  validation {
    # A wildcard, or another host, would let the workflow call more than one workspace.
    condition     = can(regex("^https://[a-z0-9][a-z0-9.-]*\\.cloud\\.databricks\\.(com|us|mil)$", var.url))
    error_message = "The address is that of a workspace on AWS, without a path: https://….cloud.databricks.com."
  }
}

variable "connection_arn" {
  description = "ARN of the connection of EventBridge by which the workspace is called: OAuth, with the client credentials of a service principal."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:events:[a-z0-9-]+:[0-9]{12}:connection/[A-Za-z0-9._-]+/[A-Za-z0-9-]+$", var.connection_arn))
    error_message = "The connection is given by its whole ARN."
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
