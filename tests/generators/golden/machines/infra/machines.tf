# Machines, of which none is there while no task works.
module "machine_r6i_4xlarge" {
  source = "./modules/batch_machine"

  name          = "${local.name}-r6i-4xlarge"
  instance_type = "r6i.4xlarge"
  max_vcpus     = 32

  network = local.network
  region  = var.region

  permissions_boundary = var.permissions_boundary
}

module "machine_x2idn_16xlarge_9efa09a1" {
  source = "./modules/batch_machine"

  name          = "${local.name}-x2idn-16xlarge-9efa09a1"
  instance_type = "x2idn.16xlarge"
  max_vcpus     = 16
  spot          = true
  disk_gib      = 500
  ami           = "ami-0a1b2c3d4e5f67890"

  network              = local.network
  security_group_id    = "sg-0a1b2c3d"
  network_is_made_here = var.network == null
  region               = var.region

  permissions_boundary = var.permissions_boundary
}
