output "artefact_bucket" {
  description = "Name of the bucket that holds archives of code."
  value       = module.artefacts.artefact_bucket
}

output "repository_url" {
  description = "Address of the repository that images of the project are pushed to."
  value       = module.registry.repository_url
}

output "state_bucket" {
  description = "Name of the bucket that holds Terraform's states."
  value       = module.states.name
}

output "plan_role" {
  description = "ARN of the role that CI takes for a pull request or a merge request; null without github_subject or gitlab_project."
  value       = one(module.ci[*].plan_role_arn)
}

output "deploy_role" {
  description = "ARN of the role that CI takes to deploy; null without github_subject or gitlab_project."
  value       = one(module.ci[*].deploy_role_arn)
}

# The files that follow from this one, as text: `terraform output -raw <name>` writes them.

output "backend" {
  description = "What ../backend.tf says, so that the pipeline's state is in the bucket."
  value       = local.backend["infra"]
}

output "bootstrap_backend" {
  description = "What backend.tf says here, so that this state is in the bucket as well."
  value       = local.backend["bootstrap"]
}

output "variables" {
  description = "What ../bootstrap.auto.tfvars says: what the pipeline's own Terraform has to know of all this."
  # Apart, or `terraform fmt` would line them up.
  value = join("\n", concat(
    ["# From bootstrap/: terraform output -raw variables.\nartefact_bucket = \"${local.artefact_bucket}\"\n"],
    [for arn in module.ci[*].boundary_arn : "permissions_boundary = \"${arn}\"\n"],
    local.networks,
  ))
}

locals {
  networks = [for made in module.network : <<-EOT
    network = {
      subnet_ids         = [${join(", ", formatlist("%q", made.subnet_ids))}]
      security_group_ids = [${join(", ", formatlist("%q", made.security_group_ids))}]
      internet           = ${made.internet}
    }
  EOT
  ]

  backend = {
    for root in ["infra", "bootstrap"] : root => <<-EOT
      # From bootstrap/: terraform output -raw ${root == "infra" ? "backend" : "bootstrap_backend"}.
      terraform {
        required_version = ">= 1.10" # for use_lockfile

        backend "s3" {
          bucket       = "${local.state_bucket}"
          key          = "${root}.tfstate"
          region       = "${var.region}"
          encrypt      = true
          use_lockfile = true
        }
      }
    EOT
  }
}
