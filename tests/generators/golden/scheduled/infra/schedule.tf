# */20 4-5 * * 1-5 (crontab), Europe/Berlin
module "schedule" {
  source = "./modules/schedule"

  name              = local.name
  expression        = "cron(0,20,40 4,5 ? * MON,TUE,WED,THU,FRI *)"
  timezone          = "Europe/Berlin"
  state_machine_arn = module.workflow.arn
}
