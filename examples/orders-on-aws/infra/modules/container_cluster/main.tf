# Where the pipeline's containers run. It costs nothing while none does, apart from what Container Insights counts.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account = "${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}"
  # Composed rather than read, so that a plan shows policies before the cluster exists.
  arn = "arn:${data.aws_partition.current.partition}:ecs:${local.account}:cluster/${aws_ecs_cluster.this.name}"
}

resource "aws_ecs_cluster" "this" {
  name = var.name

  setting {
    name  = "containerInsights"
    value = var.container_insights ? "enabled" : "disabled"
  }
}
