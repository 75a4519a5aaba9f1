# What starts runs when nobody does it by hand: each under a name that says what it stands for, so that it starts once; and what
# becomes of one whose time comes while another is going on.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.name
  account   = data.aws_caller_identity.current.account_id
  machines  = "arn:${local.partition}:states:${local.region}:${local.account}:stateMachine"

  # Composed rather than read, so that a plan shows who may start it before it exists.
  arn = "${local.machines}:${var.name}"

  # A dot, which no function's name has: roles of tasks are called as their functions.
  role_name = (
    length(var.name) <= 56
    ? "${var.name}.starter"
    : "${substr(var.name, 0, 47)}-${substr(sha256(var.name), 0, 8)}.starter"
  )

  # Throttled, or a service that did not answer.
  retry = [{
    ErrorEquals     = ["States.TaskFailed"]
    IntervalSeconds = 2
    MaxDelaySeconds = 60
    JitterStrategy  = "FULL"
    MaxAttempts     = 8
  }]

  parts = "States.StringSplit($.moment, ':')"

  definition = {
    Comment = "Starts ${var.run_prefix}, once for each moment"
    # A run that waits longer has failed, which is announced; 24 hours are below what one history can hold.
    TimeoutSeconds = 86400
    StartAt        = "Named already"
    States = {
      "Named already" = {
        Type    = "Choice"
        Choices = [{ Variable = "$.run", IsPresent = true, Next = "Take the name" }]
        Default = "Name it by its moment"
      }
      "Take the name" = {
        Type = "Pass"
        Parameters = merge(local.prepared, {
          "name.$" = "States.Format('${var.run_prefix}-{}', $.run)"
          input    = merge(local.prepared.input, { "params.$" = "$.params" })
        })
        Next = "Beside others"
      }
      # 2026-01-31T05:00:00Z without its colons, which names of executions may not have.
      "Name it by its moment" = {
        Type = "Pass"
        Parameters = merge(local.prepared, {
          "name.$" = format(
            "States.Format('%s-{}{}{}', %s)",
            var.run_prefix,
            join(", ", [for part in range(3) : "States.ArrayGetItem(${local.parts}, ${part})"]),
          )
        })
        Next = "Beside others"
      }
      "Beside others" = {
        Type    = "Choice"
        Choices = [{ Variable = "$.overlap", StringEquals = "allow", Next = "Start" }]
        Default = "List those that wait"
      }
      "List those that wait" = {
        Type     = "Task"
        Resource = "arn:${local.partition}:states:::aws-sdk:sfn:listExecutions"
        Parameters = {
          "StateMachineArn.$" = "$$.StateMachine.Id"
          StatusFilter        = "RUNNING"
          MaxResults          = 100
        }
        # Newest first: runs that wait start in the order in which they came.
        ResultSelector = {
          "oldest.$" = "$.Executions[-1:].ExecutionArn"
          "newest.$" = "$.Executions[0:1].ExecutionArn"
          "since.$"  = "$.Executions[0:1].StartDate"
        }
        ResultPath = "$.waiting"
        Retry      = local.retry
        Next       = "List those that run"
      }
      "List those that run" = {
        Type     = "Task"
        Resource = "arn:${local.partition}:states:::aws-sdk:sfn:listExecutions"
        Parameters = {
          StateMachineArn = var.state_machine_arn
          StatusFilter    = "RUNNING"
          MaxResults      = 1
        }
        ResultSelector = { "count.$" = "States.ArrayLength($.Executions)" }
        ResultPath     = "$.running"
        Retry          = local.retry
        Next           = "Its turn"
      }
      "Its turn" = {
        Type = "Choice"
        Choices = [
          { Variable = "$.overlap", StringEquals = "latest", Next = "Last of all" },
          {
            And = [
              { Variable = "$.running.count", NumericEquals = 0 },
              {
                Or = [
                  { Variable = "$.overlap", StringEquals = "skip" },
                  {
                    And = [
                      # A list may be a moment behind, and not have it yet.
                      { Variable = "$.waiting.oldest[0]", IsPresent = true },
                      { Variable = "$.waiting.oldest[0]", StringEqualsPath = "$.self" },
                    ]
                  },
                ]
              },
            ]
            Next = "Start"
          },
          { Variable = "$.overlap", StringEquals = "skip", Next = "Left out" },
        ]
        Default = "Wait"
      }
      # Who came later starts later, and finds all that this run would have found. Where a list is behind, nobody later is in it: then
      # both start, and nothing is lost.
      "Last of all" = {
        Type = "Choice"
        Choices = [
          {
            And = [
              { Variable = "$.waiting.newest[0]", IsPresent = true },
              { Variable = "$.waiting.newest[0]", StringEqualsPath = "$.self" },
            ]
            Next = "Alone"
          },
          {
            And = [
              { Variable = "$.waiting.since[0]", IsPresent = true },
              { Variable = "$.waiting.since[0]", TimestampGreaterThanPath = "$.since" },
            ]
            Next = "Left to a later one"
          },
        ]
        Default = "Alone"
      }
      "Alone" = {
        Type    = "Choice"
        Choices = [{ Variable = "$.running.count", NumericEquals = 0, Next = "Start" }]
        Default = "Wait"
      }
      "Wait" = {
        Type    = "Wait"
        Seconds = 60
        Next    = "List those that wait"
      }
      "Start" = {
        Type     = "Task"
        Resource = "arn:${local.partition}:states:::states:startExecution"
        Parameters = {
          StateMachineArn = var.state_machine_arn
          "Name.$"        = "$.name"
          "Input.$"       = "$.input"
        }
        Retry = concat([{ ErrorEquals = [local.exists], MaxAttempts = 0 }], local.retry)
        Catch = [{ ErrorEquals = [local.exists], Next = "Started before" }]
        End   = true
      }
      "Started before"      = { Type = "Succeed" }
      "Left out"            = { Type = "Succeed" }
      "Left to a later one" = { Type = "Succeed" }
    }
  }

  exists = "StepFunctions.ExecutionAlreadyExistsException"

  prepared = {
    "overlap.$" = "$.overlap"
    "self.$"    = "$$.Execution.Id"
    "since.$"   = "$$.Execution.StartTime"
    # The moment, and whose calendar says which day that is (RFC 9557).
    input = { "logical_date.$" = "States.Format('{}[{}]', $.moment, $.timezone)" }
  }
}

