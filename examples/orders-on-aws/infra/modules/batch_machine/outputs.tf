output "queue_arn" {
  description = "ARN of the queue that tasks wait in for a machine."
  value       = local.queue_arn
}

output "compute_environment_arn" {
  description = "ARN of the compute environment, which starts and ends machines."
  value       = aws_batch_compute_environment.this.arn
}

output "role_name" {
  description = "Name of the role of machines."
  value       = aws_iam_role.this.name
}
