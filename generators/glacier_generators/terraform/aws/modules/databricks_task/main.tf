# One task as a run of Databricks, on a machine that is there for it alone. What the task may do is in policy.tf, what is done
# with the same role before the task's code runs is in start.tf.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  partition = data.aws_partition.current.partition
  account   = "${var.region}:${data.aws_caller_identity.current.account_id}"

  # Composed rather than read, so that a plan shows policies before anything exists.
  log_group_arn     = "arn:${local.partition}:logs:${local.account}:log-group:${aws_cloudwatch_log_group.this.name}"
  role_arn          = "arn:${local.partition}:iam::${data.aws_caller_identity.current.account_id}:role/${aws_iam_role.this.name}"
  profile_arn       = "arn:${local.partition}:iam::${data.aws_caller_identity.current.account_id}:instance-profile/${aws_iam_instance_profile.this.name}"
  state_machine_arn = "arn:${local.partition}:states:${local.account}:stateMachine:${var.workflow}"

  # The launcher writes the log under the role of the task.
  logs_written = [local.log_group_arn]

  # Where the task's logical names lead: what it touches, and nothing else.
  bindings = jsonencode({
    version = 1
    cloud   = "aws"
    region  = var.region
    buckets = var.buckets
    secrets = var.secrets
  })
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/glacier/tasks/${var.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

data "aws_iam_policy_document" "trust" {
  statement {
    sid     = "Ec2RunsTheTask"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "this" {
  name                 = var.name
  description          = "What task ${var.task} may do"
  assume_role_policy   = data.aws_iam_policy_document.trust.minified_json
  permissions_boundary = var.permissions_boundary
}

resource "aws_iam_role_policy" "this" {
  name   = "task"
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.task.minified_json

  lifecycle {
    precondition {
      condition     = length(data.aws_iam_policy_document.task.minified_json) + length(data.aws_iam_policy_document.start.minified_json) <= 10240
      error_message = "The policies of task ${var.task} are longer than the 10,240 characters that IAM allows: split the task, or let it touch fewer datasets."
    }

    precondition {
      condition     = var.code.s3_key != null
      error_message = "Task ${var.task} runs an archive of code, and there is none: glacier build makes one, unless the project is too large for it or --image is said."
    }

    precondition {
      condition     = var.code.runtime == coalesce(var.python, var.code.runtime)
      error_message = "Task ${var.task} runs on ${coalesce(var.python, "any Python")}, and the code was built for ${var.code.runtime}: glacier build --python, or another DatabricksConfig(spark_version=...)."
    }

    precondition {
      condition     = var.code.architecture == var.architecture
      error_message = "Task ${var.task} runs on ${var.architecture}, and the code was built for ${var.code.architecture}: build it again, or take another DatabricksConfig(instance_type=...)."
    }
  }
}

resource "aws_iam_instance_profile" "this" {
  name = var.name
  role = aws_iam_role.this.name
}
