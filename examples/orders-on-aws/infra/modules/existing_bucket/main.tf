# A bucket that somebody else made and owns: it is looked up, and nothing about it is changed.

data "aws_s3_bucket" "this" {
  bucket = var.name

  lifecycle {
    postcondition {
      condition     = self.region == var.region
      error_message = "Bucket ${var.name} lies in ${self.region}; the tasks look for it in ${var.region}."
    }
  }
}
