# tests.generators.pipelines:unpack
module "task_unpack" {
  source = "./modules/lambda_task"

  name                  = "${local.name}-unpack"
  task                  = "unpack"
  description           = "Read from a bucket with a key, and write to one without."
  memory_mib            = 2048
  timeout_s             = 300
  ephemeral_storage_mib = 4096
  runtime               = "python3.11"
  layers = [
    "arn:aws:lambda:eu-central-1:123456789012:layer:fonts:3",
  ]

  reads = {
    parcels = { bucket_arn = module.bucket_pond.arn, path = "parcels/", source = true }
  }
  writes = {
    unpacked = { bucket_arn = module.bucket_attic.arn, path = "unpacked.parquet" }
  }
  buckets = {
    attic = module.bucket_attic.name
    pond  = module.bucket_pond.name
  }
  home_bucket_arn = module.bucket_attic.arn
  decrypt_key_arns = [
    module.bucket_pond.kms_key_arn,
  ]

  code               = local.code
  region             = var.region
  log_retention_days = var.log_retention_days
  kms_key_arn        = var.kms_key_arn

  permissions_boundary = var.permissions_boundary
}

# tests.generators.pipelines:weigh
module "task_weigh" {
  source = "./modules/lambda_task"

  name                  = "${local.name}-weigh"
  task                  = "weigh"
  description           = "Write to the bucket with the key."
  memory_mib            = 2048
  timeout_s             = 300
  ephemeral_storage_mib = 4096
  runtime               = "python3.11"
  layers = [
    "arn:aws:lambda:eu-central-1:123456789012:layer:fonts:3",
  ]

  reads = {
    unpacked = { bucket_arn = module.bucket_attic.arn, path = "unpacked.parquet" }
  }
  writes = {
    weights = { bucket_arn = module.bucket_pond.arn, path = "weights.parquet" }
  }
  buckets = {
    attic = module.bucket_attic.name
    pond  = module.bucket_pond.name
  }
  home_bucket_arn = module.bucket_pond.arn
  decrypt_key_arns = [
    module.bucket_pond.kms_key_arn,
  ]
  encrypt_key_arns = [
    module.bucket_pond.kms_key_arn,
  ]

  code               = local.code
  region             = var.region
  log_retention_days = var.log_retention_days
  kms_key_arn        = var.kms_key_arn

  permissions_boundary = var.permissions_boundary
}
