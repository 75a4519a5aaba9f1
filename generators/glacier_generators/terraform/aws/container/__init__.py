"""Tasks in containers: ECS on Fargate, each under a role of its own."""
