"""The connection of EventBridge by which Step Functions calls a workspace, made as docs/databricks.md says."""

from __future__ import annotations

from typing import Any

from tests.terraform.emulated.databricks import CLIENT, SECRET

__all__ = ["connected"]


def connected(events: Any, name: str, workspace: str) -> str:  # a client of boto3
    """Return the ARN of a connection, which is made unless it is there.

    Args:
        events: EventBridge.
        name: What the connection is called.
        workspace: The address of the workspace.
    """
    how = {
        "ClientParameters": {"ClientID": CLIENT, "ClientSecret": SECRET},
        "AuthorizationEndpoint": f"{workspace}/oidc/v1/token",
        "HttpMethod": "POST",
        "OAuthHttpParameters": {
            "BodyParameters": [
                {"Key": "grant_type", "Value": "client_credentials", "IsValueSecret": False},
                {"Key": "scope", "Value": "all-apis", "IsValueSecret": False},
            ]
        },
    }
    if name not in {it["Name"] for it in events.list_connections()["Connections"]}:
        events.create_connection(
            Name=name,
            AuthorizationType="OAUTH_CLIENT_CREDENTIALS",
            AuthParameters={"OAuthParameters": how},
        )
    return str(events.describe_connection(Name=name)["ConnectionArn"])
