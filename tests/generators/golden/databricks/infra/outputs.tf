output "bindings" {
  description = "What the pipeline's names stand for here; `terraform output -json bindings` is what GLACIER_BINDINGS takes."
  value = {
    version = 1
    cloud   = "aws"
    region  = var.region
    buckets = {
      lake = module.bucket_lake.name
      pond = module.bucket_pond.name
    }
    secrets = {
      api-token = module.secret_api-token.arn
    }
  }
}

output "state_machine_arn" {
  description = "The workflow; start an execution of it to run the pipeline."
  value       = module.workflow.arn
}

output "failure_topic_arn" {
  description = "Subscribe to it to hear of runs that fail."
  value       = module.failure_topic.arn
}
