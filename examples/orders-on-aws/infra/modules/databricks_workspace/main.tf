# A workspace of Databricks that runs tasks, as far as AWS has to know it: where it is called, by which connection, and the
# launcher that its runs begin with. Nothing of it is made here, and no secret of it is in any state.

locals {
  # arn:aws:events:eu-central-1:123456789012:connection/name/id
  connection = split(":", var.connection_arn)
  name       = split("/", local.connection[5])[1]
  partition  = local.connection[1]

  launcher     = "${path.module}/launcher.py"
  launcher_key = "${var.code_folder}/launchers/${filesha256(local.launcher)}.py"
}

# The script that a run begins with. Its name is its digest, so another one is another object.
resource "aws_s3_object" "launcher" {
  bucket = var.code_bucket
  key    = local.launcher_key
  source = local.launcher

  # An object takes no more than ten tags; its bucket carries them all.
  override_provider {
    default_tags {
      tags = {}
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}
