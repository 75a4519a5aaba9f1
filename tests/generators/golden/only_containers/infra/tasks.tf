# tests.generators.pipelines:make_noise_elsewhere
module "task_make_noise" {
  source = "./modules/container_task"

  name       = "${local.name}-make_noise"
  task       = "make_noise"
  cpu        = 256
  memory_mib = 512
  timeout_s  = 3600

  image = "ghcr.io/example/noise:1.4"

  reads = {}
  writes = {
    noise = { bucket_arn = module.bucket_scratch.arn, path = "noise.parquet" }
  }
  buckets = {
    scratch = module.bucket_scratch.name
  }
  home_bucket_arn = module.bucket_scratch.arn

  cluster_arn        = module.containers.arn
  network            = local.network
  region             = var.region
  log_retention_days = var.log_retention_days
  kms_key_arn        = var.kms_key_arn

  permissions_boundary = var.permissions_boundary
}
