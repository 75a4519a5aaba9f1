# The most that a role may do which CI makes, whatever its own policies say: what tasks, workflow, schedule and starter of
# these prefixes can ever need. No right in IAM is among it, so no such role can make itself another.

data "aws_iam_policy_document" "boundary" {
  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = local.task_logs
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
