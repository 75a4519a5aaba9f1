output "task" {
  description = "Name of the task in the pipeline."
  value       = var.task
}

output "arn" {
  description = "ARN of the function."
  value       = data.aws_lambda_function.this.arn
}

output "role_arn" {
  description = "ARN of the function's role, which is not ours to change."
  value       = data.aws_lambda_function.this.role
}
