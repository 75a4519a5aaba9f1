# The secret's place, not its value, which Terraform would keep in its state. Whoever may, puts the value:
#   aws secretsmanager put-secret-value --secret-id <name> --secret-string file://<path>

resource "aws_secretsmanager_secret" "this" {
  name                    = var.name
  description             = var.description
  recovery_window_in_days = 7
}
