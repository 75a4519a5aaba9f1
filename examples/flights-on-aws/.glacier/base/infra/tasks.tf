# flights.tasks:clean
module "task_clean" {
  source = "./modules/lambda_task"

  name        = "${local.name}-clean"
  task        = "clean"
  description = "Part the flights that arrived from those that did not, and say why not."
  memory_mib  = 1024
  timeout_s   = 300

  reads = {
    raw_flights = { bucket_arn = module.bucket_lake.arn, path = "raw/flights.parquet", source = true }
  }
  writes = {
    clean_flights    = { bucket_arn = module.bucket_lake.arn, path = "clean/flights/" }
    rejected_flights = { bucket_arn = module.bucket_lake.arn, path = "clean/rejected.parquet" }
  }
  buckets = {
    lake = module.bucket_lake.name
  }
  home_bucket_arn = module.bucket_lake.arn

  code               = local.code
  region             = var.region
  log_retention_days = var.log_retention_days
  kms_key_arn        = var.kms_key_arn

  permissions_boundary = var.permissions_boundary
}

# flights.tasks:label_weather
module "task_label_weather" {
  source = "./modules/lambda_task"

  name        = "${local.name}-label_weather"
  task        = "label_weather"
  description = "Name the condition that hurts departures most in each hour."
  memory_mib  = 1024
  timeout_s   = 300

  reads = {
    raw_weather = { bucket_arn = module.bucket_lake.arn, path = "raw/weather.parquet", source = true }
  }
  writes = {
    hourly_weather = { bucket_arn = module.bucket_lake.arn, path = "clean/weather.parquet" }
  }
  buckets = {
    lake = module.bucket_lake.name
  }
  home_bucket_arn = module.bucket_lake.arn

  code               = local.code
  region             = var.region
  log_retention_days = var.log_retention_days
  kms_key_arn        = var.kms_key_arn

  permissions_boundary = var.permissions_boundary
}

# flights.tasks:baseline_routes
module "task_baseline_routes" {
  source = "./modules/lambda_task"

  name        = "${local.name}-baseline_routes"
  task        = "baseline_routes"
  description = "Find the usual arrival delay of each route; the median, for one storm must not move it."
  memory_mib  = 1024
  timeout_s   = 300

  reads = {
    clean_flights = { bucket_arn = module.bucket_lake.arn, path = "clean/flights/" }
  }
  writes = {
    route_baselines = { bucket_arn = module.bucket_lake.arn, path = "interim/route_baselines.parquet" }
  }
  buckets = {
    lake = module.bucket_lake.name
  }
  home_bucket_arn = module.bucket_lake.arn

  code               = local.code
  region             = var.region
  log_retention_days = var.log_retention_days
  kms_key_arn        = var.kms_key_arn

  permissions_boundary = var.permissions_boundary
}

# flights.tasks:attach_weather
module "task_attach_weather" {
  source = "./modules/lambda_task"

  name        = "${local.name}-attach_weather"
  task        = "attach_weather"
  description = "Put the weather at the scheduled departure beside each flight."
  memory_mib  = 1024
  timeout_s   = 300

  reads = {
    clean_flights  = { bucket_arn = module.bucket_lake.arn, path = "clean/flights/" }
    hourly_weather = { bucket_arn = module.bucket_lake.arn, path = "clean/weather.parquet" }
  }
  writes = {
    flights_in_weather = { bucket_arn = module.bucket_lake.arn, path = "interim/flights_in_weather.parquet" }
  }
  buckets = {
    lake = module.bucket_lake.name
  }
  home_bucket_arn = module.bucket_lake.arn

  code               = local.code
  region             = var.region
  log_retention_days = var.log_retention_days
  kms_key_arn        = var.kms_key_arn

  permissions_boundary = var.permissions_boundary
}

# flights.tasks:report_carriers
module "task_report_carriers" {
  source = "./modules/lambda_task"

  name        = "${local.name}-report_carriers"
  task        = "report_carriers"
  description = "Report how each carrier kept its schedule since a given day."
  memory_mib  = 1024
  timeout_s   = 300

  reads = {
    airlines         = { bucket_arn = module.bucket_lake.arn, path = "raw/airlines.csv", source = true }
    clean_flights    = { bucket_arn = module.bucket_lake.arn, path = "clean/flights/" }
    rejected_flights = { bucket_arn = module.bucket_lake.arn, path = "clean/rejected.parquet" }
  }
  writes = {
    carrier_report = { bucket_arn = module.bucket_lake.arn, path = "marts/carrier_report.parquet" }
  }
  buckets = {
    lake = module.bucket_lake.name
  }
  home_bucket_arn = module.bucket_lake.arn

  code               = local.code
  region             = var.region
  log_retention_days = var.log_retention_days
  kms_key_arn        = var.kms_key_arn

  permissions_boundary = var.permissions_boundary
}

# flights.tasks:measure_weather
module "task_measure_weather" {
  source = "./modules/lambda_task"

  name        = "${local.name}-measure_weather"
  task        = "measure_weather"
  description = "Measure what each condition costs, in minutes beyond what the route costs anyway."
  memory_mib  = 1024
  timeout_s   = 300

  reads = {
    flights_in_weather = { bucket_arn = module.bucket_lake.arn, path = "interim/flights_in_weather.parquet" }
    route_baselines    = { bucket_arn = module.bucket_lake.arn, path = "interim/route_baselines.parquet" }
  }
  writes = {
    weather_impact = { bucket_arn = module.bucket_lake.arn, path = "marts/weather_impact.parquet" }
  }
  buckets = {
    lake = module.bucket_lake.name
  }
  home_bucket_arn = module.bucket_lake.arn

  code               = local.code
  region             = var.region
  log_retention_days = var.log_retention_days
  kms_key_arn        = var.kms_key_arn

  permissions_boundary = var.permissions_boundary
}
