# What the task may do: read and write the datasets of its signature, record that it did, fetch its secrets; use the
# keys of its buckets, through S3 and not otherwise; what it is granted by hand; and write its log, unless somebody
# else does that for it. The same file in each module that runs tasks, whatever they run on.
#
# A dataset at <path> has its versions under _glacier/<path>/, and at <path> itself what other tools read: an
# object, or a folder of them if the path ends in "/". What its runs committed is recorded in _glacier/commits/.

locals {
  commits = "_glacier/commits/*"

  read = [for dataset in values(var.reads) : {
    bucket    = dataset.bucket_arn
    source    = dataset.source
    versions  = "_glacier/${trimsuffix(dataset.path, "/")}/*"
    published = endswith(dataset.path, "/") ? "${dataset.path}*" : dataset.path
  }]
  written = [for dataset in values(var.writes) : {
    bucket    = dataset.bucket_arn
    is_folder = endswith(dataset.path, "/")
    versions  = "_glacier/${trimsuffix(dataset.path, "/")}/*"
    published = endswith(dataset.path, "/") ? "${dataset.path}*" : dataset.path
  }]

  home         = var.home_bucket_arn == null ? [] : [var.home_bucket_arn]
  commits_read = distinct(concat(local.read[*].bucket, local.home, tolist(var.commit_bucket_arns)))
  buckets      = distinct(concat(local.commits_read, local.written[*].bucket))

  gets = distinct(concat(
    [for bucket in local.commits_read : "${bucket}/${local.commits}"],
    [for dataset in local.read : "${dataset.bucket}/${dataset.versions}"],
    [for dataset in local.read : "${dataset.bucket}/${dataset.published}" if dataset.source],
    [for dataset in local.written : "${dataset.bucket}/${dataset.versions}"],
    [for dataset in local.written : "${dataset.bucket}/${dataset.published}"],
  ))
  puts = concat(
    [for dataset in local.written : "${dataset.bucket}/${dataset.versions}"],
    [for dataset in local.written : "${dataset.bucket}/${dataset.published}"],
  )
  # The object at a file's path is overwritten, never deleted.
  deletes = concat(
    [for dataset in local.written : "${dataset.bucket}/${dataset.versions}"],
    [for dataset in local.written : "${dataset.bucket}/${dataset.published}" if dataset.is_folder],
  )
  decrypt_keys = distinct(compact(var.decrypt_key_arns))
  encrypt_keys = distinct(compact(var.encrypt_key_arns))

  lists = { for bucket in local.buckets : bucket => distinct(concat(
    [local.commits],
    [for dataset in local.read : dataset.versions if dataset.bucket == bucket],
    [for dataset in local.read : dataset.published if dataset.bucket == bucket && dataset.source],
    [for dataset in local.written : dataset.versions if dataset.bucket == bucket],
    [for dataset in local.written : dataset.published if dataset.bucket == bucket],
  )) }
}

data "aws_iam_policy_document" "task" {
  dynamic "statement" {
    for_each = local.logs_written

    content {
      sid       = "WriteOwnLog"
      actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      resources = ["${statement.value}:*"]
    }
  }

  dynamic "statement" {
    for_each = length(local.gets) > 0 ? [local.gets] : []

    content {
      sid       = "ReadDatasets"
      actions   = ["s3:GetObject"]
      resources = statement.value
    }
  }

  dynamic "statement" {
    for_each = length(local.puts) > 0 ? [local.puts] : []

    content {
      sid       = "WriteDatasets"
      actions   = ["s3:AbortMultipartUpload", "s3:PutObject"]
      resources = statement.value
    }
  }

  dynamic "statement" {
    for_each = length(local.deletes) > 0 ? [local.deletes] : []

    content {
      sid       = "RemoveOldVersions"
      actions   = ["s3:DeleteObject"]
      resources = statement.value
    }
  }

  # One for each bucket: a condition holds for all resources of its statement.
  dynamic "statement" {
    for_each = local.lists

    content {
      sid       = "ListBucket${index(keys(local.lists), statement.key) + 1}"
      actions   = ["s3:ListBucket"]
      resources = [statement.key]

      condition {
        test     = "StringLike"
        variable = "s3:prefix"
        values   = statement.value
      }
    }
  }

  dynamic "statement" {
    for_each = length(var.writes) > 0 ? local.home : []

    content {
      sid       = "RecordCommits"
      actions   = ["s3:DeleteObject", "s3:PutObject"]
      resources = ["${statement.value}/_glacier/commits/${var.task}.*"]
    }
  }

  dynamic "statement" {
    for_each = local.home

    content {
      sid       = "RecordRuns"
      actions   = ["s3:PutObject"]
      resources = ["${statement.value}/_glacier/runs/*/${var.task}.json"]
    }
  }

  dynamic "statement" {
    for_each = length(var.secrets) > 0 ? [values(var.secrets)] : []

    content {
      sid       = "ReadSecrets"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = statement.value
    }
  }

  dynamic "statement" {
    for_each = length(local.decrypt_keys) > 0 ? [local.decrypt_keys] : []

    content {
      sid       = "DecryptData"
      actions   = ["kms:Decrypt"]
      resources = statement.value

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["s3.${var.region}.${data.aws_partition.current.dns_suffix}"]
      }
    }
  }

  dynamic "statement" {
    for_each = length(local.encrypt_keys) > 0 ? [local.encrypt_keys] : []

    content {
      sid       = "EncryptData"
      actions   = ["kms:GenerateDataKey"]
      resources = statement.value

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["s3.${var.region}.${data.aws_partition.current.dns_suffix}"]
      }
    }
  }

  # What no signature can say, each with the reason that the code gives for it.
  dynamic "statement" {
    for_each = var.grants

    content {
      sid       = statement.value.sid
      actions   = statement.value.actions
      resources = statement.value.resources

      dynamic "condition" {
        for_each = length(statement.value.prefixes) > 0 ? [statement.value.prefixes] : []

        content {
          test     = "StringLike"
          variable = "s3:prefix"
          values   = condition.value
        }
      }
    }
  }
}
