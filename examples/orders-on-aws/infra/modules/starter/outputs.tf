output "arn" {
  description = "ARN of the state machine that starts runs."
  value       = local.arn

  # Who starts it must find it.
  depends_on = [aws_sfn_state_machine.this]
}

output "role_arn" {
  description = "ARN of the role that it runs under."
  value       = aws_iam_role.this.arn
}
