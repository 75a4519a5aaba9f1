output "task" {
  description = "Name of the task in the pipeline."
  value       = var.task
}

output "placeholders" {
  description = "What the states of the task need to know."
  value = {
    archive          = "s3://${coalesce(var.code.s3_bucket, "missing")}/${coalesce(var.code.s3_key, "missing")}"
    bindings         = base64encode(local.bindings)
    connection       = var.workspace.connection_arn
    instance_profile = local.profile_arn
    launcher         = var.workspace.launcher_uri
    log_group        = aws_cloudwatch_log_group.this.name
    pipeline         = var.workflow
    python           = var.code.runtime
    region           = var.region
    runs             = var.workspace.runs
  }

  # The first run needs its rights.
  depends_on = [aws_iam_role_policy.this, aws_iam_role_policy.start]
}

output "starts" {
  description = "What whoever starts the task must be allowed, as statements of a policy."
  value = concat(
    # The three calls by their whole addresses, so none that changes or ends what is somebody else's. Who calls is the
    # workflow, or a part of it: https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html
    [for call in ["get", "get-output", "submit"] : {
      sid       = "CallDatabricks"
      actions   = ["states:InvokeHTTPEndpoint"]
      resources = [local.state_machine_arn, "${local.state_machine_arn}-from_*"]
      condition = { test = "StringEquals", variable = "states:HTTPEndpoint", value = "${var.workspace.runs}/${call}" }
    }],
    [
      {
        sid       = "UseConnection"
        actions   = ["events:RetrieveConnectionCredentials"]
        resources = [var.workspace.connection_arn]
        condition = null
      },
      {
        sid       = "ReadTokens"
        actions   = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]
        resources = [var.workspace.secret_arn]
        condition = null
      },
    ],
  )
}

output "instance_profile_arn" {
  description = "ARN of the profile by which a machine gives the task its role: what the workspace has to be told."
  value       = local.profile_arn
}

output "role_name" {
  description = "Name of the task's role."
  value       = aws_iam_role.this.name
}

output "role_arn" {
  description = "ARN of the task's role, which the workspace's own role has to be allowed to give."
  value       = local.role_arn
}

output "log_group_name" {
  description = "Name of the log group with the task's output."
  value       = aws_cloudwatch_log_group.this.name
}
