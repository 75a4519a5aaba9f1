locals {
  tasks = [
    module.task_clean,
    module.task_measure_delays,
  ]
  # Tasks that are no functions.
  jobs = [
    module.task_split_one_day_far,
    module.task_appraise,
    module.task_count_long,
  ]

  functions = { for task in local.tasks : task.task => task.arn }

  # What stands for ${...} in workflow.asl.json.
  placeholders = {
    partition     = data.aws_partition.current.partition
    failure_topic = module.failure_topic.arn
    functions     = local.functions
    jobs          = { for job in local.jobs : job.task => job.placeholders }
  }

  # Encoded anew: without spaces, AWS takes twice as many tasks.
  definition = jsonencode(jsondecode(templatefile("${path.module}/workflow.asl.json", local.placeholders)))
}

# Runs the tasks in their order. A run that fails says so on the topic below.
module "workflow" {
  source = "./modules/workflow"

  name               = local.name
  definition         = local.definition
  function_arns      = values(local.functions)
  starts             = local.jobs[*].starts
  failure_topic_arn  = module.failure_topic.arn
  log_retention_days = var.log_retention_days
  kms_key_arn        = var.kms_key_arn

  permissions_boundary = var.permissions_boundary
}

module "failure_topic" {
  source = "./modules/failure_topic"

  name = "${local.name}-failures"
}

# A run that is aborted, or out of time, cannot say so: this does.
module "stopped_runs" {
  source = "./modules/stopped_runs"

  name              = "${local.name}-stopped"
  pipeline          = var.project
  state_machine_arn = module.workflow.arn
  failure_topic_arn = module.failure_topic.arn

  permissions_boundary = var.permissions_boundary
}
