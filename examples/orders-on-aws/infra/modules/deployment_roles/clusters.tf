# What applications of EMR Serverless add to looking and to deploying. AWS draws their IDs, so that what belongs to the pipeline
# is told by the tag that providers.tf puts on everything.

locals {
  applications = "arn:${local.partition}:emr-serverless:${local.here}:/applications/*"
  job_runs     = "${local.applications}/jobruns/*"
  of_emr       = "arn:${local.partition}:iam::${local.account}:role/aws-service-role/ops.emr-serverless.amazonaws.com/AWSServiceRoleForAmazonEMRServerless"
}

data "aws_iam_policy_document" "look_at_clusters" {
  statement {
    sid       = "LookAtApplications"
    actions   = ["emr-serverless:GetApplication", "emr-serverless:ListTagsForResource"]
    resources = [local.applications]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/pipeline"
      values   = [var.name]
    }
  }
}

data "aws_iam_policy_document" "change_clusters" {
  statement {
    sid       = "MakeApplications"
    actions   = ["emr-serverless:CreateApplication"]
    resources = ["arn:${local.partition}:emr-serverless:${local.here}:/*"]

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/pipeline"
      values   = [var.name]
    }
  }

  # No tag of somebody else's application can be changed into ours.
  statement {
    sid = "ChangeApplications"
    actions = [
      "emr-serverless:DeleteApplication",
      "emr-serverless:TagResource",
      "emr-serverless:UntagResource",
      "emr-serverless:UpdateApplication",
    ]
    resources = [local.applications]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/pipeline"
      values   = [var.name]
    }
  }

  # EMR tries the image when an application names it, with the rights of whoever asks:
  # https://docs.aws.amazon.com/emr/latest/EMR-Serverless-UserGuide/application-custom-image.html
  statement {
    sid       = "NameImages"
    actions   = ["ecr:BatchGetImage", "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer"]
    resources = [local.repository_arn]
  }

  # EMR puts its workers into the network, and makes its own role in an account with the first application, both with the
  # rights of whoever asks: https://docs.aws.amazon.com/emr/latest/EMR-Serverless-UserGuide/security-iam-user-access-policies.html
  statement {
    sid       = "LetEmrEnterNetworks"
    actions   = ["ec2:CreateNetworkInterface"]
    resources = ["arn:${local.partition}:ec2:${local.here}:network-interface/*"]

    condition {
      test     = "StringEquals"
      variable = "aws:CalledViaLast"
      values   = ["ops.emr-serverless.amazonaws.com"]
    }
  }

  statement {
    sid       = "LetEmrMakeItsRole"
    actions   = ["iam:CreateServiceLinkedRole"]
    resources = [local.of_emr]

    condition {
      test     = "StringEquals"
      variable = "iam:AWSServiceName"
      values   = ["ops.emr-serverless.amazonaws.com"]
    }
  }
}
