# 0 5 * * * (crontab), UTC
module "schedule" {
  source = "./modules/schedule"

  name              = local.name
  expression        = "cron(0 5 * * ? *)"
  timezone          = "UTC"
  state_machine_arn = module.workflow.arn
}
