output "workspace" {
  description = "What a task has to know of the workspace that runs it."
  value = {
    runs           = "${var.url}/api/2.2/jobs/runs"
    connection_arn = var.connection_arn
    # EventBridge keeps what it authenticates with in a secret of its own, whose last letters it draws.
    secret_arn = "arn:${local.partition}:secretsmanager:${local.connection[3]}:${local.connection[4]}:secret:events!connection/${local.name}/*"
    # Composed rather than read, so that a plan shows policies before anything exists.
    launcher_arn = "arn:${local.partition}:s3:::${var.code_bucket}/${local.launcher_key}"
    launcher_uri = "s3://${aws_s3_object.launcher.bucket}/${aws_s3_object.launcher.key}"
  }
}
