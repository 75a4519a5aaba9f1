# Runs that do not come: a schedule that was switched off, a starter that may not start, a run that never ends. No event tells of
# what does not happen, so an alarm asks each hour when a run has last succeeded.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account = "${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}"

  # Composed rather than read, so that a plan shows what is heard.
  arn = "arn:${data.aws_partition.current.partition}:cloudwatch:${local.account}:alarm:${var.name}"
}

resource "aws_cloudwatch_metric_alarm" "this" {
  alarm_name        = var.name
  alarm_description = "No run of ${var.pipeline} has succeeded in ${var.hours} hours"

  namespace   = "AWS/States"
  metric_name = "ExecutionsSucceeded"
  dimensions  = { StateMachineArn = var.state_machine_arn }
  statistic   = "Sum"

  # Each of so many hours without one; an hour in which nothing ended has no data.
  period              = 3600
  evaluation_periods  = var.hours
  datapoints_to_alarm = var.hours
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = "breaching"
}

# Alarms may not use the topic's key, which is AWS's own. What tells of runs that were stopped may, and tells of this, too.
resource "aws_cloudwatch_event_rule" "this" {
  name        = var.name
  description = "No run of ${var.pipeline} has succeeded for too long"

  event_pattern = jsonencode({
    source        = ["aws.cloudwatch"]
    "detail-type" = ["CloudWatch Alarm State Change"]
    resources     = [local.arn]
    detail        = { state = { value = ["ALARM"] } }
  })
}

resource "aws_cloudwatch_event_target" "this" {
  rule     = aws_cloudwatch_event_rule.this.name
  arn      = var.teller_arn
  role_arn = var.hearer_role_arn

  # In the words in which EventBridge tells of a run.
  input_transformer {
    input_paths = {
      alarm = "$.resources[0]"
      since = "$.time"
    }

    input_template = <<-EOT
      {
        "detail": {
          "name": "none",
          "executionArn": "<alarm>",
          "status": "LATE",
          "error": "NoRunSucceeded",
          "cause": "${aws_cloudwatch_metric_alarm.this.alarm_description}, said at <since>"
        }
      }
    EOT
  }
}
