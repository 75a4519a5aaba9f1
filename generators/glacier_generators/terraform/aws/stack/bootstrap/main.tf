# Applied once, before everything else: the bucket that archives of code are uploaded to.

provider "aws" {
  region              = var.region
  allowed_account_ids = var.account_id == null ? null : [var.account_id]

  default_tags {
    tags = merge({ pipeline = var.project }, var.tags)
  }
}

data "aws_caller_identity" "current" {}

module "artefacts" {
  source = "../modules/bootstrap"

  # The same name is composed in ../names.tf and ../code.tf.
  name = replace("${var.project}-artefacts-${substr(sha256("${data.aws_caller_identity.current.account_id}/${var.region}"), 0, 8)}", "_", "-")
}
