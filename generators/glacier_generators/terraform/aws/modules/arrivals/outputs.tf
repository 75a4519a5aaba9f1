output "arn" {
  description = "ARN of the state machine that asks for runs."
  value       = local.arn

  # Who hears of it must find it.
  depends_on = [aws_sfn_state_machine.this]
}

output "rule_arn" {
  description = "ARN of the rule that hears of files."
  value       = aws_cloudwatch_event_rule.this.arn
}
