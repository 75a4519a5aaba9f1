data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  # Every Terraform workspace is a deployment of its own.
  workspace = terraform.workspace == "default" ? "" : "-${terraform.workspace}"
  name      = "${coalesce(var.prefix, var.project)}${local.workspace}"

  # All accounts of the world share one space of bucket names, so ours end in something that is only ours.
  suffix = substr(sha256("${data.aws_caller_identity.current.account_id}/${var.region}"), 0, 8)
}
