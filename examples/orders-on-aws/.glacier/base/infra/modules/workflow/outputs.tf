output "arn" {
  description = "ARN of the state machine."
  value       = local.arn
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
