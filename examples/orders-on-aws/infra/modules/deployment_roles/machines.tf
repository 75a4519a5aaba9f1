# What machines add to looking and to deploying: their environments, queues and definitions of jobs, what they are like, and the
# profiles that give them their roles.

locals {
  environments = [for prefix in var.prefixes : "arn:${local.partition}:batch:${local.here}:compute-environment/${prefix}-*"]
  queues       = [for prefix in var.prefixes : "arn:${local.partition}:batch:${local.here}:job-queue/${prefix}-*"]
  jobs         = [for prefix in var.prefixes : "arn:${local.partition}:batch:${local.here}:job-definition/${prefix}-*"]
  profiles     = [for prefix in var.prefixes : "arn:${local.partition}:iam::${local.account}:instance-profile/${prefix}-*"]
  machines     = flatten([for prefix in var.prefixes : [for what in ["cluster", "container-instance"] : "arn:${local.partition}:ecs:${local.here}:${what}/AWSBatch-${prefix}-*"]])
  templates    = "arn:${local.partition}:ec2:${local.here}:launch-template/*"
  submitted    = "arn:${local.partition}:batch:${local.here}:job/*"
  of_batch     = "arn:${local.partition}:iam::${local.account}:role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch"
}

data "aws_iam_policy_document" "look_at_machines" {
  # AWS tells of these to whoever may ask for all; these actions know no resources, so "*" is all they take:
  # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsbatch.html and …/list_amazonec2.html
  statement {
    sid = "LookAtMachines"
    actions = [
      "batch:DescribeComputeEnvironments",
      "batch:DescribeJobDefinitions",
      "batch:DescribeJobQueues",
      "ec2:DescribeLaunchTemplateVersions",
      "ec2:DescribeLaunchTemplates",
    ]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "aws:RequestedRegion"
      values   = [var.region]
    }
  }

  statement {
    sid       = "LookAtTagsOfMachines"
    actions   = ["batch:ListTagsForResource"]
    resources = concat(local.environments, local.queues, local.jobs)
  }

  statement {
    sid       = "LookAtProfiles"
    actions   = ["iam:GetInstanceProfile"]
    resources = local.profiles
  }
}

data "aws_iam_policy_document" "change_machines" {
  # A queue is joined with its environments by who may change both.
  statement {
    sid = "ChangeMachines"
    actions = [
      "batch:CreateComputeEnvironment",
      "batch:CreateJobQueue",
      "batch:DeleteComputeEnvironment",
      "batch:DeleteJobQueue",
      "batch:DeregisterJobDefinition",
      "batch:RegisterJobDefinition",
      "batch:TagResource",
      "batch:UntagResource",
      "batch:UpdateComputeEnvironment",
      "batch:UpdateJobQueue",
    ]
    resources = concat(local.environments, local.queues, local.jobs)
  }

  # AWS Batch makes its own role in an account when it makes the first environment, with the rights of whoever asks:
  # https://docs.aws.amazon.com/batch/latest/userguide/using-service-linked-roles.html
  statement {
    sid       = "LetBatchMakeItsRole"
    actions   = ["iam:CreateServiceLinkedRole"]
    resources = [local.of_batch]

    condition {
      test     = "StringEquals"
      variable = "iam:AWSServiceName"
      values   = ["batch.amazonaws.com"]
    }
  }

  # EC2 gives templates names of its own, so those of the pipeline are known by what providers.tf puts on everything.
  statement {
    sid       = "MakeTemplates"
    actions   = ["ec2:CreateLaunchTemplate"]
    resources = [local.templates]

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/pipeline"
      values   = [var.name]
    }
  }

  statement {
    sid       = "TagTemplates"
    actions   = ["ec2:CreateTags"]
    resources = [local.templates]

    condition {
      test     = "StringEquals"
      variable = "ec2:CreateAction"
      values   = ["CreateLaunchTemplate"]
    }
  }

  statement {
    sid = "ChangeTemplates"
    actions = [
      "ec2:CreateLaunchTemplateVersion",
      "ec2:DeleteLaunchTemplate",
      "ec2:ModifyLaunchTemplate",
    ]
    resources = [local.templates]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/pipeline"
      values   = [var.name]
    }
  }

  # Which role one gives, PassRoles says.
  statement {
    sid = "ChangeProfiles"
    actions = [
      "iam:AddRoleToInstanceProfile",
      "iam:CreateInstanceProfile",
      "iam:DeleteInstanceProfile",
      "iam:RemoveRoleFromInstanceProfile",
      "iam:TagInstanceProfile",
      "iam:UntagInstanceProfile",
    ]
    resources = local.profiles
  }
}
