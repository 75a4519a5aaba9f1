# The roles of CI, and the names of the buckets that they are about.

terraform {
  required_version = ">= 1.9"
}

provider "aws" {
  region = "eu-central-1"
}

module "ci" {
  source = "./modules/deployment_roles"

  name                = "flights"
  prefixes            = ["flights"]
  region              = "eu-central-1"
  subject             = "repo:acme@12/flights@34"
  repository          = "flights-code"
  artefact_bucket_arn = "arn:aws:s3:::flights-artefacts-1a2b"
  state_bucket_arn    = "arn:aws:s3:::flights-tfstate-1a2b"
  state_key           = "infra.tfstate"

  further_rights = [
    { actions = ["s3:GetObject"], resources = ["arn:aws:s3:::theirs/*"] },
    # What calls Databricks, as docs/databricks.md says.
    {
      actions   = ["events:RetrieveConnectionCredentials", "secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]
      resources = ["arn:aws:events:eu-central-1:123456789012:connection/databricks/*", "arn:aws:secretsmanager:eu-central-1:123456789012:secret:events!connection/databricks/*"]
    },
  ]
}

# A second pipeline in the account: its provider is there already, its repository has no environments, and it is deployed twice.
module "second" {
  source = "./modules/deployment_roles"

  name                = "trains_of_all"
  prefixes            = ["trains_of_all", "trains_of_all_staging"]
  region              = "eu-central-1"
  subject             = "repo:acme/trains"
  environment         = null
  oidc_provider_arn   = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
  repository          = "trains_of_all-code"
  artefact_bucket_arn = "arn:aws:s3:::trains-of-all-artefacts-1a2b"
  state_bucket_arn    = "arn:aws:s3:::trains-of-all-tfstate-1a2b"
  state_key           = "infra.tfstate"
}

# A third one, whose repository is on a GitLab of its own.
module "third" {
  source = "./modules/deployment_roles"

  name                = "ships"
  prefixes            = ["ships"]
  region              = "eu-central-1"
  issuer              = "git.acme.example"
  subject             = "project_path:acme/data/ships"
  branch              = "release/1"
  repository          = "ships-code"
  artefact_bucket_arn = "arn:aws:s3:::ships-artefacts-1a2b"
  state_bucket_arn    = "arn:aws:s3:::ships-tfstate-1a2b"
  state_key           = "infra.tfstate"
}
