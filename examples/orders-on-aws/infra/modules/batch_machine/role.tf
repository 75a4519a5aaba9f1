# What a machine may do: join its cluster, and hear from there what to run. AWS Batch gives a cluster the name of its compute
# environment. Tasks stand in the machine's own network, so what it may do, its tasks may do as well.

data "aws_iam_policy_document" "trust" {
  statement {
    sid     = "Ec2RunsTheMachine"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "this" {
  statement {
    sid = "JoinCluster"
    actions = [
      "ecs:DeregisterContainerInstance",
      "ecs:RegisterContainerInstance",
      "ecs:SubmitAttachmentStateChanges",
      "ecs:SubmitContainerStateChange",
      "ecs:SubmitTaskStateChange",
    ]
    resources = ["arn:${local.partition}:ecs:${local.account}:cluster/AWSBatch-${var.name}-*"]
  }

  statement {
    sid = "HearWhatToRun"
    actions = [
      "ecs:Poll",
      "ecs:StartTelemetrySession",
      "ecs:UpdateContainerInstancesState",
    ]
    resources = ["arn:${local.partition}:ecs:${local.account}:container-instance/AWSBatch-${var.name}-*"]
  }

  # A machine asks where ECS is; this action knows no resources, so "*" is all it takes:
  # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
  statement {
    sid       = "FindEcs"
    actions   = ["ecs:DiscoverPollEndpoint"]
    resources = ["*"]
  }
}

resource "aws_iam_role" "this" {
  name                 = local.role_name
  description          = "What machines ${var.name} may do"
  assume_role_policy   = data.aws_iam_policy_document.trust.minified_json
  permissions_boundary = var.permissions_boundary
}

resource "aws_iam_role_policy" "this" {
  name   = "machine"
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.this.minified_json
}

resource "aws_iam_instance_profile" "this" {
  name = local.role_name
  role = aws_iam_role.this.name
}
