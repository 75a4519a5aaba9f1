# Where failed runs are announced. Subscribe whoever should know.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account = "${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}"
  arn     = "arn:${data.aws_partition.current.partition}:sns:${local.account}:${aws_sns_topic.this.name}"
}

resource "aws_sns_topic" "this" {
  name = var.name
  # AWS's own key: the workflow's role can publish through it, services such as CloudWatch alarms could not.
  kms_master_key_id = "alias/aws/sns"
}
