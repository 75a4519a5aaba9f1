# Two roles for CI, taken with a token of GitHub's or GitLab's and no key that could leak: one that looks (plan.tf), one that
# deploys (deploy.tf), and the boundary that keeps what the second one makes from being more than a pipeline (boundary.tf).

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  partition = data.aws_partition.current.partition
  account   = data.aws_caller_identity.current.account_id
  here      = "${var.region}:${local.account}"

  # A path and a dot keep them apart from the roles of tasks, which the second role may change, and the first may read.
  path = "/deployment/"
  # Composed rather than read, so that a plan shows policies before anything exists.
  boundary_arn = "arn:${local.partition}:iam::${local.account}:policy${local.path}${var.name}.boundary"
  role_arns    = "arn:${local.partition}:iam::${local.account}:role${local.path}${var.name}"

  provider_name = "arn:${local.partition}:iam::${local.account}:oidc-provider/${var.issuer}"
  provider_arn  = coalesce(var.oidc_provider_arn, local.provider_name)

  # What a deployment's resources are called begins with one of these: with a hyphen behind it, or a whole name.
  names   = flatten([for prefix in var.prefixes : [prefix, "${prefix}-*"]])
  buckets = [for prefix in var.prefixes : "arn:${local.partition}:s3:::${replace(prefix, "_", "-")}-*"]

  functions      = [for prefix in var.prefixes : "arn:${local.partition}:lambda:${local.here}:function:${prefix}-*"]
  topics         = [for prefix in var.prefixes : "arn:${local.partition}:sns:${local.here}:${prefix}-*"]
  secrets        = [for prefix in var.prefixes : "arn:${local.partition}:secretsmanager:${local.here}:secret:${prefix}-*"]
  rules          = [for prefix in var.prefixes : "arn:${local.partition}:events:${local.here}:rule/${prefix}-*"]
  alarms         = [for prefix in var.prefixes : "arn:${local.partition}:cloudwatch:${local.here}:alarm:${prefix}-*"]
  dashboards     = [for name in local.names : "arn:${local.partition}:cloudwatch::${local.account}:dashboard/${name}"]
  schedules      = [for name in local.names : "arn:${local.partition}:scheduler:${local.here}:schedule/default/${name}"]
  state_machines = [for name in local.names : "arn:${local.partition}:states:${local.here}:stateMachine:${name}"]
  # Of parts of workflows, whose names are longer than that of the whole.
  executions    = [for prefix in var.prefixes : "arn:${local.partition}:states:${local.here}:execution:${prefix}-*:*"]
  task_logs     = [for prefix in var.prefixes : "arn:${local.partition}:logs:${local.here}:log-group:/aws/lambda/${prefix}-*"]
  workflow_logs = [for name in local.names : "arn:${local.partition}:logs:${local.here}:log-group:/aws/vendedlogs/states/${name}"]
  # Some actions know a log group with its streams, some without.
  log_groups = concat(local.task_logs, local.workflow_logs, [for arn in local.workflow_logs : "${arn}:*"])

  roles    = flatten([for prefix in var.prefixes : [for mark in ["-", "."] : "arn:${local.partition}:iam::${local.account}:role/${prefix}${mark}*"]])
  policies = flatten([for prefix in var.prefixes : [for mark in ["-", "."] : "arn:${local.partition}:iam::${local.account}:policy/${prefix}${mark}*"]])

  code = flatten([for name in local.names : "${var.artefact_bucket_arn}/${name}/*"])
  # Of the default workspace, and of any other.
  states = [for key in [var.state_key, "env:/*/${var.state_key}"] : "${var.state_bucket_arn}/${key}"]
}

resource "aws_iam_openid_connect_provider" "ci" {
  count = var.oidc_provider_arn == null ? 1 : 0

  url            = "https://${var.issuer}"
  client_id_list = ["sts.amazonaws.com"]
}

moved {
  from = aws_iam_openid_connect_provider.github
  to   = aws_iam_openid_connect_provider.ci
}

locals {
  # What `sub` says of the occasion, behind the repository.
  github = {
    plan   = "pull_request"
    deploy = var.environment == null ? "ref:refs/heads/${var.branch}" : "environment:${var.environment}"
  }
  # GitLab's tokens tell no merge request from a branch: who may push one may look.
  gitlab = {
    plan   = "ref_type:branch:ref:*"
    deploy = "ref_type:branch:ref:${var.branch}"
  }
  is_gitlab = startswith(var.subject, "project_path:")
}

