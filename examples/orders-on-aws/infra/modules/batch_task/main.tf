# One task as a job of AWS Batch, in a container on a machine of EC2. What the task may do is in policy.tf, what starts it may
# do in execution.tf.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  partition = data.aws_partition.current.partition
  account   = "${var.region}:${data.aws_caller_identity.current.account_id}"

  # Composed rather than read, so that a plan shows policies before anything exists.
  log_group_arn = "arn:${local.partition}:logs:${local.account}:log-group:${aws_cloudwatch_log_group.this.name}"
  role_prefix   = "arn:${local.partition}:iam::${data.aws_caller_identity.current.account_id}:role/"
  definition    = "arn:${local.partition}:batch:${local.account}:job-definition/${aws_batch_job_definition.this.name}"

  # ECS writes the log, with the rights of the other role.
  logs_written = []

  touches_anything = length(var.reads) + length(var.writes) + length(var.secrets) + length(var.grants) > 0

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
    sid     = "EcsRunsTheTask"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }

    # Not on behalf of somebody else's cluster.
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
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
  count = local.touches_anything ? 1 : 0

  name   = "task"
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.task.minified_json

  lifecycle {
    precondition {
      condition     = length(data.aws_iam_policy_document.task.minified_json) <= 10240
      error_message = "The policy of task ${var.task} is longer than the 10,240 characters that IAM allows: split the task, or let it touch fewer datasets."
    }
  }
}

resource "aws_batch_job_definition" "this" {
  name                  = var.name
  type                  = "container"
  platform_capabilities = ["EC2"]

  container_properties = jsonencode({
    image            = var.image
    command          = ["python", "-m", "glacier_runtime.run_task", "--task", var.task, "--timeout-s", tostring(var.timeout_s)]
    jobRoleArn       = "${local.role_prefix}${aws_iam_role.this.name}"
    executionRoleArn = "${local.role_prefix}${aws_iam_role.execution.name}"

    resourceRequirements = [
      { type = "VCPU", value = tostring(var.cpu) },
      { type = "MEMORY", value = tostring(var.memory_mib) },
    ]

    environment = [
      { name = "GLACIER_BINDINGS", value = local.bindings },
      { name = "GLACIER_CLOUD", value = "aws" },
      { name = "GLACIER_TASK", value = var.task },
    ]

    # What the image holds stays as it is; what a task needs meanwhile goes to /tmp.
    readonlyRootFilesystem = true
    privileged             = false
    volumes                = [{ name = "tmp" }]
    mountPoints            = [{ sourceVolume = "tmp", containerPath = "/tmp", readOnly = false }]

    # A process of its own that passes on signals and clears up after children.
    linuxParameters = { initProcessEnabled = true }

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.this.name
        awslogs-region        = var.region
        awslogs-stream-prefix = "run"
      }
    }
  })

  # The workflow tries again, and knows what is worth it; the task itself keeps its time.
  retry_strategy {
    attempts = 1
  }

  lifecycle {
    precondition {
      condition     = var.built_for == null ? true : var.built_for == var.architecture
      error_message = "Task ${var.task} runs on ${var.architecture}, as its instance type says, and the image was built for ${coalesce(var.built_for, "nothing")}: build it again with --architecture ${var.architecture}, or choose another type."
    }
  }

  # The first run needs its rights.
  depends_on = [aws_iam_role_policy.this, aws_iam_role_policy.execution]
}
