# One task in a container, and the workflow that runs it, in a network that is there already.

variable "image" {
  description = "The image of the task."
  type        = string
}

variable "network" {
  description = "Where the container stands."
  type        = object({ subnet_ids = list(string), security_group_ids = list(string) })
}

provider "aws" {
  region = "eu-central-1"
}

module "containers" {
  source = "./modules/container_cluster"

  name               = "numbers"
  container_insights = false
}

module "task_rank" {
  source = "./modules/container_task"

  name               = "numbers-rank"
  task               = "rank"
  image              = var.image
  cpu                = 256
  memory_mib         = 512
  timeout_s          = 30
  cluster_arn        = module.containers.arn
  network            = var.network
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
