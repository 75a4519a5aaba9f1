module "secret_api-token" {
  source = "./modules/secret"

  name        = "${local.name}-api-token"
  description = "Read by fetch, publish"
}

module "secret_api-user" {
  source = "./modules/secret"

  name        = "${local.name}-api-user"
  description = "Read by fetch"
}
