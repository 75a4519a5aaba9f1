# One task on EMR Serverless, and the workflow that runs it, in a network that is there already.

variable "network" {
  description = "Where workers stand."
  type        = object({ subnet_ids = list(string), security_group_ids = list(string) })
}

provider "aws" {
  region = "eu-central-1"

  default_tags {
    tags = { pipeline = "numbers" }
  }
}

resource "aws_s3_bucket" "code" {
  bucket = "numbers-artefacts-1a2b3c4d"
}

resource "aws_s3_object" "code" {
  bucket = aws_s3_bucket.code.bucket
  key    = "numbers/code.zip"
  source = "${path.module}/code.zip"
}

module "emr_7_5_0" {
  source = "./modules/emr_application"

  name        = "numbers-emr-7-5-0"
  release     = "emr-7.5.0"
  image       = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/numbers-code:emr-7.5.0-python3.12"
  drivers     = { rank = { cpu = 1, memory_gib = 2 } }
  code_bucket = aws_s3_bucket.code.bucket
  code_folder = "numbers"
  network     = var.network
}

module "task_rank" {
  source = "./modules/emr_task"

  name               = "numbers-rank"
  task               = "rank"
  driver_cpu         = 1
  driver_memory_gib  = 2
  timeout_s          = 30
  application        = module.emr_7_5_0.application
  region             = "eu-central-1"
  log_retention_days = 30

  code = {
    s3_bucket    = aws_s3_object.code.bucket
    s3_key       = aws_s3_object.code.key
    runtime      = "python3.12"
    architecture = "x86_64"
  }
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
