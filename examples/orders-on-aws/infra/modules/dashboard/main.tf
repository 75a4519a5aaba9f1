# One page about runs and what they run on, from metrics that AWS keeps anyway. Functions are found by what their names begin
# with, so that one task more changes nothing here.

locals {
  of_runs = { for metric in ["Started", "Succeeded", "Failed", "TimedOut", "Aborted"] : metric => [
    "AWS/States", "Executions${metric}", "StateMachineArn", var.state_machine_arn, { label = metric },
  ] }

  # A search finds up to 100 functions: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
  of_functions = { for metric, statistic in { Duration = "Maximum", Errors = "Sum", Throttles = "Sum" } : metric => [
    { expression = "SEARCH('{AWS/Lambda,FunctionName} MetricName=\"${metric}\" FunctionName=\"${var.name}-\"', '${statistic}', 300)" },
  ] }

  graphs = [
    { title = "Runs", metrics = values(local.of_runs), stat = "Sum" },
    {
      title = "How long runs take, ms"
      stat  = "Maximum"
      metrics = [
        ["AWS/States", "ExecutionTime", "StateMachineArn", var.state_machine_arn, { label = "longest" }],
        ["AWS/States", "ExecutionTime", "StateMachineArn", var.state_machine_arn, { label = "average", stat = "Average" }],
      ]
    },
    { title = "How long functions take, ms", metrics = [local.of_functions.Duration], stat = "Maximum" },
    { title = "Functions that failed", metrics = [local.of_functions.Errors], stat = "Sum" },
    { title = "Functions that had to wait for a place", metrics = [local.of_functions.Throttles], stat = "Sum" },
  ]
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name

  dashboard_body = jsonencode({
    widgets = [for index, graph in local.graphs : {
      type   = "metric"
      x      = 12 * (index % 2)
      y      = 6 * floor(index / 2)
      width  = 12
      height = 6

      properties = {
        title   = graph.title
        region  = var.region
        view    = "timeSeries"
        stat    = graph.stat
        period  = 300
        metrics = graph.metrics
      }
    }]
  })
}
