# What a plan has to see: the state, and what the resources of these prefixes are like. No data and no value of a secret is
# among it, and nothing can be changed; a state is not even locked (`-lock=false`).

data "aws_iam_policy_document" "look" {
  statement {
    sid       = "ReadState"
    actions   = ["s3:GetObject"]
    resources = local.states
  }

  statement {
    sid       = "FindState"
    actions   = ["s3:ListBucket"]
    resources = [var.state_bucket_arn]
  }

  statement {
    sid = "LookAtBuckets"
    actions = [
      "s3:GetAccelerateConfiguration",
      "s3:GetBucketAcl",
      "s3:GetBucketCORS",
      "s3:GetBucketLocation",
      "s3:GetBucketLogging",
      "s3:GetBucketNotification",
      "s3:GetBucketObjectLockConfiguration",
      "s3:GetBucketOwnershipControls",
      "s3:GetBucketPolicy",
      "s3:GetBucketPublicAccessBlock",
      "s3:GetBucketRequestPayment",
      "s3:GetBucketTagging",
      "s3:GetBucketVersioning",
      "s3:GetBucketWebsite",
      "s3:GetEncryptionConfiguration",
      "s3:GetLifecycleConfiguration",
      "s3:GetReplicationConfiguration",
      "s3:ListBucket",
    ]
    resources = local.buckets
  }

  statement {
    sid       = "LookAtCode"
    actions   = ["s3:GetObject", "s3:GetObjectTagging"]
    resources = local.code
  }

  statement {
    sid = "LookAtFunctions"
    actions = [
      "lambda:GetFunction",
      "lambda:GetFunctionCodeSigningConfig",
      "lambda:ListTags", # without it, GetFunction leaves them out
      "lambda:ListVersionsByFunction",
    ]
    resources = local.functions
  }

  statement {
    sid = "LookAtRoles"
    actions = [
      "iam:GetRole",
      "iam:GetRolePolicy",
      "iam:ListAttachedRolePolicies",
      "iam:ListRolePolicies",
    ]
    resources = local.roles
  }

  statement {
    sid       = "LookAtPolicies"
    actions   = ["iam:GetPolicy", "iam:GetPolicyVersion"]
    resources = local.policies
  }

  statement {
    sid       = "LookAtWorkflows"
    actions   = ["states:DescribeStateMachine", "states:ListStateMachineVersions", "states:ListTagsForResource"]
    resources = local.state_machines
  }

  # Terraform lets Step Functions check a definition before anything exists, and that knows no resource:
  # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
  statement {
    sid       = "CheckWorkflows"
    actions   = ["states:ValidateStateMachineDefinition"]
    resources = ["*"]
  }

  statement {
    sid       = "LookAtSchedules"
    actions   = ["scheduler:GetSchedule"]
    resources = local.schedules
  }

  statement {
    sid       = "LookAtRules"
    actions   = ["events:DescribeRule", "events:ListTagsForResource", "events:ListTargetsByRule"]
    resources = local.rules
  }

  statement {
    sid       = "LookAtAlarms"
    actions   = ["cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource"]
    resources = local.alarms
  }

  statement {
    sid       = "LookAtDashboards"
    actions   = ["cloudwatch:GetDashboard"]
    resources = local.dashboards
  }

  statement {
    sid       = "LookAtTopics"
    actions   = ["sns:GetTopicAttributes", "sns:ListTagsForResource"]
    resources = local.topics
  }

  # That they are there: not what they hold, which takes GetSecretValue.
  statement {
    sid       = "LookAtSecrets"
    actions   = ["secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy"]
    resources = local.secrets
  }

  statement {
    sid       = "LookAtLogs"
    actions   = ["logs:ListTagsForResource"]
    resources = local.log_groups
  }

  # It is asked for all of them that begin with a name.
  statement {
    sid       = "FindLogs"
    actions   = ["logs:DescribeLogGroups"]
    resources = ["arn:${local.partition}:logs:${local.here}:log-group:*"]
  }
}
