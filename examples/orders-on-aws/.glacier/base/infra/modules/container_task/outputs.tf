output "task" {
  description = "Name of the task in the pipeline."
  value       = var.task
}

output "placeholders" {
  description = "What the state of the task needs to know."
  value = {
    cluster         = var.cluster_arn
    definition      = aws_ecs_task_definition.this.family
    log_group       = aws_cloudwatch_log_group.this.name
    security_groups = join(",", var.network.security_group_ids)
    subnets         = join(",", var.network.subnet_ids)
  }
}

output "starts" {
  description = "What whoever starts the task must be allowed, as statements of a policy."
  value = [
    {
      # The latest revision, whichever it is then.
      sid       = "RunContainers"
      actions   = ["ecs:RunTask"]
      resources = ["arn:${local.partition}:ecs:${local.account}:task-definition/${aws_ecs_task_definition.this.family}:*"]
      condition = null
    },
    {
      sid       = "FollowContainers"
      actions   = ["ecs:DescribeTasks", "ecs:StopTask"]
      resources = ["${replace(var.cluster_arn, ":cluster/", ":task/")}/*"]
      condition = null
    },
    {
      sid       = "GiveRolesToContainers"
      actions   = ["iam:PassRole"]
      resources = ["${local.role_prefix}${aws_iam_role.this.name}", "${local.role_prefix}${aws_iam_role.execution.name}"]
      condition = { test = "StringEquals", variable = "iam:PassedToService", value = "ecs-tasks.amazonaws.com" }
    },
    {
      # The rule by which Step Functions hears that a container has stopped; it makes and keeps the rule itself:
      # https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html
      sid       = "HearOfContainers"
      actions   = ["events:DescribeRule", "events:PutRule", "events:PutTargets"]
      resources = ["arn:${local.partition}:events:${local.account}:rule/StepFunctionsGetEventsForECSTaskRule"]
      condition = null
    },
  ]
}

output "definition_arn" {
  description = "ARN of the task definition, with its revision."
  value       = aws_ecs_task_definition.this.arn
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
