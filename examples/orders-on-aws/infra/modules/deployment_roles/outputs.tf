output "plan_role_arn" {
  description = "ARN of the role that CI takes for a pull request."
  value       = "${local.role_arns}.plan"
}

output "deploy_role_arn" {
  description = "ARN of the role that CI takes to deploy."
  value       = "${local.role_arns}.deploy"
}

output "boundary_arn" {
  description = "ARN of the boundary that every role of the pipeline has to have."
  value       = local.boundary_arn
}
