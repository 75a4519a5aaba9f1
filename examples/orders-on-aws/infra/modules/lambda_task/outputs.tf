output "task" {
  description = "Name of the task in the pipeline."
  value       = var.task
}

output "arn" {
  description = "ARN of the function."
  value       = local.function_arn
}

output "name" {
  description = "Physical name of the function."
  value       = aws_lambda_function.this.function_name
}

output "role_name" {
  description = "Name of the function's role."
  value       = aws_iam_role.this.name
}

output "role_arn" {
  description = "ARN of the function's role."
  value       = aws_iam_role.this.arn
}

output "log_group_name" {
  description = "Name of the log group with the function's output."
  value       = aws_cloudwatch_log_group.this.name
}
