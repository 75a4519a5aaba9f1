module "secret_api-token" {
  source = "./modules/secret"

  name        = "${local.name}-api-token"
  description = "Read by count_long"
}
