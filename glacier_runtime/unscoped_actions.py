"""Actions that AWS can scope to no resource, so that `"*"` is all they take.

By AWS's tables, https://docs.aws.amazon.com/service-authorization/latest/reference/, none of them has a resource type; a test
holds the list to those that cfn-lint ships. Only what a task may have a use for is here: the rest is refused, not granted.
"""

from __future__ import annotations

from typing import Final

__all__ = ["UNSCOPED_ACTIONS"]

UNSCOPED_ACTIONS: Final = frozenset(
    {
        "batch:DescribeJobs",
        "cloudwatch:GetMetricStatistics",
        "cloudwatch:PutMetricData",
        "comprehend:DetectDominantLanguage",
        "comprehend:DetectKeyPhrases",
        "comprehend:DetectSentiment",
        "ec2:DescribeAvailabilityZones",
        "ec2:DescribeInstances",
        "ec2:DescribeRegions",
        "ecr:GetAuthorizationToken",
        "kms:GenerateRandom",
        "kms:ListAliases",
        "kms:ListKeys",
        "pricing:GetProducts",
        "rekognition:DetectLabels",
        "rekognition:DetectText",
        "s3:ListAllMyBuckets",
        "secretsmanager:GetRandomPassword",
        "sts:GetCallerIdentity",
        "tag:GetResources",
        "textract:DetectDocumentText",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    }
)
