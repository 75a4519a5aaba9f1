output "arn" {
  description = "ARN of the alarm."
  value       = local.arn
}
