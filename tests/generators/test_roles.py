"""What is said of roles: every right has a cause, and the cause is where it says."""

from __future__ import annotations

import pytest
from glacier_generators.plan.roles import Because, Right, Role
from glacier_generators.terraform.aws.roles import aws_roles

from glacier_runtime.errors import GenerationError
from tests.generators.pipelines import PIPELINES, manifest_of


def role_of(pipeline: str, name: str) -> Role:
    (found,) = [role for role in aws_roles(manifest_of(pipeline)) if role.name == name]
    return found


def why(role: Role, statement: str, resource: str) -> list[str]:
    (found,) = [
        it for it in role.rights if (it.statement, str(it.resource)) == (statement, resource)
    ]
    return [cause.text for cause in found.causes]


@pytest.mark.parametrize("name", PIPELINES)
def test_every_right_has_a_cause_that_the_signature_of_its_task_says(name: str) -> None:
    manifest = manifest_of(name)
    tasks = {task.name: task for task in manifest.tasks}

    for role in aws_roles(manifest):
        for right in role.rights:
            assert right.causes, right
            assert right.by_hand == (right.causes[0].kind is Because.GRANT), right
        for cause in (cause for right in role.rights for cause in right.causes if role.task):
            task = tasks[role.task or ""]
            said = {
                Because.PARAMETER: {it.parameter for it in task.inputs}
                | {it.parameter for it in task.watermarks},
                Because.RETURN: {it.dataset for it in task.outputs},
                Because.SECRET: {it.parameter for it in task.secrets},
                Because.GRANT: {it.reason for it in task.grants},
                Because.OPTION: {"kms_key_arn"},
                Because.TASK: {task.name},
            }
            assert cause.name in said[cause.kind]


@pytest.mark.parametrize("name", PIPELINES)
def test_everything_is_granted_only_where_nothing_less_can_be(name: str) -> None:
    rights: list[Right] = [right for role in aws_roles(manifest_of(name)) for right in role.rights]

    assert {it.statement for it in rights if it.resource.name == "*" and not it.by_hand} <= {
        "DeliverLogs",
        "FindEcs",
        "LookAtJobs",
        "SignInToRegistry",
    }
    assert not [action for it in rights for action in it.actions if "*" in action]


def test_who_reads_its_own_previous_version_has_two_causes() -> None:
    assert why(
        role_of("previous", "task append"), "ReadDatasets", "lake:marts/history.parquet"
    ) == [
        "returns history",
        "parameter 'before' reads the previous version of history",
    ]


def test_records_in_a_bucket_of_somebody_else_are_read_because_of_what_was_made_there() -> None:
    role = role_of("several_buckets", "task total")

    assert why(role, "ReadDatasets", "shared_by_all:_glacier/commits/*") == [
        "parameter 'counts' reads counts"
    ]


def test_a_key_is_used_because_of_the_bucket_and_of_who_touches_it() -> None:
    assert why(role_of("configured", "task weigh"), "EncryptData", "key of bucket pond") == [
        "bucket pond is encrypted with a key of its own",
        "returns weights",
    ]


def test_a_function_that_somebody_else_made_has_a_role_that_nobody_here_gives_it() -> None:
    role = role_of("existing", "task classify")

    assert role.trust is None
    assert why(role, "ReadDatasets", "my-data:requests/*") == [
        "parameter 'requests' reads requests"
    ]


def test_the_schedule_may_ask_the_starter_which_may_start_the_workflow() -> None:
    rights = {
        (name, *right.actions, str(right.resource))
        for name in ("schedule", "starter")
        for right in role_of("scheduled", name).rights
    }

    assert rights == {
        ("schedule", "states:StartExecution", "starter scheduled"),
        ("starter", "states:StartExecution", "workflow scheduled"),
        ("starter", "states:ListExecutions", "workflow scheduled"),
        ("starter", "states:ListExecutions", "starter scheduled"),
    }


def test_who_hears_of_files_may_ask_the_starter_and_touches_no_file() -> None:
    rights = {
        (name, right.actions, str(right.resource))
        for name in ("arrivals.hear", "arrivals.ask")
        for right in role_of("arriving", name).rights
    }

    assert rights == {
        ("arrivals.hear", ("states:StartExecution",), "arrivals arriving"),
        ("arrivals.ask", ("states:StartExecution",), "starter arriving"),
    }
    roles = {role.name for role in aws_roles(manifest_of("arriving"))}
    assert "starter" in roles
    assert "schedule" not in roles


def test_a_task_has_the_same_rights_on_data_in_a_container_as_in_a_function() -> None:
    manifest = manifest_of("containers")
    (rank,) = [task for task in manifest.tasks if task.name == "rank"]
    as_function = rank.model_copy(update={"compute": manifest.tasks[0].compute})
    tasks = tuple(as_function if task is rank else task for task in manifest.tasks)

    (there,) = [it for it in aws_roles(manifest) if it.name == "task rank"]
    moved = aws_roles(manifest.model_copy(update={"tasks": tasks}))
    (here,) = [it for it in moved if it.name == "task rank"]

    assert there.rights == tuple(it for it in here.rights if it.statement != "WriteOwnLog")
    assert there.trust is not None
    assert there.trust.service == "ecs-tasks.amazonaws.com"


