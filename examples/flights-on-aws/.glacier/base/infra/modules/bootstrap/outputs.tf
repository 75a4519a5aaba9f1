output "artefact_bucket" {
  description = "Physical name of the bucket that holds the pipeline's code."
  value       = module.artefacts.name
}
