# Files that arrive, and the runs that they start. EventBridge hears of each file; a state machine waits until its minute is over, and
# asks the starter for that minute by a name that can be asked for once: so all files of a minute, and of one partition, are one run.

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

  # Whatever wrote it: a put, a copy, an upload in parts.
  pattern = {
    source        = ["aws.s3"]
    "detail-type" = ["Object Created"]
    detail = {
      bucket = { name = [var.bucket] }
      object = {
        key = concat(
          [for key in var.keys : key if !strcontains(key, "*")],
          [for key in var.keys : { wildcard = key } if strcontains(key, "*")],
        )
      }
    }
  }

  exists  = "StepFunctions.ExecutionAlreadyExistsException"
  folders = [for place in values(var.columns) : "$.folders[${place}]"]
  minute  = "States.Format('{}{}Z', $.time[0], $.time[1])"
  # Values of a partition may be long, and have letters that names of executions may not have.
  minute_of_partition = format(
    "States.Hash(States.Format('{}{}Z%s', $.time[0], $.time[1], %s), 'MD5')",
    join("", [for folder in local.folders : " {}"]),
    join(", ", local.folders),
  )

  definition = {
    Comment        = "Asks for a run of each minute in which files arrived"
    TimeoutSeconds = 3600
    StartAt        = "Hidden"
    States = {
      # What no task reads: whoever writes in two steps begins names of the first with these.
      "Hidden" = {
        Type = "Choice"
        Choices = [
          for letter in ["_", "."] :
          { Variable = "$.detail.object.key", StringMatches = "*/${letter}*", Next = "Not read" }
        ]
        Default = "Wait for the rest"
      }
      "Not read" = { Type = "Succeed" }
      # At its end the minute of the event is over, so that the run finds all files that its name stands for.
      "Wait for the rest" = {
        Type    = "Wait"
        Seconds = 60
        Next    = "Read the event"
      }
      "Read the event" = {
        Type = "Pass"
        Parameters = {
          "time.$"    = "States.StringSplit($.time, ':')"
          "folders.$" = "States.StringSplit($.detail.object.key, '/')"
        }
        Next = "Name the run"
      }
      # 2026-01-31T05:17:42Z is in the minute 2026-01-31T05:17:00Z.
      "Name the run" = {
        Type = "Pass"
        Parameters = {
          "moment.$" = "States.Format('{}:{}:00Z', $.time[0], $.time[1])"
          "run.$"    = length(var.columns) == 0 ? local.minute : local.minute_of_partition
          params = {
            for column, place in var.columns :
            "${column}.$" => "States.ArrayGetItem(States.StringSplit($.folders[${place}], '='), 1)"
          }
          timezone = var.timezone
          overlap  = var.overlap
        }
        Next = "Ask"
      }
      "Ask" = {
        Type     = "Task"
        Resource = "arn:${local.partition}:states:::states:startExecution"
        Parameters = {
          StateMachineArn = var.starter_arn
          "Name.$"        = "$.run"
          "Input.$"       = "$"
        }
        Retry = [
          { ErrorEquals = [local.exists], MaxAttempts = 0 },
          {
            ErrorEquals     = ["States.TaskFailed"]
            IntervalSeconds = 2
            MaxDelaySeconds = 60
            JitterStrategy  = "FULL"
            MaxAttempts     = 8
          },
        ]
        Catch = [{ ErrorEquals = [local.exists], Next = "Asked before" }]
        End   = true
      }
      "Asked before" = { Type = "Succeed" }
    }
  }
}

data "aws_iam_policy_document" "trust" {
  for_each = { ask = "states.amazonaws.com", hear = "events.amazonaws.com" }

  statement {
    sid     = each.key == "ask" ? "StepFunctionsAsksForRuns" : "EventBridgeHearsOfFiles"
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

data "aws_iam_policy_document" "ask" {
  statement {
    sid       = "AskTheStarter"
    actions   = ["states:StartExecution"]
    resources = [var.starter_arn]
  }
}

resource "aws_iam_role" "ask" {
  name                 = "${local.short_name}.ask"
  description          = "What ${var.name}, which asks for a run when files arrive, may do"
  assume_role_policy   = data.aws_iam_policy_document.trust["ask"].minified_json
  permissions_boundary = var.permissions_boundary
}

resource "aws_iam_role_policy" "ask" {
  name   = "ask"
  role   = aws_iam_role.ask.name
  policy = data.aws_iam_policy_document.ask.minified_json
}

# Its history, kept for 90 days, has the event of each file; it logs nothing beside.
resource "aws_sfn_state_machine" "this" {
  # checkov:skip=CKV_AWS_284:X-Ray's actions know no resources, so the role would have a *; the history has all times
  # checkov:skip=CKV_AWS_285:its history, which is kept for 90 days, is all that it does

  name       = var.name
  type       = "STANDARD"
  definition = jsonencode(local.definition)
  role_arn   = aws_iam_role.ask.arn

  # Step Functions tries the role's rights when the machine is created.
  depends_on = [aws_iam_role_policy.ask]
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
  description          = "What the rule ${var.name}, which hears of files that arrive, may do"
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
  description   = "Files that arrive in ${var.bucket}, and start a run"
  event_pattern = jsonencode(local.pattern)
}

resource "aws_cloudwatch_event_target" "this" {
  rule     = aws_cloudwatch_event_rule.this.name
  arn      = aws_sfn_state_machine.this.arn
  role_arn = aws_iam_role.hear.arn
}
