# One task on Databricks, and the workflow that runs it.

variable "connection_arn" {
  description = "The connection by which the workspace is called."
  type        = string
}

variable "runtime" {
  description = "The Python that the code is built for."
  type        = string
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

module "databricks_numbers" {
  source = "./modules/databricks_workspace"

  url            = "https://numbers.cloud.databricks.com"
  connection_arn = var.connection_arn
  code_bucket    = aws_s3_bucket.code.bucket
  code_folder    = "numbers"
}

module "task_rank" {
  source = "./modules/databricks_task"

  name               = "numbers-rank"
  task               = "rank"
  workspace          = module.databricks_numbers.workspace
  workflow           = "numbers"
  region             = "eu-central-1"
  log_retention_days = 30

  code = {
    s3_bucket    = aws_s3_object.code.bucket
    s3_key       = aws_s3_object.code.key
    runtime      = var.runtime
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
