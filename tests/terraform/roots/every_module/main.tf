# One pipeline that uses every module, with the bootstrap's bucket beside it.

terraform {
  required_version = ">= 1.9"
}

provider "aws" {
  region = "eu-central-1"
}

module "bootstrap" {
  source = "./modules/bootstrap"

  name = "flights-code-1a2b3c4d"
}

module "bucket_lake" {
  source = "./modules/protected_bucket"

  name             = "flights-lake-1a2b3c4d"
  versioning       = false
  tells_of_objects = true
}

module "bucket_scratch" {
  source = "./modules/bucket"

  name       = "flights-scratch-1a2b3c4d"
  versioning = false
}

module "secret_api_token" {
  source = "./modules/secret"

  name        = "flights/api-token"
  description = "Token of the weather service"
}

resource "aws_s3_object" "code" {
  bucket  = module.bootstrap.artefact_bucket
  key     = "flights.zip"
  content = "no archive, but enough for an emulator"
}

module "task_clean" {
  source = "./modules/lambda_task"

  name               = "flights-clean"
  task               = "clean"
  description        = "Cleans flights"
  memory_mib         = 1024
  timeout_s          = 300
  region             = "eu-central-1"
  log_retention_days = 365
  buckets            = { lake = module.bucket_lake.name, scratch = module.bucket_scratch.name }
  home_bucket_arn    = module.bucket_lake.arn

  code = {
    s3_bucket    = aws_s3_object.code.bucket
    s3_key       = aws_s3_object.code.key
    runtime      = "python3.11"
    architecture = "x86_64"
  }

  reads = {
    raw_flights = { bucket_arn = module.bucket_lake.arn, path = "raw/flights.parquet", source = true }
    airports    = { bucket_arn = module.bucket_scratch.arn, path = "airports/" }
  }
  writes = {
    clean_flights = { bucket_arn = module.bucket_lake.arn, path = "clean/flights/" }
  }
}

module "task_fetch" {
  source = "./modules/lambda_task"

  name               = "flights-fetch"
  task               = "fetch"
  description        = "Fetches the weather"
  memory_mib         = 512
  timeout_s          = 60
  region             = "eu-central-1"
  log_retention_days = 365
  buckets            = { scratch = module.bucket_scratch.name }
  secrets            = { "api-token" = module.secret_api_token.arn }
  home_bucket_arn    = module.bucket_scratch.arn

  code = {
    image_uri    = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/flights@sha256:0000"
    runtime      = "python3.11"
    architecture = "arm64"
  }

  writes = {
    airports = { bucket_arn = module.bucket_scratch.arn, path = "airports/" }
  }
}

# What somebody else made, and here we did, a moment before.
module "bucket_theirs" {
  source = "./modules/existing_bucket"

  name   = module.bucket_scratch.name
  region = "eu-central-1"

  depends_on = [module.bucket_scratch]
}

module "function_theirs" {
  source = "./modules/existing_function"

  function = module.task_clean.name
  task     = "clean"

  depends_on = [module.task_clean]
}

module "registry" {
  source = "./modules/registry"

  name = "flights-code"
}

module "network" {
  source = "./modules/network"

  name     = "flights"
  region   = "eu-central-1"
  services = ["ecr.api", "ecr.dkr", "logs", "secretsmanager"]
}

module "containers" {
  source = "./modules/container_cluster"

  name = "flights"
}

module "task_rank" {
  source = "./modules/container_task"

  name               = "flights-rank"
  task               = "rank"
  image              = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/flights-code@sha256:${sha256("an image")}"
  built_for          = "x86_64"
  folder             = "/var/task"
  cpu                = 1024
  memory_mib         = 4096
  timeout_s          = 1800
  cluster_arn        = module.containers.arn
  network            = module.network
  region             = "eu-central-1"
  log_retention_days = 365
  buckets            = { lake = module.bucket_lake.name }
  home_bucket_arn    = module.bucket_lake.arn

