# When a run is to start, and the role that says so to the starter.

data "aws_caller_identity" "current" {}

locals {
  # A dot, which no function's name has: roles of tasks are called as their functions.
  role_name = (
    length(var.name) <= 55
    ? "${var.name}.schedule"
    : "${substr(var.name, 0, 46)}-${substr(sha256(var.name), 0, 8)}.schedule"
  )
}

data "aws_iam_policy_document" "trust" {
  statement {
    sid     = "SchedulerAsksForRuns"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["scheduler.amazonaws.com"]
    }

    # Not on behalf of somebody else's schedule.
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

data "aws_iam_policy_document" "schedule" {
  statement {
    sid       = "AskTheStarter"
    actions   = ["states:StartExecution"]
    resources = [var.starter_arn]
  }
}

resource "aws_iam_role" "this" {
  name                 = local.role_name
  description          = "What schedule ${var.name} may do"
  assume_role_policy   = data.aws_iam_policy_document.trust.minified_json
  permissions_boundary = var.permissions_boundary
}

resource "aws_iam_role_policy" "this" {
  name   = "schedule"
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.schedule.minified_json
}

resource "aws_scheduler_schedule" "this" {
  # checkov:skip=CKV_AWS_297:its input is the scheduled time, and nothing else

  name                         = var.name
  schedule_expression          = var.expression
  schedule_expression_timezone = var.timezone

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = var.starter_arn
    role_arn = aws_iam_role.this.arn
    # As text: jsonencode would escape the angle brackets, and Scheduler would not see its variable.
    input = "{\"moment\": \"<aws.scheduler.scheduled-time>\", \"timezone\": \"${var.timezone}\", \"overlap\": \"${var.overlap}\"}"

    # A run that could not be asked for within an hour is left to whoever looks, rather than started at an odd time. Asking twice
    # starts one run: its name follows from the moment.
    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 10
    }
  }

  # Scheduler tries the role when the schedule is created.
  depends_on = [aws_iam_role_policy.this]
}
