# Runs that end without a word: aborted, out of time, or failed in a way that no catch of their own sees. EventBridge hears of them,
# and a state machine of one step tells the topic: EventBridge itself may not use the topic's key, which is AWS's own.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.name
  account   = data.aws_caller_identity.current.account_id
  arn       = "arn:${local.partition}:states:${local.region}:${local.account}:stateMachine:${var.name}"

  # A dot, which no function's name has: roles of tasks are called as their functions.
  short_name = length(var.name) <= 54 ? var.name : "${substr(var.name, 0, 45)}-${substr(sha256(var.name), 0, 8)}"

  # What the workflow has announced itself begins with the task at fault. A starter announces nothing.
  unsaid = concat(
    [
      { stateMachineArn = [var.state_machine_arn], status = ["ABORTED", "TIMED_OUT"] },
      {
        stateMachineArn = [var.state_machine_arn]
        status          = ["FAILED"]
        cause           = [null, { "anything-but" = { prefix = "task " } }, { exists = false }]
      },
    ],
    [for starter in var.starter_arns : { stateMachineArn = [starter], status = ["ABORTED", "FAILED", "TIMED_OUT"] }],
  )

  pattern = {
    source        = ["aws.states"]
    "detail-type" = ["Step Functions Execution Status Change"]
    detail        = { "$or" = local.unsaid }
  }

  definition = {
    Comment = "Says that a run was stopped"
    StartAt = "Fill in"
    States = {
      "Fill in" = {
        Type = "Pass"
        Parameters = {
          "detail.$" = "States.JsonMerge(States.StringToJson('{\"error\":null,\"cause\":null}'), $.detail, false)"
        }
        Next = "Tell"
      }
      # Without the run's input, whose parameters may be personal.
      "Tell" = {
        Type     = "Task"
        Resource = "arn:${local.partition}:states:::sns:publish"
        Parameters = {
          TopicArn    = var.failure_topic_arn
          "Subject.$" = "States.Format('${var.pipeline} {}', $.detail.status)"
          Message = {
            "run_id.$"    = "$.detail.name"
            "execution.$" = "$.detail.executionArn"
            "status.$"    = "$.detail.status"
            failure = {
              "Error.$" = "$.detail.error"
              "Cause.$" = "$.detail.cause"
            }
          }
        }
        Retry = [{ ErrorEquals = ["States.ALL"], MaxAttempts = 8 }]
        End   = true
      }
    }
  }
}

data "aws_iam_policy_document" "trust" {
  for_each = { tell = "states.amazonaws.com", hear = "events.amazonaws.com" }

  statement {
    sid     = each.key == "tell" ? "StepFunctionsTellsOfRuns" : "EventBridgeHearsOfRuns"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = [each.value]
    }

    # Not on behalf of somebody else's machine or rule.
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

data "aws_iam_policy_document" "tell" {
  statement {
    sid       = "AnnounceFailures"
    actions   = ["sns:Publish"]
    resources = [var.failure_topic_arn]
  }
}

resource "aws_iam_role" "tell" {
  name                 = "${local.short_name}.tell"
  description          = "What ${var.name}, which tells of runs that were stopped, may do"
  assume_role_policy   = data.aws_iam_policy_document.trust["tell"].minified_json
  permissions_boundary = var.permissions_boundary
}

resource "aws_iam_role_policy" "tell" {
  name   = "tell"
  role   = aws_iam_role.tell.name
  policy = data.aws_iam_policy_document.tell.minified_json
}

# Its history, kept for 90 days, is all that it does; it logs nothing beside.
resource "aws_sfn_state_machine" "this" {
  # checkov:skip=CKV_AWS_284:X-Ray's actions know no resources, so the role would have a *; the history has all times
  # checkov:skip=CKV_AWS_285:its history, which is kept for 90 days, is all that it does

  name       = var.name
  type       = "STANDARD"
  definition = jsonencode(local.definition)
  role_arn   = aws_iam_role.tell.arn

  # Step Functions tries the role's rights when the machine is created.
  depends_on = [aws_iam_role_policy.tell]
}

data "aws_iam_policy_document" "hear" {
  statement {
    sid       = "PassItOn"
    actions   = ["states:StartExecution"]
    resources = [local.arn]
  }
}

resource "aws_iam_role" "hear" {
  name                 = "${local.short_name}.hear"
  description          = "What the rule ${var.name}, which hears of runs that were stopped, may do"
  assume_role_policy   = data.aws_iam_policy_document.trust["hear"].minified_json
  permissions_boundary = var.permissions_boundary
}

resource "aws_iam_role_policy" "hear" {
  name   = "hear"
  role   = aws_iam_role.hear.name
  policy = data.aws_iam_policy_document.hear.minified_json
}

resource "aws_cloudwatch_event_rule" "this" {
  name          = var.name
  description   = "Runs of ${var.pipeline} that ended without a word"
  event_pattern = jsonencode(local.pattern)
}

resource "aws_cloudwatch_event_target" "this" {
  rule     = aws_cloudwatch_event_rule.this.name
  arn      = aws_sfn_state_machine.this.arn
  role_arn = aws_iam_role.hear.arn
}
