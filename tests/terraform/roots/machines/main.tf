# One task on a machine, and the workflow that runs it; the machine's queue is there already.

variable "image" {
  description = "The image of the task."
  type        = string
}

variable "queue_arn" {
  description = "The queue of the machine."
  type        = string
}

provider "aws" {
  region = "eu-central-1"
}

module "task_rank" {
  source = "./modules/batch_task"

  name               = "numbers-rank"
  task               = "rank"
  image              = var.image
  cpu                = 2
  memory_mib         = 7545
  timeout_s          = 30
  queue_arn          = var.queue_arn
  workflow           = "numbers"
  region             = "eu-central-1"
  log_retention_days = 30
}

module "failure_topic" {
  source = "./modules/failure_topic"

  name = "numbers-failures"
}

module "workflow" {
  source = "./modules/workflow"

  name               = "numbers"
  starts             = [module.task_rank.starts]
  failure_topic_arn  = module.failure_topic.arn
  log_retention_days = 30

  definition = templatefile("${path.module}/workflow.asl.json", {
    partition     = "aws"
    failure_topic = module.failure_topic.arn
    jobs          = { rank = module.task_rank.placeholders }
  })
}

output "state_machine_arn" {
  description = "The workflow."
  value       = module.workflow.arn
}

output "log_group" {
  description = "Where the task writes."
  value       = module.task_rank.log_group_name
}
