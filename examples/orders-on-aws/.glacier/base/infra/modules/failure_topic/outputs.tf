output "arn" {
  description = "ARN of the topic."
  # Composed rather than read, so that a plan shows who may publish before the topic exists.
  value = local.arn
}
