"""Roles taken with a token of an identity provider: who bears it is what it says, if the account knows the provider.

A token here is not signed: who checks signatures is AWS, and what is under test is what roles make of claims.
"""

from __future__ import annotations

import base64
import json

from tests.terraform.emulated.asking import ACCOUNT, PARTITION
from tests.terraform.emulated.policies import trusts_token

__all__ = ["may_take_with", "token"]


def token(**claims: str) -> str:
    """Return a token that claims something."""
    return ".".join(_encoded(part) for part in ({"alg": "none"}, claims, {}))


def may_take_with(token: str, role_arn: str) -> bool:
    """Say whether a role can be taken with a token: its provider is known to the account, for its audience, and the role trusts it."""
    from moto.iam.models import iam_backends

    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    iam = iam_backends[ACCOUNT][PARTITION]
    issuer = claims["iss"].removeprefix("https://")
    arn = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer}"
    known = iam.open_id_providers.get(arn)
    if known is None or claims["aud"] not in known.client_id_list:
        return False
    role = iam.get_role_by_arn(role_arn)
    context = {f"{issuer}:{name}".lower(): value for name, value in claims.items()}
    return trusts_token(json.loads(role.assume_role_policy_document), arn, context)


def _encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
