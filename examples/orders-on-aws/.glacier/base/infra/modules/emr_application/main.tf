# Where tasks run on EMR Serverless: one application for each release. It starts with the first task, stops by itself, and
# costs nothing meanwhile.

data "aws_partition" "current" {}

locals {
  partition = data.aws_partition.current.partition

  launcher     = "${path.module}/launcher.py"
  launcher_key = "${var.code_folder}/launchers/${filesha256(local.launcher)}.py"

  # Each task, or as many of its partitions as a run makes at once, as often as runs may overlap, and never more.
  cpu        = sum([for driver in values(var.drivers) : driver.cpu * driver.at_once]) * var.runs_at_once
  memory_gib = sum([for driver in values(var.drivers) : driver.memory_gib * driver.at_once]) * var.runs_at_once
  disk_gib   = 20 * sum(values(var.drivers)[*].at_once) * var.runs_at_once
}

resource "aws_emrserverless_application" "this" {
  name          = var.name
  release_label = var.release
  type          = "spark"
  architecture  = var.architecture

  # What is changed here, EMR takes while the application is stopped, and not otherwise: so it holds no code.
  image_configuration {
    image_uri = var.image
  }

  auto_start_configuration {
    enabled = true
  }

  auto_stop_configuration {
    enabled              = true
    idle_timeout_minutes = var.idle_minutes
  }

  maximum_capacity {
    cpu    = "${local.cpu} vCPU"
    memory = "${local.memory_gib} GB"
    disk   = "${local.disk_gib} GB"
  }

  network_configuration {
    subnet_ids         = var.network.subnet_ids
    security_group_ids = var.network.security_group_ids
  }
}

# The script that Spark runs as its driver. Its name is its digest, so another one is another object.
resource "aws_s3_object" "launcher" {
  bucket = var.code_bucket
  key    = local.launcher_key
  source = local.launcher

  # An object takes no more than ten tags; its bucket carries them all.
  override_provider {
    default_tags {
      tags = {}
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}
