output "artefact_bucket" {
  description = "Physical name of the bucket that holds the pipeline's code."
  value       = module.artefacts.name
}

output "artefact_bucket_arn" {
  description = "ARN of the bucket that holds the pipeline's code."
  value       = module.artefacts.arn
}
