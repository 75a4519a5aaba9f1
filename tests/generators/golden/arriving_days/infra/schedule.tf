# 0 5 * * * (crontab), UTC
module "schedule" {
  source = "./modules/schedule"

  name        = local.name
  expression  = "cron(0 5 * * ? *)"
  timezone    = "UTC"
  overlap     = "queue"
  starter_arn = module.starter.arn

  permissions_boundary = var.permissions_boundary
}

# Starts a run once for each moment, though it be asked for twice.
module "starter" {
  source = "./modules/starter"

  name              = "${local.name}-start"
  run_prefix        = var.project
  state_machine_arn = module.workflow.arn

  permissions_boundary = var.permissions_boundary
}

# Tells if no run has succeeded for the longest pause of the schedule and three hours.
module "late_runs" {
  source = "./modules/late_runs"

  name              = "${local.name}-late"
  pipeline          = var.project
  state_machine_arn = module.workflow.arn
  hours             = 27
  teller_arn        = module.stopped_runs.arn
  hearer_role_arn   = module.stopped_runs.hearer_role_arn
}
