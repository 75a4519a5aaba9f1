# One role for each of the tasks that a test describes.

variable "tasks" {
  description = "What tasks read, write and know, by the name of their function."
  type        = any
}

provider "aws" {
  region = "eu-central-1"
}

module "task" {
  source   = "./modules/lambda_task"
  for_each = var.tasks

  name               = each.key
  task               = "clean"
  description        = "Cleans"
  memory_mib         = 512
  timeout_s          = 60
  region             = "eu-central-1"
  log_retention_days = 30
  secrets            = try(each.value.secrets, {})
  reads              = try(each.value.reads, {})
  writes             = try(each.value.writes, {})
  home_bucket_arn    = try(each.value.home_bucket_arn, null)
  commit_bucket_arns = try(each.value.commit_bucket_arns, [])
  grants             = try(each.value.grants, [])

  code = {
    s3_bucket    = "flights-code"
    s3_key       = "flights.zip"
    runtime      = "python3.11"
    architecture = "x86_64"
  }
}
