output "task" {
  description = "Name of the task in the pipeline."
  value       = var.task
}

output "placeholders" {
  description = "What the state of the task needs to know."
  value = {
    application = var.application.id
    bindings    = base64encode(local.bindings)
    entry_point = var.application.launcher_uri
    log_group   = aws_cloudwatch_log_group.this.name
    parameters  = join(" ", [for name, value in local.settings : "--conf ${name}=${value}"])
    role        = local.role_arn
  }

  # The first run needs its rights.
  depends_on = [aws_iam_role_policy.this, aws_iam_role_policy.start]
}

output "starts" {
  description = "What whoever starts the task must be allowed, as statements of a policy."
  value = [
    {
      sid       = "StartJobRuns"
      actions   = ["emr-serverless:StartJobRun"]
      resources = [var.application.arn]
      condition = null
    },
    {
      sid       = "FollowJobRuns"
      actions   = ["emr-serverless:CancelJobRun", "emr-serverless:GetJobRun"]
      resources = ["${var.application.arn}/jobruns/*"]
      condition = null
    },
    {
      sid       = "GiveRolesToJobRuns"
      actions   = ["iam:PassRole"]
      resources = [local.role_arn]
      condition = { test = "StringEquals", variable = "iam:PassedToService", value = "emr-serverless.amazonaws.com" }
    },
    {
      # The rule by which Step Functions hears that a job run has ended; it makes and keeps the rule itself:
      # https://docs.aws.amazon.com/step-functions/latest/dg/emr-serverless-iam.html
      sid       = "HearOfJobRuns"
      actions   = ["events:DescribeRule", "events:PutRule", "events:PutTargets"]
      resources = ["arn:${local.partition}:events:${local.account}:rule/StepFunctionsGetEventsForEMRServerlessJobRule"]
      condition = null
    },
  ]
}

output "role_name" {
  description = "Name of the task's role."
  value       = aws_iam_role.this.name
}

output "role_arn" {
  description = "ARN of the task's role."
  value       = aws_iam_role.this.arn
}

output "log_group_name" {
  description = "Name of the log group with the task's output."
  value       = aws_cloudwatch_log_group.this.name
}
