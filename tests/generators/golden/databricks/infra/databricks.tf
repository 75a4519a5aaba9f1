# Workspaces of Databricks that run tasks, and the connections by which the workflow calls them.
module "databricks_dbc_1a2b3c4d_5e6f" {
  source = "./modules/databricks_workspace"

  url            = "https://dbc-1a2b3c4d-5e6f.cloud.databricks.com"
  connection_arn = "arn:aws:events:eu-central-1:123456789012:connection/databricks/1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d"
  code_bucket    = local.artefact_bucket
  code_folder    = local.name
}

output "instance_profile_arns" {
  description = "By task, the instance profile that its workspace has to be told of, once: `databricks instance-profiles add`."
  value = {
    split_one_day_far = module.task_split_one_day_far.instance_profile_arn
    appraise          = module.task_appraise.instance_profile_arn
    count_long        = module.task_count_long.instance_profile_arn
  }
}