  reads = {
    clean_flights = { bucket_arn = module.bucket_lake.arn, path = "clean/flights/" }
  }
  writes = {
    ranked = { bucket_arn = module.bucket_lake.arn, path = "marts/ranked.parquet" }
  }
}

# A task that touches nothing has nothing that its role may do.
module "task_ping" {
  source = "./modules/container_task"

  name                  = "flights-ping"
  task                  = "ping"
  image                 = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/ping:1.4"
  architecture          = "ARM64"
  cpu                   = 256
  memory_mib            = 512
  timeout_s             = 60
  ephemeral_storage_gib = 21
  cluster_arn           = module.containers.arn
  network               = module.network
  region                = "eu-central-1"
  log_retention_days    = 365
}

module "machine_r6i_4xlarge" {
  source = "./modules/batch_machine"

  name              = "flights-r6i-4xlarge"
  instance_type     = "r6i.4xlarge"
  max_vcpus         = 16
  network           = module.network
  security_group_id = "sg-0a1b2c3d4e5f67890"
  region            = "eu-central-1"
}

module "machine_m7g_large" {
  source = "./modules/batch_machine"

  name          = "flights-m7g-large"
  instance_type = "m7g.large"
  max_vcpus     = 2
  spot          = true
  disk_gib      = 100
  ami           = "ami-0a1b2c3d4e5f67890"
  network       = module.network
  region        = "eu-central-1"
}

module "task_train" {
  source = "./modules/batch_task"

  name               = "flights-train"
  task               = "train"
  image              = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/flights-code@sha256:${sha256("an image")}"
  built_for          = "x86_64"
  cpu                = 16
  memory_mib         = 121209
  timeout_s          = 7200
  queue_arn          = module.machine_r6i_4xlarge.queue_arn
  workflow           = "flights"
  region             = "eu-central-1"
  log_retention_days = 365
  buckets            = { lake = module.bucket_lake.name }
  home_bucket_arn    = module.bucket_lake.arn

  reads = {
    clean_flights = { bucket_arn = module.bucket_lake.arn, path = "clean/flights/" }
  }
  writes = {
    model = { bucket_arn = module.bucket_lake.arn, path = "marts/model.parquet" }
  }
}

module "failure_topic" {
  source = "./modules/failure_topic"

  name = "flights-failures"
}

module "workflow" {
  source = "./modules/workflow"

  name               = "flights"
  function_arns      = [module.task_clean.arn, module.task_fetch.arn]
  starts             = [module.task_rank.starts, module.task_ping.starts, module.task_train.starts]
  failure_topic_arn  = module.failure_topic.arn
  log_retention_days = 365

  definition = jsonencode({
    StartAt = "clean"
    States = {
      clean = {
        Type       = "Task"
        Resource   = "arn:aws:states:::lambda:invoke"
        Parameters = { FunctionName = module.task_clean.arn }
        End        = true
      }
    }
  })
}

variable "clusters" {
  description = "Whether to make applications of EMR Serverless, which takes Terraform half a minute, whatever answers."
  type        = bool
  default     = true
}

module "emr_7_5_0" {
  source = "./modules/emr_application"
  count  = var.clusters ? 1 : 0

  name        = "flights-emr-7-5-0"
  release     = "emr-7.5.0"
  image       = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/spark:emr-7.5.0-python3.12"
  drivers     = { score = { cpu = 4, memory_gib = 16 } }
  code_bucket = module.bootstrap.artefact_bucket
  code_folder = "flights"
  network     = module.network
}

module "task_score" {
  source = "./modules/emr_task"
  count  = var.clusters ? 1 : 0

  name               = "flights-score"
  task               = "score"
  driver_cpu         = 4
  driver_memory_gib  = 16
  timeout_s          = 3600
  application        = module.emr_7_5_0[0].application
  region             = "eu-central-1"
  log_retention_days = 365

  code = {
    s3_bucket    = "flights-artefacts-1a2b3c4d"
    s3_key       = "flights/0.zip"
    runtime      = "python3.12"
    architecture = "x86_64"
  }

