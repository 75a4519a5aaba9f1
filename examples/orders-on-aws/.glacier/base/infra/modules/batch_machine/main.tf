# Machines of one kind, which AWS Batch starts when a task waits for one, and ends when none does; and the queue that tasks wait in.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  partition = data.aws_partition.current.partition
  account   = "${var.region}:${data.aws_caller_identity.current.account_id}"

  # Composed rather than read, so that a plan shows policies before anything exists.
  queue_arn = "arn:${local.partition}:batch:${local.account}:job-queue/${aws_batch_job_queue.this.name}"

  # A dot, which no task's role has in its name.
  role_name = "${var.name}.machine"
}

resource "aws_launch_template" "this" {
  name_prefix = "${var.name}-"
  description = "What machines ${var.name} are like beyond their type"

  # Whoever asks a machine who it is asks twice, and from the machine itself: no request that somebody forged is answered.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_size           = var.disk_gib
      volume_type           = "gp3"
      encrypted             = true
      delete_on_termination = true
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_batch_compute_environment" "this" {
  compute_environment_name_prefix = "${var.name}-"
  type                            = "MANAGED"

  # AWS Batch works under its own role in this account, AWSServiceRoleForBatch, which it makes with the first of these.

  compute_resources {
    type                = var.spot ? "SPOT" : "EC2"
    allocation_strategy = var.spot ? "SPOT_PRICE_CAPACITY_OPTIMIZED" : "BEST_FIT_PROGRESSIVE"
    instance_type       = [var.instance_type]
    instance_role       = aws_iam_instance_profile.this.arn
    min_vcpus           = 0
    max_vcpus           = var.max_vcpus
    subnets             = var.network.subnet_ids
    security_group_ids  = var.security_group_id == null ? var.network.security_group_ids : [var.security_group_id]

    ec2_configuration {
      image_type        = "ECS_AL2023"
      image_id_override = var.ami
    }

    launch_template {
      launch_template_id = aws_launch_template.this.id
      version            = aws_launch_template.this.latest_version
    }
  }

  lifecycle {
    create_before_destroy = true

    # How many there are is AWS Batch's to say.
    ignore_changes = [compute_resources[0].desired_vcpus]

    precondition {
      condition     = var.security_group_id == null || !var.network_is_made_here
      error_message = "Machine ${var.name} is put into security group ${coalesce(var.security_group_id, "-")}, which is in a network of yours: say in network which subnets of it the machine stands in, or leave out EC2Config(security_group=...)."
    }
  }

  # A machine that starts joins its cluster at once; and a role goes last.
  depends_on = [aws_iam_role_policy.this]
}

resource "aws_batch_job_queue" "this" {
  name     = var.name
  state    = "ENABLED"
  priority = 1

  compute_environment_order {
    order               = 1
    compute_environment = aws_batch_compute_environment.this.arn
  }
}
