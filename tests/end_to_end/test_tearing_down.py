"""The end of a deployment that has a task of each kind, by the role that CI deploys with. Last of its folder, for nothing runs behind it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.end_to_end.bootstrapping import Bootstrap
from tests.end_to_end.deployments import Deployment, Execution, glacier, succeed

pytestmark = pytest.mark.slow

DATA = {"bucket_lake", "secret_registry-key"}


def test_what_is_destroyed_leaves_data_and_what_bootstrap_made_and_nothing_else(
    redeployed: Deployment, bootstrap: Bootstrap, tried_thrice: Execution
) -> None:
    assert tried_thrice.status == "SUCCEEDED"
    made = redeployed.objects("marts/")
    assert len(made) >= 7
    ci = bootstrap.taken("deploy", redeployed.endpoint)

    done = glacier(redeployed.project, redeployed.endpoint, "destroy", "--yes", "--json", **ci)

    assert done.code == 0, done.output + done.errors
    assert {redeployed.lake, "flights-registry-key"} <= {it["name"] for it in done.document["kept"]}
    assert done.document["data_gone"] == []
    assert redeployed.objects("marts/") == made
    assert _standing(redeployed) == {}
    shown = succeed(redeployed.project.infra, "show", "-json", endpoint=redeployed.endpoint)
    modules = json.loads(shown)["values"]["root_module"].get("child_modules", ())
    managed = {it["address"].split(".")[1] for it in modules if _manages(it)}
    assert managed == DATA


def _standing(deployment: Deployment) -> dict[str, list[str]]:
    """Return what still stands of the pipeline that data does not need, by what it is."""
    ecs, batch, emr = (deployment.client(name) for name in ("ecs", "batch", "emr-serverless"))
    roles = deployment.client("iam").list_roles()["Roles"]
    found = {
        "functions": _names(deployment.client("lambda").list_functions(), "FunctionName"),
        "state machines": _names(deployment.client("stepfunctions").list_state_machines(), "name"),
        "schedules": _names(deployment.client("scheduler").list_schedules(), "Name"),
        "topics": _names(deployment.client("sns").list_topics(), "TopicArn"),
        "roles": [it["RoleName"] for it in roles if it["Path"] == "/"],
        "profiles": _names(
            deployment.client("iam").list_instance_profiles(), "InstanceProfileName"
        ),
        "clusters": [
            it["clusterName"]
            for it in ecs.describe_clusters(clusters=ecs.list_clusters()["clusterArns"])["clusters"]
            if it["status"] != "INACTIVE"
        ],
        "queues": _names(batch.describe_job_queues(), "jobQueueName"),
        "environments": _names(batch.describe_compute_environments(), "computeEnvironmentName"),
        "applications": [
            it["name"]
            for it in emr.list_applications()["applications"]
            if it["state"] != "TERMINATED"
        ],
    }
    return {what: names for what, names in found.items() if names}


def _names(answer: dict[str, Any], name: str) -> list[str]:
    (listed,) = [value for key, value in answer.items() if isinstance(value, list)]
    return [str(it[name]) for it in listed]


def _manages(module: dict[str, Any]) -> bool:
    """Say whether a module, or one in it, has resources."""
    return any(it["mode"] == "managed" for it in module.get("resources", ())) or any(
        map(_manages, module.get("child_modules", ()))
    )
