# For who asks for it: three dashboards of an account cost nothing, further ones by the month.
module "dashboard" {
  source = "./modules/dashboard"
  count  = var.with_dashboard ? 1 : 0

  name              = local.name
  region            = var.region
  state_machine_arn = module.workflow.arn
}
