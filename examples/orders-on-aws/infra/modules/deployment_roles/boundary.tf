# The most that a role may do which CI makes, whatever its own policies say: what tasks, workflow, schedule and starter of
# these prefixes can ever need. Of IAM nothing is among it but giving roles of theirs to containers, so no such role can make
# itself another.

data "aws_iam_policy_document" "boundary" {
  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = concat(local.task_logs, local.container_logs)
  }

  statement {
    sid       = "Data"
    actions   = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:ListBucket", "s3:PutObject"]
    resources = flatten([for arn in local.buckets : [arn, "${arn}/*"]])
  }

  # Their names are like those of the pipeline's buckets. Whoever writes a state or an archive decides what is deployed.
  statement {
    sid       = "NeitherCodeNorState"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = flatten([for arn in [var.artefact_bucket_arn, var.state_bucket_arn] : [arn, "${arn}/*"]])
  }

  statement {
    sid       = "Secrets"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = local.secrets
  }

  statement {
    sid       = "KeysOfDataAndTopics"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = ["arn:${local.partition}:kms:${local.here}:key/*"]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = [for service in ["s3", "sns"] : "${service}.${var.region}.${data.aws_partition.current.dns_suffix}"]
    }
  }

  statement {
    sid       = "RunTasks"
    actions   = ["lambda:InvokeFunction"]
    resources = local.functions
  }

  statement {
    sid       = "RunContainers"
    actions   = ["ecs:RunTask"]
    resources = local.definitions
  }

  statement {
    sid       = "FollowContainers"
    actions   = ["ecs:DescribeTasks", "ecs:StopTask"]
    resources = local.running
  }

  statement {
    sid       = "GiveRolesToContainers"
    actions   = ["iam:PassRole"]
    resources = local.roles

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }

  # By which Step Functions hears that one has stopped: https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html
  statement {
    sid       = "HearOfContainers"
    actions   = ["events:DescribeRule", "events:PutRule", "events:PutTargets"]
    resources = [local.rule_of_stopped]
  }

  statement {
    sid       = "FetchImage"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = [local.repository_arn]
  }

  # As the role has it that starts a container, which this action knows no resources for:
  # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
  statement {
    sid       = "SignInToRegistry"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    sid       = "StartRuns"
    actions   = ["states:ListExecutions", "states:StartExecution"]
    resources = local.state_machines
  }

  statement {
    sid       = "AnnounceFailures"
    actions   = ["sns:Publish"]
    resources = local.topics
  }

  # As the workflow's role has them, which these actions know no resources for:
  # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
  statement {
    sid = "DeliverLogs"
    actions = [
      "logs:CreateLogDelivery",
      "logs:DeleteLogDelivery",
      "logs:GetLogDelivery",
      "logs:ListLogDeliveries",
      "logs:UpdateLogDelivery",
    ]
    resources = ["*"]
  }

  statement {
    sid       = "AllowLogDelivery"
    actions   = ["logs:DescribeLogGroups", "logs:DescribeResourcePolicies", "logs:PutResourcePolicy"]
    resources = ["arn:${local.partition}:logs:${local.here}:*"]
  }

  # Buckets and functions that somebody else made, and what tasks are granted by hand.
  dynamic "statement" {
    for_each = var.further_rights

    content {
      sid       = "FurtherRights${statement.key + 1}"
      actions   = statement.value.actions
      resources = statement.value.resources
    }
  }
}
