# What a deployment does: all that a plan looks at, and making, changing and removing it. It reads no data and no value of a
# secret, makes no role without the boundary, and changes neither itself, nor the boundary, nor the buckets of bootstrap/.

data "aws_iam_policy_document" "change" {
  statement {
    sid       = "WriteState"
    actions   = ["s3:PutObject"]
    resources = local.states
  }

  statement {
    sid       = "LockState"
    actions   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
    resources = [for state in local.states : "${state}.tflock"]
  }

  statement {
    sid       = "UploadCode"
    actions   = ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject", "s3:PutObjectTagging"]
    resources = local.code
  }

  # Terraform removes an archive with all its versions.
  statement {
    sid       = "FindVersionsOfCode"
    actions   = ["s3:ListBucketVersions"]
    resources = [var.artefact_bucket_arn]
  }

  statement {
    sid       = "ChangeBuckets"
    actions   = local.bucket_changes
    resources = local.buckets
  }

  # Their names are like those of the pipeline's buckets.
  statement {
    sid       = "NeverThoseOfBootstrap"
    effect    = "Deny"
    actions   = local.bucket_changes
    resources = [var.artefact_bucket_arn, var.state_bucket_arn]
  }

  # Invoked once, to load its task, which runs nothing.
  statement {
    sid = "ChangeFunctions"
    actions = [
      "lambda:CreateFunction",
      "lambda:DeleteFunction",
      "lambda:InvokeFunction",
      "lambda:TagResource",
      "lambda:UntagResource",
      "lambda:UpdateFunctionCode",
      "lambda:UpdateFunctionConfiguration",
    ]
    resources = local.functions
  }

  statement {
    sid = "ChangeWorkflows"
    actions = [
      "states:CreateStateMachine",
      "states:DeleteStateMachine",
      "states:TagResource",
      "states:UntagResource",
      "states:UpdateStateMachine",
    ]
    resources = local.state_machines
  }

  statement {
    sid       = "ChangeSchedules"
    actions   = ["scheduler:CreateSchedule", "scheduler:DeleteSchedule", "scheduler:UpdateSchedule"]
    resources = local.schedules
  }

  # A place for a value, and never the value: that takes PutSecretValue.
  statement {
    sid = "ChangeSecrets"
    actions = [
      "secretsmanager:CreateSecret",
      "secretsmanager:DeleteSecret",
      "secretsmanager:RestoreSecret",
      "secretsmanager:TagResource",
      "secretsmanager:UntagResource",
      "secretsmanager:UpdateSecret",
    ]
    resources = local.secrets
  }

  # Lambda takes a key for settings in the name of who names it:
  # https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
  statement {
    sid       = "GiveKeysToFunctions"
    actions   = ["kms:CreateGrant", "kms:Decrypt", "kms:Encrypt"]
    resources = ["arn:${local.partition}:kms:${local.here}:key/*"]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["lambda.${var.region}.${data.aws_partition.current.dns_suffix}"]
    }
  }
}

data "aws_iam_policy_document" "bind" {
  # A role that is made, or given rights, has the boundary.
  statement {
    sid = "ChangeBoundRoles"
    actions = [
      "iam:CreateRole",
      "iam:DeleteRolePolicy",
      "iam:PutRolePermissionsBoundary",
      "iam:PutRolePolicy",
    ]
    resources = local.roles

    condition {
      test     = "StringEquals"
      variable = "iam:PermissionsBoundary"
      values   = [local.boundary_arn]
    }
  }

  statement {
    sid       = "AttachOwnPolicies"
    actions   = ["iam:AttachRolePolicy", "iam:DetachRolePolicy"]
    resources = local.roles

    condition {
      test     = "StringEquals"
      variable = "iam:PermissionsBoundary"
      values   = [local.boundary_arn]
    }

    condition {
      test     = "ArnLike"
      variable = "iam:PolicyARN"
      values   = local.policies
    }
  }

  # What gives a role no right. Who may take it is part of what is deployed.
  statement {
    sid = "ChangeRoles"
    actions = [
      "iam:DeleteRole",
      "iam:ListInstanceProfilesForRole",
      "iam:TagRole",
      "iam:UntagRole",
      "iam:UpdateAssumeRolePolicy",
      "iam:UpdateRole",
      "iam:UpdateRoleDescription",
    ]
    resources = local.roles
  }

  statement {
    sid = "ChangePolicies"
    actions = [
      "iam:CreatePolicy",
      "iam:CreatePolicyVersion",
      "iam:DeletePolicy",
      "iam:DeletePolicyVersion",
      "iam:ListPolicyVersions",
      "iam:TagPolicy",
      "iam:UntagPolicy",
    ]
    resources = local.policies
  }

  statement {
    sid       = "PassRoles"
    actions   = ["iam:PassRole"]
    resources = local.roles

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = [for service in ["ec2", "ecs-tasks", "events", "lambda", "scheduler", "states"] : "${service}.amazonaws.com"]
    }
  }
}

locals {
  bucket_changes = [
    "s3:CreateBucket",
    "s3:DeleteBucket",
    "s3:DeleteBucketPolicy",
    "s3:PutBucketLogging",
    "s3:PutBucketNotification",
    "s3:PutBucketOwnershipControls",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketTagging",
    "s3:PutBucketVersioning",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
  ]
}
