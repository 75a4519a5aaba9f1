output "arn" {
  description = "ARN of the state machine that tells of runs that were stopped."
  value       = local.arn
}
