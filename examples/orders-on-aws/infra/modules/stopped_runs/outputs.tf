output "arn" {
  description = "ARN of the state machine that tells of runs that were stopped."
  value       = local.arn
}

output "hearer_role_arn" {
  description = "ARN of the role under which that machine is started."
  value       = aws_iam_role.hear.arn
}
