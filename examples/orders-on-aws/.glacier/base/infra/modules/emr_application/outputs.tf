output "application" {
  description = "What a task has to know of the application that runs it."
  value = {
    id           = aws_emrserverless_application.this.id
    arn          = aws_emrserverless_application.this.arn
    architecture = var.architecture
    # Composed rather than read, so that a plan shows policies before anything exists.
    launcher_arn = "arn:${local.partition}:s3:::${var.code_bucket}/${local.launcher_key}"
    launcher_uri = "s3://${aws_s3_object.launcher.bucket}/${aws_s3_object.launcher.key}"
  }
}

output "id" {
  description = "ID of the application, which AWS draws."
  value       = aws_emrserverless_application.this.id
}
