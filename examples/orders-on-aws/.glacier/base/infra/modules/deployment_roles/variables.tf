variable "name" {
  description = "What the roles are called: <name>.plan and <name>.deploy."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9_-]{0,39}$", var.name))
    error_message = "The name has 1 to 40 characters: a-z, 0-9, hyphens and underscores, with a letter first."
  }
}

variable "prefixes" {
  description = "What names of the deployed resources begin with."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.prefixes) > 0 && alltrue([for prefix in var.prefixes : can(regex("^[a-z][a-z0-9]*([_-][a-z0-9]+)*$", prefix))])
    error_message = "There is a prefix, and each holds a-z, 0-9 and single hyphens or underscores, and starts with a letter."
  }
}

variable "region" {
  description = "AWS region that is deployed to."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "A region looks like eu-central-1."
  }
}

variable "issuer" {
  description = "Who makes the tokens, without https://: GitHub, gitlab.com, or the host of another GitLab, which AWS must reach."
  type        = string
  default     = "token.actions.githubusercontent.com"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", var.issuer))
    error_message = "The issuer is the name of a host, such as gitlab.com."
  }
}

variable "subject" {
  description = "What `sub` begins with in the tokens of the repository: on GitHub repo:owner/name, with names or with names and numbers; on GitLab project_path:group/project."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^(repo:[A-Za-z0-9_.-]+(@[0-9]+)?/[A-Za-z0-9_.-]+(@[0-9]+)?|project_path:[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+)$", var.subject))
    error_message = "A subject looks like repo:owner/name, repo:owner@1234/name@5678 or project_path:group/project, without a wildcard."
  }
}

variable "environment" {
  description = "GitHub environment whose jobs may deploy; null, if whatever runs on the branch may, as it always does on GitLab."
  type        = string
  default     = "production"

  validation {
    condition     = var.environment == null || can(regex("^[A-Za-z0-9_.-]+$", var.environment))
    error_message = "An environment's name holds letters, digits, hyphens, dots and underscores here, and no wildcard."
  }
}

variable "branch" {
  description = "Branch that deploys, where there is no environment, and on GitLab."
  type        = string
  default     = "main"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_./-]+$", var.branch))
    error_message = "A branch's name holds letters, digits, hyphens, dots, slashes and underscores here, and no wildcard."
  }
}

variable "oidc_provider_arn" {
  description = "ARN of the account's identity provider for the issuer, of which an account has one; it is made if null."
  type        = string
  default     = null

  validation {
    condition     = var.oidc_provider_arn == null || can(regex("^arn:[a-z-]+:iam::[0-9]{12}:oidc-provider/[a-z0-9.-]+$", var.oidc_provider_arn))
    error_message = "The ARN ends in oidc-provider/ and the issuer, such as oidc-provider/token.actions.githubusercontent.com."
  }
}

variable "artefact_bucket_arn" {
  description = "ARN of the bucket for code."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:s3:::[a-z0-9-]+$", var.artefact_bucket_arn))
    error_message = "The ARN must be that of a bucket."
  }
}

variable "state_bucket_arn" {
  description = "ARN of the bucket for Terraform's states."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:s3:::[a-z0-9-]+$", var.state_bucket_arn))
    error_message = "The ARN must be that of a bucket."
  }
}

variable "repository" {
  description = "Name of the repository that images are pushed to, in the same account and region."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]+([._/-][a-z0-9]+)*$", var.repository))
    error_message = "A repository's name holds a-z, 0-9, and single signs of ._/- between them, and no wildcard."
  }
}

variable "state_key" {
  description = "Key of the state that CI plans and deploys with."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_./-]+$", var.state_key))
    error_message = "The key holds letters, digits, hyphens, dots, slashes and underscores, and no wildcard."
  }
}

variable "further_rights" {
  description = "What roles of tasks may do beyond the resources of these prefixes: buckets that somebody else made, grants by hand."
  type        = list(object({ actions = list(string), resources = list(string) }))
  default     = []
  nullable    = false

  validation {
    condition     = alltrue(flatten([for right in var.further_rights : [for action in right.actions : can(regex("^[a-z0-9-]+:[A-Za-z]+$", action)) && !startswith(action, "iam:") && !startswith(action, "sts:")]]))
    error_message = "Each action is written out, and is none of IAM's or STS's: with those, a role could be more than the boundary."
  }
}
