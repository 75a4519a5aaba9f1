# Where the pipeline's code waits to be deployed. It has to exist before there is code to deploy, hence a root of
# its own. Every build has its own key; what a deployment no longer names expires 30 days after Terraform removes it.

module "artefacts" {
  source = "../protected_bucket"

  name       = var.name
  versioning = true
}
