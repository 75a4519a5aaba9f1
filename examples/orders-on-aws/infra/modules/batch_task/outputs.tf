output "task" {
  description = "Name of the task in the pipeline."
  value       = var.task
}

output "placeholders" {
  description = "What the state of the task needs to know."
  value = {
    definition = aws_batch_job_definition.this.name
    log_group  = aws_cloudwatch_log_group.this.name
    queue      = var.queue_arn
    workflow   = var.workflow
  }
}

output "starts" {
  description = "What whoever starts the task must be allowed, as statements of a policy."
  value = [
    {
      # The latest revision, whichever it is then.
      sid       = "SubmitJobs"
      actions   = ["batch:SubmitJob"]
      resources = [local.definition, "${local.definition}:*", var.queue_arn]
      condition = null
    },
    {
      # Jobs have numbers for names, so those of this workflow are known by a tag:
      # https://docs.aws.amazon.com/step-functions/latest/dg/connect-batch.html
      sid       = "TagJobs"
      actions   = ["batch:TagResource"]
      resources = ["arn:${local.partition}:batch:${local.account}:job/*"]
      condition = { test = "StringEquals", variable = "aws:RequestTag/workflow", value = var.workflow }
    },
    {
      sid       = "EndJobs"
      actions   = ["batch:TerminateJob"]
      resources = ["arn:${local.partition}:batch:${local.account}:job/*"]
      condition = { test = "StringEquals", variable = "aws:ResourceTag/workflow", value = var.workflow }
    },
    {
      # AWS Batch tells of jobs to whoever may ask for all; this action knows no resources, so "*" is all it takes:
      # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsbatch.html
      sid       = "LookAtJobs"
      actions   = ["batch:DescribeJobs"]
      resources = ["*"]
      condition = null
    },
    {
      # The rule by which Step Functions hears that a job has ended; it makes and keeps the rule itself:
      # https://docs.aws.amazon.com/step-functions/latest/dg/connect-batch.html
      sid       = "HearOfJobs"
      actions   = ["events:DescribeRule", "events:PutRule", "events:PutTargets"]
      resources = ["arn:${local.partition}:events:${local.account}:rule/StepFunctionsGetEventsForBatchJobsRule"]
      condition = null
    },
  ]
}

output "definition_arn" {
  description = "ARN of the job definition, with its revision."
  value       = aws_batch_job_definition.this.arn
}

output "role_name" {
  description = "Name of the task's role."
  value       = aws_iam_role.this.name
}

output "role_arn" {
  description = "ARN of the task's role."
  value       = aws_iam_role.this.arn
}

output "execution_role_arn" {
  description = "ARN of the role that starts the task."
  value       = aws_iam_role.execution.arn
}

output "log_group_name" {
  description = "Name of the log group with the task's output."
  value       = aws_cloudwatch_log_group.this.name
}
