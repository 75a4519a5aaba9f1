locals {
  artefact_bucket = coalesce(var.artefact_bucket, replace("${var.project}-artefacts-${local.suffix}", "_", "-"))

  # What functions run. Where there is an archive too, the image is for containers alone.
  code = {
    s3_bucket    = one(aws_s3_object.code[*].bucket)
    s3_key       = one(aws_s3_object.code[*].key)
    image_uri    = var.code.archive == null ? var.code.image_uri : null
    runtime      = var.code.runtime
    architecture = var.code.architecture
  }
}

# One archive for all tasks. Its name is its digest, so new code is a new object.
resource "aws_s3_object" "code" {
  count = var.code.archive == null ? 0 : 1

  bucket      = local.artefact_bucket
  key         = "${local.name}/${var.code.sha256}.zip"
  source      = "${path.module}/${var.code.archive}"
  source_hash = var.code.sha256

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
