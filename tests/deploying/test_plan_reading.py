"""What is read of a saved plan: what becomes of resources, whose data goes, and which pipeline stands."""

from __future__ import annotations

from glacier_generators.deploying.plan_reading import Action, read_plan, read_record

from tests.deploying.plans import document, resource, resource_change
from tests.generators.pipelines import manifest_of

DATA = {"aws_s3_bucket", "aws_secretsmanager_secret"}
LAKE = "module.bucket_lake.aws_s3_bucket.this"
ROLE = "module.task_clean.aws_iam_role.this"


def test_what_becomes_of_resources_is_counted() -> None:
    plan = read_plan(
        document(
            resource_change(LAKE, ["no-op"]),
            resource_change(ROLE, ["create"]),
            resource_change("aws_s3_object.code[0]", ["create", "delete"]),
            resource_change("module.b.aws_sns_topic.this", ["delete"]),
            resource_change("module.c.aws_s3_bucket.this", ["forget"]),
            {**resource_change("data.aws_region.current", ["read"]), "mode": "data"},
        ),
        DATA,
    )

    assert plan.counts == {"create": 1, "change": 0, "replace": 1, "destroy": 1, "forget": 1}
    assert [it.address for it in plan.changed(Action.DESTROY)] == ["module.b.aws_sns_topic.this"]
    assert plan.variables == {"region": "eu-central-1"}


def test_data_goes_with_what_is_destroyed_or_replaced_and_with_nothing_else() -> None:
    plan = read_plan(
        document(
            resource_change(LAKE, ["delete", "create"], replace_paths=[["bucket"]]),
            resource_change("module.s.aws_secretsmanager_secret.this", ["delete"]),
            resource_change("module.other.aws_s3_bucket.this", ["update"]),
            resource_change("module.left.aws_s3_bucket.this", ["forget"]),
            resource_change(ROLE, ["delete"]),
        ),
        DATA,
    )

    lost = {change.address: change.attributes for change in plan.changes if change.loses_data}
    assert lost == {LAKE: ("bucket",), "module.s.aws_secretsmanager_secret.this": ()}


def test_attributes_that_change_are_named_without_their_values() -> None:
    before = {"memory_size": 512, "timeout": 60, "environment": {"a": "secret-before"}}
    after = {"memory_size": 1024, "timeout": 60, "environment": {"a": "secret-after"}}
    unknown = {"qualified_arn": True, "tags": {"a": False}, "layers": [False]}
    change = resource_change(ROLE, ["update"], before=before, after=after, after_unknown=unknown)

    (found,) = read_plan(document(change), DATA).changes

    assert found.attributes == ("environment", "memory_size", "qualified_arn")
    assert "secret" not in str(found.to_dict())


def test_the_record_of_a_deployment_is_its_pipeline() -> None:
    manifest = manifest_of("diamond")
    record = manifest.model_dump_json()

    found = read_record(read_plan(document(standing=(resource(ROLE),), record=record), DATA))

    assert found == (manifest, "")


def test_where_there_is_no_record_the_reason_is_told() -> None:
    stands = (resource(ROLE),)

    destroyed = read_record(read_plan(document(), DATA))
    older = read_record(read_plan(document(standing=stands), DATA))
    newer = read_record(
        read_plan(document(standing=stands, record='{"manifest_version": 9}'), DATA)
    )

    kept = (resource(LAKE), resource("module.bucket_lake.aws_s3_bucket_policy.this"))
    data = read_record(read_plan(document(standing=kept), DATA))

    assert destroyed == (None, "nothing is deployed")
    assert data == (None, "nothing is deployed but what holds data")
    assert "has no record" in older[1]
    assert "another version of Glacier" in newer[1]
