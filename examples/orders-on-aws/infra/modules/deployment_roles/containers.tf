# What containers add to looking and to deploying: their cluster and definitions, and the image they run. No network is among
# it: most of what makes one AWS grants by tag alone, so it is an administrator's, or somebody else's (../../bootstrap).

locals {
  clusters       = [for name in local.names : "arn:${local.partition}:ecs:${local.here}:cluster/${name}"]
  definitions    = [for prefix in var.prefixes : "arn:${local.partition}:ecs:${local.here}:task-definition/${prefix}-*:*"]
  running        = [for name in local.names : "arn:${local.partition}:ecs:${local.here}:task/${name}/*"]
  container_logs = [for prefix in var.prefixes : "arn:${local.partition}:logs:${local.here}:log-group:/glacier/tasks/${prefix}-*"]
  repository_arn = "arn:${local.partition}:ecr:${local.here}:repository/${var.repository}"
  of_ecs         = "arn:${local.partition}:iam::${local.account}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
  # By which Step Functions hears that something has ended, each for one kind of it.
  rules_of_ends = "arn:${local.partition}:events:${local.here}:rule/StepFunctionsGetEventsFor*"
}

data "aws_iam_policy_document" "look_at_containers" {
  statement {
    sid       = "LookAtClusters"
    actions   = ["ecs:DescribeClusters", "ecs:ListTagsForResource"]
    resources = concat(local.clusters, local.definitions)
  }

  # ECS tells of definitions to whoever may ask for all; this action knows no resources and no tags, so "*" is all it takes:
  # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
  statement {
    sid       = "LookAtDefinitions"
    actions   = ["ecs:DescribeTaskDefinition"]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "aws:RequestedRegion"
      values   = [var.region]
    }
  }

  statement {
    sid       = "LookAtLogsOfContainers"
    actions   = ["logs:ListTagsForResource"]
    resources = local.container_logs
  }

  # Which are there, so that none is pushed twice.
  statement {
    sid       = "LookAtImages"
    actions   = ["ecr:DescribeImages"]
    resources = [local.repository_arn]
  }
}

data "aws_iam_policy_document" "change_containers" {
  statement {
    sid = "ChangeClusters"
    actions = [
      "ecs:CreateCluster",
      "ecs:DeleteCluster",
      "ecs:TagResource",
      "ecs:UntagResource",
      "ecs:UpdateCluster",
    ]
    resources = local.clusters
  }

  # ECS makes its own role in an account when it makes the first cluster, with the rights of whoever asks:
  # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using-service-linked-roles.html
  statement {
    sid       = "LetEcsMakeItsRole"
    actions   = ["iam:CreateServiceLinkedRole"]
    resources = [local.of_ecs]

    condition {
      test     = "StringEquals"
      variable = "iam:AWSServiceName"
      values   = ["ecs.amazonaws.com"]
    }
  }

  # This action knows no resources, so "*" is all it takes, but tags: those that providers.tf puts on everything. Which roles
  # a definition names, PassRoles says.
  # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
  statement {
    sid       = "RegisterDefinitions"
    actions   = ["ecs:RegisterTaskDefinition"]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "aws:RequestedRegion"
      values   = [var.region]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/pipeline"
      values   = [var.name]
    }
  }

  # This one knows neither resources nor tags. A revision that is withdrawn goes on where it runs.
  # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
  statement {
    sid       = "WithdrawDefinitions"
    actions   = ["ecs:DeregisterTaskDefinition"]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "aws:RequestedRegion"
      values   = [var.region]
    }
  }

  statement {
    sid       = "TagDefinitions"
    actions   = ["ecs:TagResource", "ecs:UntagResource"]
    resources = local.definitions
  }

  statement {
    sid = "ChangeLogsOfContainers"
    actions = [
      "logs:AssociateKmsKey",
      "logs:CreateLogGroup",
      "logs:DeleteLogGroup",
      "logs:DeleteRetentionPolicy",
      "logs:DisassociateKmsKey",
      "logs:PutRetentionPolicy",
      "logs:TagResource",
      "logs:UntagResource",
    ]
    resources = local.container_logs
  }

  # Tags of the repository never change, so what is pushed replaces nothing.
  # https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
  statement {
    sid = "PushImages"
    actions = [
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchGetImage",
      "ecr:CompleteLayerUpload",
      "ecr:GetDownloadUrlForLayer",
      "ecr:InitiateLayerUpload",
      "ecr:PutImage",
      "ecr:UploadLayerPart",
    ]
    resources = [local.repository_arn]
  }

  # Whoever pushes signs in first, to all of it; this action knows no resources, so "*" is all it takes:
  # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
  statement {
    sid       = "SignInToRegistry"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }
}
