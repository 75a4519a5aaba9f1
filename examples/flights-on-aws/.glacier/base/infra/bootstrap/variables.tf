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

variable "github_subject" {
  description = <<-EOT
    What `sub` begins with in the tokens of the repository's workflows, such as repo:owner/name, or for repositories since
    July 2026 repo:owner@1234/name@5678. `gh api repos/{owner}/{repo}/actions/oidc/customization/sub --jq .sub_claim_prefix`
    says it. If null, there are no roles for CI.
  EOT
  type        = string
  default     = null
}

variable "github_environment" {
  description = "GitHub environment whose jobs may deploy. It has to be restricted to one branch, or whoever can push deploys. If null, github_branch deploys, and ci.yml must name no environment."
  type        = string
  default     = "production"
}

variable "github_branch" {
  description = "Branch that deploys, where github_environment is null."
  type        = string
  default     = "main"
}

variable "gitlab_project" {
  description = "Path of the project whose pipelines plan and deploy, such as group/project. `glab api projects/:id | jq -r .path_with_namespace` says it. If null, GitHub may."
  type        = string
  default     = null

  validation {
    condition     = var.gitlab_project == null || var.github_subject == null
    error_message = "Either GitHub deploys, or GitLab: say github_subject or gitlab_project."
  }
}

variable "gitlab_host" {
  description = "Host of that GitLab; one of your own has to be reached by AWS, which fetches its keys there."
  type        = string
  default     = "gitlab.com"
}

variable "gitlab_branch" {
  description = "Branch that deploys on GitLab. It has to be protected, or whoever can push deploys."
  type        = string
  default     = "main"
}

variable "oidc_provider_arn" {
  description = "ARN of the account's identity provider for GitHub or that GitLab, if there is one already; an account takes no second."
  type        = string
  default     = null
}

variable "prefixes" {
  description = "What names of resources begin with that CI may deploy: each `prefix` that ../variables.tf is given. The project's name if null."
  type        = list(string)
  default     = null
}

variable "further_rights" {
  description = "What tasks may do beyond the pipeline's own resources, such as reading a bucket that somebody else made. What is not said here no role of the pipeline gets."
  type        = list(object({ actions = list(string), resources = list(string) }))
  default     = []
}

variable "network_services" {
  description = <<-EOT
    Where tasks run in containers that CI deploys, and in no network of yours: the services they reach, beside S3, as
    network.tf of the pipeline lists them, such as ["ecr.api", "ecr.dkr", "logs"]. Each has an endpoint in each of two zones,
    which costs by the hour. If null, no network is made here.
  EOT
  type        = set(string)
  default     = null
}
