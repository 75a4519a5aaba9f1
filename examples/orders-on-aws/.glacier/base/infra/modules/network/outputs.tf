output "subnet_ids" {
  description = "IDs of the private subnets."
  value       = values(aws_subnet.private)[*].id
}

output "security_group_ids" {
  description = "IDs of the groups that tasks are put into."
  value       = [aws_security_group.tasks.id]
}

output "vpc_id" {
  description = "ID of the network."
  value       = aws_vpc.this.id
}

output "internet" {
  description = "Whether the internet is reached from it: it is not."
  value       = false
}
