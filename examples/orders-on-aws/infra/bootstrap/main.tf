# Applied by an administrator, before everything else: the buckets for archives of code and for Terraform's states, and the
# repository that images are pushed to, which cost nothing while they are empty; and, once github_subject or gitlab_project is
# said, the roles that CI takes. The project's README.md has the road.

provider "aws" {
  region              = var.region
  allowed_account_ids = var.account_id == null ? null : [var.account_id]

  default_tags {
    tags = merge({ pipeline = var.project }, var.tags)
  }
}

data "aws_caller_identity" "current" {}

locals {
  # The same names are composed in ../names.tf and ../code.tf.
  suffix          = substr(sha256("${data.aws_caller_identity.current.account_id}/${var.region}"), 0, 8)
  artefact_bucket = replace("${var.project}-artefacts-${local.suffix}", "_", "-")
  state_bucket    = replace("${var.project}-tfstate-${local.suffix}", "_", "-")
  repository      = "${var.project}-code"
}

module "artefacts" {
  source = "../modules/bootstrap"

  name = local.artefact_bucket
}

# A state that was overwritten can be brought back for 30 days.
module "states" {
  source = "../modules/protected_bucket"

  name       = local.state_bucket
  versioning = true
}

module "ci" {
  source = "../modules/deployment_roles"
  count  = var.github_subject == null && var.gitlab_project == null ? 0 : 1

  name                = var.project
  prefixes            = coalesce(var.prefixes, [var.project])
  region              = var.region
  issuer              = var.gitlab_project == null ? "token.actions.githubusercontent.com" : var.gitlab_host
  subject             = var.gitlab_project == null ? var.github_subject : "project_path:${var.gitlab_project}"
  environment         = var.github_environment
  branch              = var.gitlab_project == null ? var.github_branch : var.gitlab_branch
  oidc_provider_arn   = var.oidc_provider_arn
  artefact_bucket_arn = module.artefacts.artefact_bucket_arn
  state_bucket_arn    = module.states.arn
  state_key           = "infra.tfstate"
  repository          = local.repository
  further_rights      = var.further_rights
}

module "registry" {
  source = "../modules/registry"

  name = local.repository
}

# For containers that CI deploys. Its endpoints cost by the hour, so it is there for who says which services they call.
module "network" {
  source = "../modules/network"
  count  = var.network_services == null ? 0 : 1

  name     = var.project
  region   = var.region
  services = var.network_services
}
