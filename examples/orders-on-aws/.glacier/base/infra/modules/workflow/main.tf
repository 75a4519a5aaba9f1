# The order of tasks as a state machine, and the role it runs under.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.name
  account   = data.aws_caller_identity.current.account_id

  # Composed rather than read, so that a plan shows who may start the machine before it exists.
  arn        = "arn:${local.partition}:states:${local.region}:${local.account}:stateMachine:${aws_sfn_state_machine.this.name}"
  executions = "arn:${local.partition}:states:${local.region}:${local.account}:execution:${aws_sfn_state_machine.this.name}"

  # One policy of a role holds about this many functions; where there are more, the rest goes into policies beside it.
  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
  functions         = sort(var.function_arns)
  functions_inline  = slice(local.functions, 0, min(length(local.functions), 70))
  functions_further = chunklist(slice(local.functions, length(local.functions_inline), length(local.functions)), 50)

  # What tasks that are no functions take to be started, twelve tasks a policy: what is the same but for its resources,
  # is one statement.
  started = [for tasks in chunklist(var.starts, 12) : {
    for start in flatten(tasks) : start.sid => start...
  }]

  # A dot, which no function's name has: roles of tasks are called as their functions.
  role_name = (
    length(var.name) <= 55
    ? "${var.name}.workflow"
    : "${substr(var.name, 0, 46)}-${substr(sha256(var.name), 0, 8)}.workflow"
  )
}

resource "aws_cloudwatch_log_group" "this" {
  # AWS's resource policy for log delivery covers this prefix as a whole; others fill it up, log group by log group.
  name              = "/aws/vendedlogs/states/${var.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

data "aws_iam_policy_document" "trust" {
  statement {
    sid     = "StepFunctionsRunsTheWorkflow"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["states.amazonaws.com"]
    }

    # Not on behalf of somebody else's state machine.
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

data "aws_iam_policy_document" "workflow" {
  dynamic "statement" {
    for_each = length(local.functions_inline) > 0 ? [local.functions_inline] : []

    content {
      sid       = "RunTasks"
      actions   = ["lambda:InvokeFunction"]
      resources = statement.value
    }
  }

  dynamic "statement" {
    for_each = var.failure_topic_arn[*]

    content {
      sid       = "AnnounceFailures"
      actions   = ["sns:Publish"]
      resources = [statement.value]
    }
  }

  # Step Functions logs through CloudWatch's log delivery. These actions know no resources, so "*" is all they take:
  # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
  statement {
    sid = "DeliverLogs"
    actions = [
      "logs:CreateLogDelivery",
      "logs:DeleteLogDelivery",
      "logs:GetLogDelivery",
      "logs:ListLogDeliveries",
      "logs:UpdateLogDelivery",
    ]
    resources = ["*"]
  }

  # Log delivery looks at all log groups and policies of account and region, and a single group is not enough:
  # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-CloudWatchLogs.html
  statement {
    sid = "AllowLogDelivery"
    actions = [
      "logs:DescribeLogGroups",
      "logs:DescribeResourcePolicies",
      "logs:PutResourcePolicy",
    ]
    resources = ["arn:${local.partition}:logs:${local.region}:${local.account}:*"]
  }
}

resource "aws_iam_role" "this" {
  name                 = local.role_name
  description          = "What workflow ${var.name} may do"
  assume_role_policy   = data.aws_iam_policy_document.trust.minified_json
  permissions_boundary = var.permissions_boundary
}

resource "aws_iam_role_policy" "this" {
  name   = "workflow"
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.workflow.minified_json
}

data "aws_iam_policy_document" "further" {
  count = length(local.functions_further)

  statement {
    sid       = "RunTasks"
    actions   = ["lambda:InvokeFunction"]
    resources = local.functions_further[count.index]
  }
}

resource "aws_iam_policy" "further" {
  count = length(local.functions_further)

  name        = "${local.role_name}.${count.index + 1}"
  description = "Further tasks that workflow ${var.name} may run"
  policy      = data.aws_iam_policy_document.further[count.index].minified_json
}

resource "aws_iam_role_policy_attachment" "further" {
  count = length(local.functions_further)

  role       = aws_iam_role.this.name
  policy_arn = aws_iam_policy.further[count.index].arn
}

data "aws_iam_policy_document" "starts" {
  count = length(local.started)

  dynamic "statement" {
    for_each = local.started[count.index]

    content {
      sid       = statement.key
      actions   = statement.value[0].actions
      resources = distinct(flatten(statement.value[*].resources))

      dynamic "condition" {
        for_each = statement.value[0].condition[*]

        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = distinct([for start in statement.value : start.condition.value])
        }
      }
    }
  }
}

resource "aws_iam_policy" "starts" {
  count = length(local.started)

  name        = "${local.role_name}.starts.${count.index + 1}"
  description = "What workflow ${var.name} takes to start tasks that are no functions"
  policy      = data.aws_iam_policy_document.starts[count.index].minified_json
}

resource "aws_iam_role_policy_attachment" "starts" {
  count = length(local.started)

  role       = aws_iam_role.this.name
  policy_arn = aws_iam_policy.starts[count.index].arn
}

resource "aws_sfn_state_machine" "this" {
  # checkov:skip=CKV_AWS_284:X-Ray's actions know no resources, so the role would have a *; the history has all times
  # checkov:skip=CKV_AWS_285:all events are logged, without inputs and outputs, for parameters of runs may be personal; the history shows them for 90 days to who may look

  name       = var.name
  type       = "STANDARD"
  definition = var.definition
  role_arn   = aws_iam_role.this.arn

  logging_configuration {
    level           = "ALL"
    log_destination = "${aws_cloudwatch_log_group.this.arn}:*"
    # Run parameters may be personal; the console shows them for 90 days to whoever may look.
    include_execution_data = false
  }

  # Step Functions tries the role's rights when the machine is created.
  depends_on = [
    aws_iam_role_policy.this,
    aws_iam_role_policy_attachment.further,
    aws_iam_role_policy_attachment.starts,
  ]
}
