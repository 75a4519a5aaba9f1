# Files of weather; those of one minute are one run
module "arrivals" {
  source = "./modules/arrivals"

  name   = "${local.name}-arrived"
  bucket = module.bucket_lake.name
  keys = [
    "raw/weather/*.csv",
  ]
  timezone    = "Europe/Berlin"
  overlap     = "latest"
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
