# The secret's place, not its value, which Terraform would keep in its state. Whoever may, puts the value:
#   aws secretsmanager put-secret-value --secret-id <name> --secret-string file://<path>

resource "aws_secretsmanager_secret" "this" {
  # checkov:skip=CKV_AWS_149:encrypted with the account's own key for Secrets Manager, which costs nothing; who may read it, the task's role says
  # checkov:skip=CKV2_AWS_57:how a token is changed, only its issuer knows; add aws_secretsmanager_secret_rotation beside this call

  name                    = var.name
  description             = var.description
  recovery_window_in_days = 7
}
