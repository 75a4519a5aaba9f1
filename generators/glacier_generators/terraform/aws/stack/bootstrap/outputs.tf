output "artefact_bucket" {
  description = "Name of the bucket that holds archives of code."
  value       = module.artefacts.artefact_bucket
}
