# One task as a function of its own, under a role of its own. What the role may do is in policy.tf.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  partition = data.aws_partition.current.partition
  account   = "${var.region}:${data.aws_caller_identity.current.account_id}"

  # Composed rather than read, so that a plan shows policies before anything exists.
  log_group_arn = "arn:${local.partition}:logs:${local.account}:log-group:${aws_cloudwatch_log_group.this.name}"
  function_arn  = "arn:${local.partition}:lambda:${local.account}:function:${aws_lambda_function.this.function_name}"

  # Lambda writes the log with the rights of the task's own role.
  logs_written = [local.log_group_arn]

  is_image = var.code.image_uri != null

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
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

data "aws_iam_policy_document" "trust" {
  statement {
    sid     = "LambdaRunsTheTask"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
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
      condition     = length(data.aws_iam_policy_document.task.minified_json) <= 10240
      error_message = "The policy of task ${var.task} is longer than the 10,240 characters that IAM allows: split the task, or let it touch fewer datasets."
    }
  }
}

resource "aws_lambda_function" "this" {
  # checkov:skip=CKV_AWS_50:X-Ray's actions know no resources, so every role would have a *; the state machine's history has each task's times
  # checkov:skip=CKV_AWS_115:reserved concurrency takes from the account's other functions; the state machine bounds how many run at once
  # checkov:skip=CKV_AWS_116:a dead-letter queue is for asynchronous invocations; Step Functions waits for the answer, and announces failures on the topic
  # checkov:skip=CKV_AWS_117:nobody can connect to a function, and its role reaches only its own data; a network of its own adds endpoints that cost by the hour
  # checkov:skip=CKV_AWS_272:the archive's key is its digest, in a bucket that only who deploys may write to; a signature would say no more than that role

  function_name = var.name
  description   = var.description
  role          = aws_iam_role.this.arn

  package_type  = local.is_image ? "Image" : "Zip"
  image_uri     = var.code.image_uri
  s3_bucket     = var.code.s3_bucket
  s3_key        = var.code.s3_key
  runtime       = local.is_image ? null : var.code.runtime
  handler       = local.is_image ? null : "glacier_runtime.run_task.aws_lambda.handle"
  architectures = [var.code.architecture]

  memory_size = var.memory_mib
  timeout     = var.timeout_s
  layers      = var.layers
  kms_key_arn = var.kms_key_arn

  ephemeral_storage {
    size = var.ephemeral_storage_mib
  }

  environment {
    variables = {
      GLACIER_CLOUD    = "aws"
      GLACIER_TASK     = var.task
      GLACIER_BINDINGS = local.bindings
    }
  }

  lifecycle {
    precondition {
      # Lambda counts all variables, with their names.
      condition     = length(local.bindings) <= 3900
      error_message = "The bindings of task ${var.task} are longer than the 4 KiB that Lambda has for a function's environment: let it touch fewer buckets and secrets."
    }

    precondition {
      condition     = var.runtime == null || var.runtime == var.code.runtime
      error_message = "Task ${var.task} asks for ${coalesce(var.runtime, "nothing")}, and the code was built for ${var.code.runtime}: build it again."
    }

    precondition {
      condition     = length(var.layers) == 0 || !local.is_image
      error_message = "Task ${var.task} asks for layers, which functions of an image do not have: put what they hold into the image."
    }
  }

  # The first invocation needs its log group and its rights.
  depends_on = [aws_cloudwatch_log_group.this, aws_iam_role_policy.this]
}
