# What ECS may do to start the task, before any of its code runs: fetch the image, and write the log.

locals {
  # An image in ECR is fetched with the account's own rights; of any other registry ECS needs none.
  ecr = try(regex("^(?P<account>[0-9]{12})\\.dkr\\.ecr\\.(?P<region>[a-z0-9-]+)\\.amazonaws\\.com(?:\\.cn)?/(?P<repository>[^:@]+)", var.image), null)

  repository_arns = local.ecr == null ? [] : [
    "arn:${local.partition}:ecr:${local.ecr.region}:${local.ecr.account}:repository/${local.ecr.repository}"
  ]

  # A dot, which no task's role has in its name.
  execution_role_name = "${var.name}.execution"
}

data "aws_iam_policy_document" "execution" {
  statement {
    sid       = "WriteLogOfTask"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${local.log_group_arn}:*"]
  }

  dynamic "statement" {
    for_each = length(local.repository_arns) > 0 ? [local.repository_arns] : []

    content {
      sid = "FetchImage"
      actions = [
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:GetDownloadUrlForLayer",
      ]
      resources = statement.value
    }
  }

  # Whoever fetches from ECR signs in first, to all of it; this action knows no resources, so "*" is all it takes:
  # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
  dynamic "statement" {
    for_each = length(local.repository_arns) > 0 ? [true] : []

    content {
      sid       = "SignInToRegistry"
      actions   = ["ecr:GetAuthorizationToken"]
      resources = ["*"]
    }
  }
}

resource "aws_iam_role" "execution" {
  name                 = local.execution_role_name
  description          = "What starting task ${var.task} takes"
  assume_role_policy   = data.aws_iam_policy_document.trust.minified_json
  permissions_boundary = var.permissions_boundary
}

resource "aws_iam_role_policy" "execution" {
  name   = "execution"
  role   = aws_iam_role.execution.name
  policy = data.aws_iam_policy_document.execution.minified_json
}
