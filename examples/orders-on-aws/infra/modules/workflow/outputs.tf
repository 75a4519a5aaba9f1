output "arn" {
  description = "ARN of the state machine."
  value       = local.arn
}

output "placeholders" {
  description = "What the state of another workflow needs to know that starts this one, as a part of itself."
  value = {
    arn        = local.arn
    executions = local.executions
  }
}

output "starts" {
  description = "What such a workflow must be allowed, as statements of a policy."
  value = [
    {
      sid       = "RunParts"
      actions   = ["states:StartExecution"]
      resources = [local.arn]
      condition = null
    },
    {
      sid       = "FollowParts"
      actions   = ["states:DescribeExecution", "states:StopExecution"]
      resources = ["${local.executions}:*"]
      condition = null
    },
    {
      # The rule by which Step Functions hears that a run has ended; it makes and keeps the rule itself:
      # https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
      sid       = "HearOfParts"
      actions   = ["events:DescribeRule", "events:PutRule", "events:PutTargets"]
      resources = ["arn:${local.partition}:events:${local.region}:${local.account}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"]
      condition = null
    },
  ]
}

output "name" {
  description = "Name of the state machine."
  value       = aws_sfn_state_machine.this.name
}

output "role_arn" {
  description = "ARN of the role that the workflow runs under."
  value       = aws_iam_role.this.arn
}

output "log_group_name" {
  description = "Name of the log group with the history of runs."
  value       = aws_cloudwatch_log_group.this.name
}