data "aws_iam_policy_document" "trust" {
  for_each = local.is_gitlab ? local.gitlab : local.github

  statement {
    sid     = "CiTakesIt"
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [local.provider_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${var.issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }

    # One repository, and there one occasion. The one pattern stands behind a whole repository.
    condition {
      test     = endswith(each.value, "*") ? "StringLike" : "StringEquals"
      variable = "${var.issuer}:sub"
      values   = ["${var.subject}:${each.value}"]
    }
  }
}

resource "aws_iam_role" "plan" {
  name               = "${var.name}.plan"
  path               = local.path
  description        = "What CI may do for a pull request of ${var.name}: look"
  assume_role_policy = data.aws_iam_policy_document.trust["plan"].minified_json

  # Who trusts somebody has to know them first.
  depends_on = [aws_iam_openid_connect_provider.ci]

  lifecycle {
    precondition {
      condition     = endswith(local.provider_arn, ":oidc-provider/${var.issuer}")
      error_message = "The identity provider is not that of the issuer: nobody could take the roles."
    }
  }
}

resource "aws_iam_role" "deploy" {
  name               = "${var.name}.deploy"
  path               = local.path
  description        = "What CI may do to deploy ${var.name}"
  assume_role_policy = data.aws_iam_policy_document.trust["deploy"].minified_json

  depends_on = [aws_iam_openid_connect_provider.ci]
}

data "aws_iam_policy_document" "look_at_jobs" {
  source_policy_documents = [
    data.aws_iam_policy_document.look_at_containers.json,
    data.aws_iam_policy_document.look_at_clusters.json,
    data.aws_iam_policy_document.look_at_machines.json,
  ]
}

locals {
  # One policy holds 6,144 characters, and one role ten policies, so what the second role may do is cut: as the first one looks at
  # it, as it changes it, both once more for tasks that are no functions, and as it binds the roles that it makes.
  documents = {
    look                = data.aws_iam_policy_document.look.minified_json
    "look.jobs"         = data.aws_iam_policy_document.look_at_jobs.minified_json
    change              = data.aws_iam_policy_document.change.minified_json
    "change.telling"    = data.aws_iam_policy_document.change_telling.minified_json
    "change.containers" = data.aws_iam_policy_document.change_containers.minified_json
    "change.clusters"   = data.aws_iam_policy_document.change_clusters.minified_json
    "change.machines"   = data.aws_iam_policy_document.change_machines.minified_json
    bind                = data.aws_iam_policy_document.bind.minified_json
    boundary            = data.aws_iam_policy_document.boundary.minified_json
  }
  descriptions = {
    look                = "What CI looks at to plan ${var.name}"
    "look.jobs"         = "What CI looks at to plan containers, applications and machines of ${var.name}"
    change              = "What CI changes to deploy ${var.name}"
    "change.telling"    = "What CI changes of what tells of runs of ${var.name}"
    "change.containers" = "What CI changes to deploy containers of ${var.name}"
    "change.clusters"   = "What CI changes to deploy applications of ${var.name}"
    "change.machines"   = "What CI changes to deploy machines of ${var.name}"
    bind                = "How CI makes roles of ${var.name}: under the boundary"
    boundary            = "The most that a role of ${var.name} may do"
  }
  looks = ["look", "look.jobs"]
}

resource "aws_iam_policy" "this" {
  for_each = local.documents

  name        = "${var.name}.${each.key}"
  path        = local.path
  description = local.descriptions[each.key]
  policy      = each.value

  lifecycle {
    precondition {
      condition     = length(each.value) <= 6144
      error_message = "Policy ${var.name}.${each.key} would be longer than the 6,144 characters that IAM allows: name fewer prefixes, or fewer further rights."
    }
  }
}

resource "aws_iam_role_policy_attachment" "plan" {
  for_each = toset(local.looks)

  role       = aws_iam_role.plan.name
  policy_arn = aws_iam_policy.this[each.key].arn
}

resource "aws_iam_role_policy_attachment" "deploy" {
  for_each = toset(concat(local.looks, ["change", "change.telling", "change.containers", "change.clusters", "change.machines", "bind"]))

  role       = aws_iam_role.deploy.name
  policy_arn = aws_iam_policy.this[each.key].arn
}
