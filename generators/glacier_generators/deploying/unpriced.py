"""Types of resources of which the price is known without a table: nothing, or what nobody can say before."""

from __future__ import annotations

from typing import Final

__all__ = ["FREE", "UNSAID"]

# Types that cost nothing by being there; what their use costs is counted with the use, or named as unknown.
FREE: Final = frozenset(
    {
        "aws_batch_compute_environment",
        "aws_batch_job_definition",
        "aws_batch_job_queue",
        "aws_cloudwatch_event_rule",
        "aws_cloudwatch_event_target",
        "aws_cloudwatch_log_group",
        "aws_default_security_group",
        "aws_ecr_lifecycle_policy",
        "aws_ecr_repository_policy",
        "aws_ecs_task_definition",
        "aws_iam_instance_profile",
        "aws_iam_openid_connect_provider",
        "aws_iam_policy",
        "aws_iam_role",
        "aws_iam_role_policy",
        "aws_iam_role_policy_attachment",
        "aws_lambda_function",
        "aws_launch_template",
        "aws_route_table",
        "aws_route_table_association",
        "aws_s3_bucket",
        "aws_s3_bucket_lifecycle_configuration",
        "aws_s3_bucket_logging",
        "aws_s3_bucket_ownership_controls",
        "aws_s3_bucket_policy",
        "aws_s3_bucket_public_access_block",
        "aws_s3_bucket_server_side_encryption_configuration",
        "aws_s3_bucket_versioning",
        "aws_s3_object",
        "aws_scheduler_schedule",
        "aws_security_group",
        "aws_sfn_state_machine",
        "aws_sns_topic",
        "aws_sns_topic_policy",
        "aws_subnet",
        "aws_vpc",
        "aws_vpc_security_group_egress_rule",
        "aws_vpc_security_group_ingress_rule",
        "terraform_data",
    }
)
# Types that cost by what goes on in them, which nobody can know before.
UNSAID: Final = {
    "aws_ecs_cluster": "metrics of Container Insights, by the container and hour; the time that images take to be fetched",
    "aws_emrserverless_application": "the time that EMR Serverless takes to start a driver, and to end it",
    "aws_ecr_repository": "images that are kept, by the GB",
    "aws_s3_bucket_notification": "what EventBridge takes for each object that a bucket tells of, those that the pipeline writes among them",
    "aws_vpc_endpoint": "data that passes through endpoints, by the GB",
}
