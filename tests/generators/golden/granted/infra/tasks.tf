# tests.generators.pipelines:count_letters
module "task_count_letters" {
  source = "./modules/lambda_task"

  name        = "${local.name}-count_letters"
  task        = "count_letters"
  description = "Touch buckets that its signature does not name."
  memory_mib  = 512
  timeout_s   = 120

  reads = {
    letters = { bucket_arn = module.bucket_inbox.arn, path = "letters/", source = true }
  }
  writes = {
    counts = { bucket_arn = module.bucket_marts.arn, path = "counts.parquet" }
  }
  buckets = {
    inbox = module.bucket_inbox.name
    lake  = module.bucket_lake.name
    marts = module.bucket_marts.name
    pond  = module.bucket_pond.name
  }
  home_bucket_arn = module.bucket_marts.arn
  decrypt_key_arns = [
    module.bucket_pond.kms_key_arn,
  ]
  encrypt_key_arns = [
    module.bucket_pond.kms_key_arn,
  ]

  # Granted by hand, in the code: no signature can say it.
  grants = [
    {
      sid    = "GrantedByHand1"
      reason = "sends traces, which belong to no resource"
      actions = [
        "xray:PutTraceSegments",
      ]
      resources = [
        "*",
      ]
    },
    {
      sid    = "GrantedByHand2"
      reason = "leaves a copy for partners"
      actions = [
        "s3:PutObject",
      ]
      resources = [
        "${module.bucket_pond.arn}/drop/*",
      ]
    },
    {
      sid    = "GrantedByHand3List1"
      reason = "counts what is there"
      actions = [
        "s3:ListBucket",
      ]
      resources = [
        module.bucket_lake.arn,
      ]
      prefixes = [
        "stamps/*",
      ]
    },
  ]

  code               = local.code
  region             = var.region
  log_retention_days = var.log_retention_days
  kms_key_arn        = var.kms_key_arn

  permissions_boundary = var.permissions_boundary
}

# tests.generators.pipelines:announce
module "task_announce" {
  source = "./modules/lambda_task"

  name        = "${local.name}-announce"
  task        = "announce"
  description = "Do more than a signature can say."
  memory_mib  = 512
  timeout_s   = 120

  reads = {
    counts = { bucket_arn = module.bucket_marts.arn, path = "counts.parquet" }
  }
  writes = {
    totals = { bucket_arn = module.bucket_marts.arn, path = "totals.parquet" }
  }
  buckets = {
    inbox = module.bucket_inbox.name
    marts = module.bucket_marts.name
    pond  = module.bucket_pond.name
  }
  home_bucket_arn = module.bucket_marts.arn
  decrypt_key_arns = [
    module.bucket_pond.kms_key_arn,
  ]

  # Granted by hand, in the code: no signature can say it.
  grants = [
    {
      sid    = "GrantedByHand1"
      reason = "tells the night shift what is late"
      actions = [
        "sns:Publish",
      ]
      resources = [
        "arn:aws:sns:eu-central-1:123456789012:late-flights",
      ]
    },
    {
      sid    = "GrantedByHand2"
      reason = "looks up what partners lay there, $${whoever} they are"
      actions = [
        "s3:GetObject",
      ]
      resources = [
        "${module.bucket_pond.arn}/letters/*",
        "${module.bucket_pond.arn}/stamps/first.csv",
        "${module.bucket_inbox.arn}/index.json",
      ]
    },
    {
      sid    = "GrantedByHand2List1"
      reason = "looks up what partners lay there, $${whoever} they are"
      actions = [
        "s3:ListBucket",
      ]
      resources = [
        module.bucket_inbox.arn,
      ]
      prefixes = [
        "index.json",
      ]
    },
    {
      sid    = "GrantedByHand2List2"
      reason = "looks up what partners lay there, $${whoever} they are"
      actions = [
        "s3:ListBucket",
      ]
      resources = [
        module.bucket_pond.arn,
      ]
      prefixes = [
        "letters/*",
        "stamps/first.csv",
      ]
    },
  ]

  code               = local.code
  region             = var.region
  log_retention_days = var.log_retention_days
  kms_key_arn        = var.kms_key_arn

  permissions_boundary = var.permissions_boundary
}
