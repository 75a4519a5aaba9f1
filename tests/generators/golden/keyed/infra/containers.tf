# Where all containers of the pipeline run.
module "containers" {
  source = "./modules/container_cluster"

  name = local.name
}
