# What is done with the role of the task before its code runs: Databricks fetches the launcher, and the launcher the code.

data "aws_iam_policy_document" "start" {
  statement {
    sid     = "FetchCode"
    actions = ["s3:GetObject"]
    resources = [
      "arn:${local.partition}:s3:::${coalesce(var.code.s3_bucket, "missing")}/${coalesce(var.code.s3_key, "missing")}",
      var.workspace.launcher_arn,
    ]
  }
}

resource "aws_iam_role_policy" "start" {
  name   = "start"
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.start.minified_json
}
