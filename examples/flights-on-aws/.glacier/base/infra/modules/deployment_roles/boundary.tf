# The most that a role may do which CI makes, whatever its own policies say: what tasks, workflow, schedule and starter of
# these prefixes can ever need. Of IAM nothing is among it but giving roles of theirs to containers and job runs, so no such role
# can make itself another.

data "aws_iam_policy_document" "boundary" {
  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = concat(local.task_logs, local.container_logs)
  }

  statement {
    sid       = "Data"
    actions   = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:ListBucket", "s3:PutObject"]
    resources = flatten([for arn in local.buckets : [arn, "${arn}/*"]])
  }

  # Their names are like those of the pipeline's buckets. Whoever writes a state or an archive decides what is deployed; a job
  # run of EMR fetches its archive with the role of its task.
  statement {
    sid       = "NoState"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [var.state_bucket_arn, "${var.state_bucket_arn}/*"]
  }

  statement {
    sid       = "CodeOnlyAsItIs"
    effect    = "Deny"
    actions   = ["s3:Abort*", "s3:Delete*", "s3:List*", "s3:Put*"]
    resources = [var.artefact_bucket_arn, "${var.artefact_bucket_arn}/*"]
  }

  # One statement of what each service would have its own of, for IAM takes 6,144 characters: every action is about one kind of
  # resource, so that each holds for those of its own service alone. By the rules Step Functions hears that something has ended:
  # https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html
  statement {
    sid = "UseWhatIsThePipelines"
    actions = [
      "batch:SubmitJob",
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchGetImage",
      "ecr:GetDownloadUrlForLayer",
      "ecs:DeregisterContainerInstance",
      "ecs:DescribeTasks",
      "ecs:Poll",
      "ecs:RegisterContainerInstance",
      "ecs:RunTask",
      "ecs:StartTelemetrySession",
      "ecs:StopTask",
      "ecs:SubmitAttachmentStateChanges",
      "ecs:SubmitContainerStateChange",
      "ecs:SubmitTaskStateChange",
      "ecs:UpdateContainerInstancesState",
      "events:DescribeRule",
      "events:PutRule",
      "events:PutTargets",
      "lambda:InvokeFunction",
      "secretsmanager:GetSecretValue",
      "sns:Publish",
      "states:DescribeExecution",
      "states:InvokeHTTPEndpoint",
      "states:ListExecutions",
      "states:StartExecution",
      "states:StopExecution",
    ]
    resources = concat(
      local.definitions,
      local.executions,
      local.functions,
      local.jobs,
      local.machines,
      local.queues,
      local.running,
      local.secrets,
      local.state_machines,
      local.topics,
      [local.repository_arn, local.rules_of_ends],
    )
  }

  # As the roles of workflows and machines, and of what starts a container, have them.
  statement {
    sid = "UseWhatHasNoResource"
    actions = [
      "batch:DescribeJobs",
      "ecr:GetAuthorizationToken",
      "ecs:DiscoverPollEndpoint",
      "logs:CreateLogDelivery",
      "logs:DeleteLogDelivery",
      "logs:GetLogDelivery",
      "logs:ListLogDeliveries",
      "logs:UpdateLogDelivery",
    ]
    # https://docs.aws.amazon.com/service-authorization/latest/reference/ has no resource for any of them.
    resources = ["*"]
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
    sid       = "StartJobRuns"
    actions   = ["emr-serverless:StartJobRun"]
    resources = [local.applications]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/pipeline"
      values   = [var.name]
    }
  }

  statement {
    sid       = "FollowJobRuns"
    actions   = ["emr-serverless:CancelJobRun", "emr-serverless:GetJobRun"]
    resources = [local.job_runs]
  }

  statement {
    sid       = "GiveRoles"
    actions   = ["iam:PassRole"]
    resources = local.roles

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com", "emr-serverless.amazonaws.com"]
    }
  }

  statement {
    sid       = "TagJobs"
    actions   = ["batch:TagResource"]
    resources = [local.submitted]

    condition {
      test     = "StringLike"
      variable = "aws:RequestTag/workflow"
      values   = local.names
    }
  }

  statement {
    sid       = "EndJobs"
    actions   = ["batch:TerminateJob"]
    resources = [local.submitted]

    condition {
      test     = "StringLike"
      variable = "aws:ResourceTag/workflow"
      values   = local.names
    }
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