data "aws_iam_policy_document" "trust" {
  statement {
    sid     = "StepFunctionsStartsRuns"
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

data "aws_iam_policy_document" "starter" {
  statement {
    sid       = "StartTheWorkflow"
    actions   = ["states:StartExecution"]
    resources = [var.state_machine_arn]
  }

  statement {
    sid       = "SeeWhatRunsAndWaits"
    actions   = ["states:ListExecutions"]
    resources = [var.state_machine_arn, local.arn]
  }
}

resource "aws_iam_role" "this" {
  name                 = local.role_name
  description          = "What ${var.name}, which starts runs, may do"
  assume_role_policy   = data.aws_iam_policy_document.trust.minified_json
  permissions_boundary = var.permissions_boundary
}

resource "aws_iam_role_policy" "this" {
  name   = "starter"
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.starter.minified_json
}

# Its history, kept for 90 days, says when a run was started, waited or was left out; it logs nothing beside.
resource "aws_sfn_state_machine" "this" {
  # checkov:skip=CKV_AWS_284:X-Ray's actions know no resources, so the role would have a *; the history has all times
  # checkov:skip=CKV_AWS_285:its history, which is kept for 90 days, is all that it does

  name       = var.name
  type       = "STANDARD"
  definition = jsonencode(local.definition)
  role_arn   = aws_iam_role.this.arn

  # Step Functions tries the role's rights when the machine is created.
  depends_on = [aws_iam_role_policy.this]
}