  reads           = { raw = { bucket_arn = module.bucket_lake.arn, path = "raw/" } }
  writes          = { scored = { bucket_arn = module.bucket_lake.arn, path = "scored.parquet" } }
  buckets         = { lake = module.bucket_lake.name }
  home_bucket_arn = module.bucket_lake.arn
}

module "starter" {
  source = "./modules/starter"

  name              = "flights-start"
  run_prefix        = "flights"
  state_machine_arn = module.workflow.arn
}

module "schedule" {
  source = "./modules/schedule"

  name        = "flights"
  expression  = "cron(0 5 * * ? *)"
  timezone    = "Europe/Berlin"
  overlap     = "queue"
  starter_arn = module.starter.arn
}

module "arrivals" {
  source = "./modules/arrivals"

  name        = "flights-arrived"
  bucket      = module.bucket_lake.name
  keys        = ["inbox/*.parquet", "inbox/*.pq", "manifest.json"]
  timezone    = "Europe/Berlin"
  overlap     = "latest"
  starter_arn = module.starter.arn
}

module "arrivals_of_days" {
  source = "./modules/arrivals"

  name        = "flights-days-arrived"
  bucket      = module.bucket_lake.name
  keys        = ["in/days/region=*/day=*/*.parquet"]
  columns     = { region = 2, day = 3 }
  timezone    = "Europe/Berlin"
  overlap     = "queue"
  starter_arn = module.starter.arn
}

module "stopped_runs" {
  source = "./modules/stopped_runs"

  name              = "flights-stopped"
  pipeline          = "flights"
  state_machine_arn = module.workflow.arn
  starter_arns      = [module.starter.arn, module.arrivals.arn]
  failure_topic_arn = module.failure_topic.arn
}

module "late_runs" {
  source = "./modules/late_runs"

  name              = "flights-late"
  pipeline          = "flights"
  state_machine_arn = module.workflow.arn
  hours             = 27
  teller_arn        = module.stopped_runs.arn
  hearer_role_arn   = module.stopped_runs.hearer_role_arn
}

module "ci" {
  source = "./modules/deployment_roles"

  name                = "flights"
  prefixes            = ["flights", "flights-eu"]
  region              = "eu-central-1"
  subject             = "repo:acme/flights"
  repository          = "flights-code"
  artefact_bucket_arn = module.bootstrap.artefact_bucket_arn
  state_bucket_arn    = "arn:aws:s3:::flights-tfstate-1a2b3c4d"
  state_key           = "infra.tfstate"

  further_rights = [
    { actions = ["s3:GetObject"], resources = ["arn:aws:s3:::theirs/*"] },
  ]
}

module "dashboard" {
  source = "./modules/dashboard"

  name              = "flights"
  region            = "eu-central-1"
  state_machine_arn = module.workflow.arn
}

module "databricks_dbc_1a2b3c4d" {
  source = "./modules/databricks_workspace"

  url            = "https://dbc-1a2b3c4d-5e6f.cloud.databricks.com"
  connection_arn = "arn:aws:events:eu-central-1:123456789012:connection/databricks/1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d"
  code_bucket    = module.bootstrap.artefact_bucket
  code_folder    = "flights"
}

module "task_appraise" {
  source = "./modules/databricks_task"

  name               = "flights-appraise"
  task               = "appraise"
  python             = "python3.12"
  workspace          = module.databricks_dbc_1a2b3c4d.workspace
  workflow           = "flights"
  region             = "eu-central-1"
  log_retention_days = 365

  code = {
    s3_bucket    = "flights-artefacts-1a2b3c4d"
    s3_key       = "flights/0.zip"
    runtime      = "python3.12"
    architecture = "x86_64"
  }

  reads           = { raw = { bucket_arn = module.bucket_lake.arn, path = "raw/" } }
  writes          = { appraised = { bucket_arn = module.bucket_lake.arn, path = "appraised.parquet" } }
  buckets         = { lake = module.bucket_lake.name }
  home_bucket_arn = module.bucket_lake.arn
}
