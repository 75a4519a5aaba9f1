# What EMR does with the role of the task before its code runs: it fetches the code, and finds the log. EMR Serverless knows
# no second role for that: https://docs.aws.amazon.com/emr/latest/EMR-Serverless-UserGuide/security-iam-runtime-role.html

data "aws_iam_policy_document" "start" {
  statement {
    sid     = "FetchCode"
    actions = ["s3:GetObject"]
    resources = [
      "arn:${local.partition}:s3:::${coalesce(var.code.s3_bucket, "missing")}/${coalesce(var.code.s3_key, "missing")}",
      var.application.launcher_arn,
    ]
  }

  statement {
    sid       = "FindStreams"
    actions   = ["logs:DescribeLogStreams"]
    resources = ["${local.log_group_arn}:*"]
  }

  # It looks for the group among all: https://docs.aws.amazon.com/emr/latest/EMR-Serverless-UserGuide/logging.html
  statement {
    sid       = "FindLog"
    actions   = ["logs:DescribeLogGroups"]
    resources = ["arn:${local.partition}:logs:${local.account}:log-group:*"]
  }
}

resource "aws_iam_role_policy" "start" {
  name   = "start"
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.start.minified_json
}
