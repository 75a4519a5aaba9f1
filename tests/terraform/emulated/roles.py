"""Roles taken by services of AWS, which act under them on somebody's behalf."""

from __future__ import annotations

from tests.terraform.emulated.asking import ACCOUNT, PARTITION
from tests.terraform.emulated.gate import may_take

__all__ = ["credentials_of"]


def credentials_of(role_arn: str, service: str) -> dict[str, str]:
    """Take a role as a service of AWS, and return the environment in which its rights hold.

    Raises:
        PermissionError: If the role does not trust the service.
    """
    from moto.sts.models import sts_backends

    if not may_take(service, role_arn):
        raise PermissionError(f"{role_arn} does not trust {service}")
    session = sts_backends[ACCOUNT][PARTITION].assume_role(
        region_name="us-east-1",
        role_session_name=service.partition(".")[0],
        role_arn=role_arn,
        policy="",
        duration=3600,
        external_id="",
    )
    return {
        "AWS_ACCESS_KEY_ID": session.access_key_id,
        "AWS_SECRET_ACCESS_KEY": session.secret_access_key,
        "AWS_SESSION_TOKEN": session.session_token,
    }
