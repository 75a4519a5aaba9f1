# */20 4-5 * * 1-5 (crontab), Europe/Berlin
module "schedule" {
  source = "./modules/schedule"

  name        = local.name
  expression  = "cron(0,20,40 4,5 ? * MON,TUE,WED,THU,FRI *)"
  timezone    = "Europe/Berlin"
  overlap     = "queue"
  starter_arn = module.starter.arn
}

# Starts a run once for each moment, though it be asked for twice.
module "starter" {
  source = "./modules/starter"

  name              = "${local.name}-start"
  run_prefix        = "scheduled"
  state_machine_arn = module.workflow.arn
}
