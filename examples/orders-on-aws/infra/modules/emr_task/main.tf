# One task as a job run of EMR Serverless, in the driver of a Spark application. What the task may do is in policy.tf, what
# EMR does with the same role before the task's code runs is in start.tf.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  partition = data.aws_partition.current.partition
  account   = "${var.region}:${data.aws_caller_identity.current.account_id}"

  # Composed rather than read, so that a plan shows policies before anything exists.
  log_group_arn = "arn:${local.partition}:logs:${local.account}:log-group:${aws_cloudwatch_log_group.this.name}"
  role_arn      = "arn:${local.partition}:iam::${data.aws_caller_identity.current.account_id}:role/${aws_iam_role.this.name}"

  # The driver writes its log under the role of the task.
  logs_written = [local.log_group_arn]

  # Where the task's logical names lead: what it touches, and nothing else.
  bindings = jsonencode({
    version = 1
    cloud   = "aws"
    region  = var.region
    buckets = var.buckets
    secrets = var.secrets
  })

  # Python runs beside the JVM, in what Spark calls overhead: the JVM only starts it. No executor is ever asked for, as long
  # as the task makes no Spark session of its own.
  python = "/usr/bin/${var.code.runtime}"
  settings = {
    "spark.archives"                            = "s3://${coalesce(var.code.s3_bucket, "missing")}/${coalesce(var.code.s3_key, "missing")}#code"
    "spark.driver.cores"                        = var.driver_cpu
    "spark.driver.memory"                       = "1g"
    "spark.driver.memoryOverhead"               = "${var.driver_memory_gib - 1}g"
    "spark.dynamicAllocation.enabled"           = "true"
    "spark.dynamicAllocation.initialExecutors"  = 0
    "spark.dynamicAllocation.minExecutors"      = 0
    "spark.dynamicAllocation.maxExecutors"      = 1
    "spark.emr-serverless.driverEnv.AWS_REGION" = var.region
    "spark.pyspark.driver.python"               = local.python
    "spark.pyspark.python"                      = local.python
  }
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/glacier/tasks/${var.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

data "aws_iam_policy_document" "trust" {
  statement {
    sid     = "EmrRunsTheTask"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["emr-serverless.amazonaws.com"]
    }

    # Not on behalf of somebody else's application.
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
      condition     = lower(var.code.architecture) == lower(var.application.architecture)
      error_message = "Task ${var.task} asks for ${var.application.architecture}, and the code was built for ${var.code.architecture}: build it again, or change EmrConfig(architecture=...)."
    }
  }
}
