variable "network" {
  description = "Subnets and security groups of yours that containers and machines stand in. From there they must reach S3, CloudWatch Logs and the registry of their image, machines ECS as well, and from one with a way to the internet what is there. What bootstrap/ says, if it made one for CI; if null, a network without a way to the internet is made for them here."
  default     = null

  type = object({ subnet_ids = list(string), security_group_ids = list(string), internet = optional(bool, true) })
}

# Each service has an endpoint in each of two zones, which costs by the hour.
module "network" {
  source = "./modules/network"
  count  = var.network == null ? 1 : 0

  name   = local.name
  region = var.region
  services = [
    "ecr.api",
    "ecr.dkr",
    "ecs",
    "ecs-agent",
    "ecs-telemetry",
    "logs",
  ]
}

locals {
  network = one(concat(module.network, var.network[*]))
}
