# A function that somebody else made and owns, and that runs a task: it is looked up, and nothing about it is changed.
# infra/README.md says what it has to be told, and what its role must be allowed.

data "aws_lambda_function" "this" {
  function_name = var.function

  lifecycle {
    postcondition {
      condition     = lookup(try(self.environment[0].variables, {}), "GLACIER_TASK", "") == var.task
      error_message = "Function ${var.function} is not told that it runs task ${var.task}: set its environment variable GLACIER_TASK. README.md says what else it needs."
    }
  }
}