def test_the_workflow_may_start_exactly_its_containers_and_give_them_exactly_their_roles() -> None:
    role = role_of("containers", "workflow")

    started = {(it.statement, str(it.resource)) for it in role.rights if it.statement != "RunTasks"}
    assert started >= {
        ("RunContainers", "container of task rank"),
        ("RunContainers", "container of task draw"),
        *(
            ("GiveRolesToContainers", f"{kind} of task {task}")
            for kind in ("role", "execution role")
            for task in ("rank", "draw")
        ),
    }
    assert {name for name, _ in started if name.startswith(("Run", "Give"))} == {
        "RunContainers",
        "GiveRolesToContainers",
    }
    functions = {str(it.resource) for it in role.rights if it.statement == "RunTasks"}
    assert functions == {"function of task clean", "function of task measure_delays"}


def test_a_task_has_the_same_rights_on_data_on_emr_as_in_a_function() -> None:
    manifest = manifest_of("clusters")
    (score,) = [task for task in manifest.tasks if task.name == "score"]
    as_function = score.model_copy(update={"compute": manifest.tasks[0].compute})
    tasks = tuple(as_function if task is score else task for task in manifest.tasks)

    (there,) = [it for it in aws_roles(manifest) if it.name == "task score"]
    moved = aws_roles(manifest.model_copy(update={"tasks": tasks}))
    (here,) = [it for it in moved if it.name == "task score"]

    of_emr = {"WriteOwnLog", "FetchCode", "FindLog", "FindStreams"}
    assert {it.statement for it in there.rights} > of_emr
    assert [it for it in there.rights if it.statement not in of_emr] == [
        it for it in here.rights if it.statement != "WriteOwnLog"
    ]
    assert there.trust is not None
    assert there.trust.service == "emr-serverless.amazonaws.com"


def test_the_workflow_may_start_job_runs_in_exactly_its_applications_under_exactly_its_roles() -> (
    None
):
    role = role_of("clusters", "workflow")

    assert {
        (it.statement, str(it.resource)) for it in role.rights if "JobRuns" in it.statement
    } == {
        ("StartJobRuns", "EMR application emr_7_5_0"),
        ("StartJobRuns", "EMR application emr_7_9_0"),
        ("FollowJobRuns", "job runs of EMR application emr_7_5_0"),
        ("FollowJobRuns", "job runs of EMR application emr_7_9_0"),
        *(
            ("GiveRolesToJobRuns", f"role of task {task}")
            for task in ("score", "count_drawn", "sum_up", "split_one_day_there")
        ),
        ("HearOfJobRuns", "rule StepFunctionsGetEventsForEMRServerlessJobRule"),
    }


def test_a_task_has_the_same_rights_on_data_on_a_machine_as_in_a_function() -> None:
    manifest = manifest_of("machines")
    (train,) = [task for task in manifest.tasks if task.name == "train"]
    as_function = train.model_copy(update={"compute": manifest.tasks[0].compute})
    tasks = tuple(as_function if task is train else task for task in manifest.tasks)

    there = role_of("machines", "task train")
    moved = aws_roles(manifest.model_copy(update={"tasks": tasks}))
    (here,) = [it for it in moved if it.name == "task train"]

    assert there.rights == tuple(it for it in here.rights if it.statement != "WriteOwnLog")


def test_the_workflow_submits_its_own_jobs_alone_and_ends_no_others() -> None:
    role = role_of("machines", "workflow")

    assert {str(it.resource) for it in role.rights if it.statement == "SubmitJobs"} == {
        *(
            f"{what} of task {task}"
            for what in ("job definition", "revisions of the job definition")
            for task in ("train", "explain", "draw_all")
        ),
        "queue of machine r6i-4xlarge",
        "queue of machine x2idn-16xlarge-9efa09a1",
    }
    ended = [it.condition for it in role.rights if it.statement in {"EndJobs", "TagJobs"}]
    assert [(it.variable, it.value) for it in ended if it is not None] == [
        ("aws:RequestTag/workflow", "machines"),
        ("aws:ResourceTag/workflow", "machines"),
    ]
    assert not [it for it in role.rights if "iam:PassRole" in it.actions]


def test_machines_of_one_kind_have_one_role_that_only_joins_their_cluster() -> None:
    (role,) = [it for it in aws_roles(manifest_of("machines")) if it.name == "machine r6i-4xlarge"]

    assert {action for it in role.rights for action in it.actions} == {
        "ecs:DeregisterContainerInstance",
        "ecs:DiscoverPollEndpoint",
        "ecs:Poll",
        "ecs:RegisterContainerInstance",
        "ecs:StartTelemetrySession",
        "ecs:SubmitAttachmentStateChanges",
        "ecs:SubmitContainerStateChange",
        "ecs:SubmitTaskStateChange",
        "ecs:UpdateContainerInstancesState",
    }


def test_who_fetches_from_elsewhere_signs_in_to_no_registry() -> None:
    role = role_of("only_containers", "task make_noise.execution")

    assert [it.statement for it in role.rights] == ["WriteLogOfTask"]


def test_of_what_cannot_be_generated_nobody_knows_the_roles() -> None:
    manifest = manifest_of("chain")
    nowhere = manifest.provider.model_copy(update={"region": "nowhere"})

    with pytest.raises(GenerationError, match="GLC802"):
        aws_roles(manifest.model_copy(update={"provider": nowhere}))
