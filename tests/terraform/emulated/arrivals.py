"""Files that arrive, for moto: told to EventBridge as S3 tells them, and by its rules to state machines, under the role of the target.

moto tells of objects in a shape of its own, knows no target that is a state machine, and forgets to say that a bucket tells EventBridge.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from threading import Thread
from typing import Any
from uuid import uuid4

from tests.terraform.emulated.asking import ACCOUNT
from tests.terraform.emulated.roles import credentials_of

__all__ = ["object_created", "teach_arrivals", "teach_notifications"]


def object_created(
    bucket: str, key: str, moment: datetime, *, region: str = "eu-central-1"
) -> dict[str, Any]:
    """Return what S3 tells EventBridge of an object that was put."""
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "Object Created",
        "source": "aws.s3",
        "account": ACCOUNT,
        "time": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": [f"arn:aws:s3:::{bucket}"],
        "detail": {
            "version": "0",
            "bucket": {"name": bucket},
            "object": {
                "key": key,
                "size": 5,
                "etag": "b1946ac92492d2347c6235b4d2611184",
                "version-id": "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e",
                "sequencer": "617f08299329d189",
            },
            "request-id": "N4N7GDK58NMKJ12R",
            "requester": ACCOUNT,
            "source-ip-address": "1.2.3.4",
            "reason": "PutObject",
        },
    }


def teach_notifications() -> None:
    """Let a bucket say that it tells EventBridge of its objects; of buckets that tell somebody else as well, nothing else."""
    from moto.core.responses import ActionResult
    from moto.s3.responses import S3Response

    original = S3Response.get_bucket_notification

    def get_bucket_notification(self: S3Response) -> Any:
        found = self.backend.get_bucket_notification_configuration(self.bucket_name)
        if not found or found.event_bridge is None:
            return original(self)
        self.data["Action"] = "GetBucketNotificationConfiguration"
        return self.serialized(ActionResult({"EventBridgeConfiguration": {}}))

    S3Response.get_bucket_notification = get_bucket_notification  # type: ignore[method-assign]


def teach_arrivals(endpoint: str) -> None:
    """Let buckets that tell of objects start state machines, as rules say."""
    from moto.s3 import notifications

    def tell(_account: str, bucket: Any, event_name: str, key: Any) -> None:
        if "ObjectCreated" in event_name:
            event = object_created(
                bucket.name, key.name, datetime.now(UTC), region=bucket.region_name
            )
            Thread(target=_pass_on, args=(event, endpoint), daemon=True).start()

    notifications._send_event_bridge_message = tell  # type: ignore[assignment]


def _pass_on(event: dict[str, Any], endpoint: str) -> None:
    import boto3  # type: ignore[import-untyped]  # its stubs are a package of their own
    from moto.events.models import events_backends

    buses = events_backends[ACCOUNT][event["region"]].event_buses.values()
    for rule in [rule for bus in buses for rule in list(bus.rules.values())]:
        heard = rule.event_pattern.matches_event(event)  # type: ignore[arg-type]
        if rule.state != "ENABLED" or not heard:
            continue
        for target in rule.targets:
            taken = credentials_of(target["RoleArn"], "events.amazonaws.com")
            states = boto3.client(
                "stepfunctions",
                region_name=event["region"],
                endpoint_url=endpoint,
                **{name.lower(): value for name, value in taken.items()},
            )
            states.start_execution(
                stateMachineArn=target["Arn"], name=event["id"], input=json.dumps(event)
            )
