"""`AwsExecutor`: a pipeline is deployed to AWS, and runs of it are started and followed there, from here."""

from __future__ import annotations

import os
import secrets
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Generic, Self, TypeVar

from glacier_runtime.cloud_runs.asked import AskedOfCloud, CloudRun
from glacier_runtime.cloud_runs.aws.arns import execution_arn, region_of
from glacier_runtime.cloud_runs.aws.asking import check_run_id, execution_input
from glacier_runtime.cloud_runs.aws.clients import Account
from glacier_runtime.cloud_runs.aws.deployed_code import CodeWarning, code_problem
from glacier_runtime.cloud_runs.aws.executions import (
    Execution,
    find_execution,
    start_execution,
    stop_execution,
)
from glacier_runtime.cloud_runs.aws.outputs import STATE_MACHINE, deployment_variables
from glacier_runtime.cloud_runs.aws.runs import (
    Deployed,
    cloud_run,
    follow_execution,
    run_hybrid,
)
from glacier_runtime.cloud_runs.aws.workflows import (
    arn_of_name,
    workflow_at,
)
from glacier_runtime.deployment import Deployed as Deployment
from glacier_runtime.deployment import deploy_pipeline
from glacier_runtime.execution.events import Observer
from glacier_runtime.execution.results import RunResult
from glacier_runtime.execution.selection import Named
from glacier_runtime.executors import Executor
from glacier_runtime.logical_dates import with_moment
from glacier_runtime.partitions import PartitionKey
from glacier_runtime.pipelines import Pipeline
from glacier_runtime.project import Project
from glacier_runtime.roots import find_root
from glacier_runtime.targets import AwsTarget

__all__ = ["AwsExecutor"]

_REGION: Final = "AWS_REGION"


@dataclass(frozen=True, slots=True)
class AwsExecutor:
    """Runs a pipeline in AWS, where it is deployed: starts its workflow, and follows it to its end.

    What is deployed is what runs: a warning (GLC639) tells where the code here is another. Needs boto3, which the extra `aws`
    brings, and credentials as all tools of AWS find them.

    Args:
        region: Where it is deployed; None for the region of the pipeline's provider, else of the environment.
        account_id: The only account that it may be in; None for that of the pipeline's provider, else any.
        state_machine: The ARN of its workflow; None for `GLACIER_STATE_MACHINE`, else the one that has the pipeline's name.
        run_id: The run's id, which names the execution; None for a new one. A run of this id that was asked for the same is
            followed, not started again.
        hybrid: Whether tasks of local compute run here, and the others are invoked one by one, whatever the workflow says.
        only: Tasks, or datasets that stand for the tasks that make them, or names of these: nothing else runs. A hybrid run alone
            can do this.
        start_from: The same; whatever depends on them runs, too.
        force: Whether what is current runs all the same; of a workflow, if it knows how.
        partitions: Which partitions are made, by tasks that make one at a time: `"day=2024-01-31"`; of a workflow, as many
            as one run of it holds.
        logical_date: The moment that the run stands for; None for when it begins.
        root: The project's root; None finds it.
        observer: Called with every event of the run.
        log: Whether the run is written to the history; None for projects.

    Raises:
        DefinitionError: GLC107, if AWS has no such region, or no such account.

    Example:
        >>> AwsExecutor("eu-west-1", force=True).region
        'eu-west-1'
    """

    region: str | None = None
    _: KW_ONLY
    account_id: str | None = None
    state_machine: str | None = None
    run_id: str | None = None
    hybrid: bool = False
    only: Sequence[Named] = ()
    start_from: Sequence[Named] = ()
    force: bool = False
    partitions: Sequence[PartitionKey | str] = ()
    logical_date: datetime | None = None
    root: Path | None = None
    observer: Observer | None = None
    log: bool | None = None

    def __post_init__(self) -> None:
        if self.region is not None:
            self._target(self.region)

    def environment(self, project: Project) -> Mapping[str, str]:
        """Return the variables under which a project's code declares what is deployed, and finds it.

        What the environment says already is left as it is, but for the cloud. Terraform is asked for the rest, where it is
        installed and `infra/` was initialised.

        Args:
            project: The project.
        """
        own = project.environment if project.cloud == "aws" else {}
        region = {} if self.region is None else {_REGION: self.region}
        return {**own, **region, "GLACIER_CLOUD": "aws", **deployment_variables(project.root)}

    def with_asked(self, asked: AskedOfCloud) -> Self:
        """Return the same executor, asked for something."""
        return replace(self, **{name: getattr(asked, name) for name in _ASKED})

    def settled(self, pipeline: Pipeline) -> tuple[Executor[RunResult], Mapping[str, object]]:
        """Settle which moment stands for the logical date, should a task take one, while parameters are checked."""
        return _Settled(self._run, self).settled(pipeline)

    def run(self, pipeline: Pipeline, params: Mapping[str, object] | None = None) -> RunResult:
        """Check a pipeline, run it where it is deployed, and return what it made.

        Args:
            pipeline: The pipeline.
            params: Run parameters by name.

        Raises:
            ParameterError: GLC602 to GLC604, as for a run here.
            InvalidPipelineError: If the checks find problems.
            CloudError: GLC628, if the workflow cannot do what is asked; GLC629, without boto3; GLC635, if nothing is deployed;
                GLC636 or GLC637, if AWS refuses or does not answer; GLC638, if the run was stopped or ran out of time.
            ExecutionError: What its tasks failed of.
            KeyboardInterrupt: If a person stops following; the run goes on.
        """
        return pipeline.run(executor=self, params=params)

    def execute(self, pipeline: Pipeline, params: Mapping[str, object]) -> RunResult:
        """Run a pipeline that was checked; see `run`.

        Args:
            pipeline: The pipeline.
            params: A validated value for every declared run parameter.
        """
        return self._run(pipeline, params, None)

    def start(self, pipeline: Pipeline, params: Mapping[str, object] | None = None) -> CloudRun:
        """Check a pipeline, start a run of it, and leave it.

        Args:
            pipeline: The pipeline.
            params: Run parameters by name.

        Raises:
            GlacierError: As `run` does, but for what becomes of the run.
        """
        return pipeline.run(executor=_Settled(self._leave, self), params=params)

    def follow(self, pipeline: Pipeline, run: str) -> RunResult:
        """Follow a run to its end, whoever started it.

        Args:
            pipeline: The pipeline.
            run: The run's id, or the ARN of its execution.

        Raises:
            GlacierError: As `run` does; GLC616, if there is no such run.
        """
        arn = self.execution_of(pipeline, run)
        deployed = self._deployed(pipeline)
        execution = find_execution(deployed.account, arn, _names(pipeline))
        return follow_execution(deployed, execution, self._asked(None))

    def stop(self, execution: str) -> bool:
        """Stop a run; what its tasks have published stands.

        Args:
            execution: The ARN of its execution.

        Returns:
            Whether it was at work.

        Raises:
            CloudError: GLC616, if there is no such run; GLC636 or GLC637.
        """
        return stop_execution(Account(region_of(execution) or self.region), execution)

    def deploy(self, pipeline: Pipeline, *, yes: bool = False) -> Deployment:
        """Do what `glacier deploy` does: show what would happen, ask, and apply exactly that.

        It deploys the project around the working directory, whose `infra/` was generated for this pipeline.

        Args:
            pipeline: The pipeline.
            yes: Whether to apply the plan without asking.

        Returns:
            What was done.

        Raises:
            InvalidPipelineError: With everything that the checks find.
            GenerationError: GLC810 to GLC833, as for `glacier deploy`.
        """
        target = None if self.region is None else self._target(self.region)
        instead = "AwsExecutor(…).deploy(pipeline, yes=True) applies without asking"
        return deploy_pipeline(pipeline, target, yes=yes, instead=instead)

    def execution_of(self, pipeline: Pipeline, run: str) -> str:
        """Return the ARN of a run's execution; an ARN is its own.

        Args:
            pipeline: The pipeline.
            run: The run's id.

        Raises:
            CloudError: GLC636 or GLC637.
        """
        if region_of(run) is not None:
            return run
        return execution_arn(self._workflow_arn(pipeline, self._account(pipeline)), run)

    def _run(
        self, pipeline: Pipeline, params: Mapping[str, object], moment: datetime | None
    ) -> RunResult:
        deployed, run, asked = self._deployed(pipeline), self._run_id(), self._asked(moment)
        _warn(deployed)
        if self.hybrid:
            return run_hybrid(deployed, run, params, asked)
        return follow_execution(deployed, _started(deployed, run, params, asked), asked)

    def _leave(
        self, pipeline: Pipeline, params: Mapping[str, object], moment: datetime | None
    ) -> CloudRun:
        deployed = self._deployed(pipeline)
        _warn(deployed)
        return cloud_run(_started(deployed, self._run_id(), params, self._asked(moment)))

    def _target(self, region: str) -> AwsTarget:
        return AwsTarget(region=region, account_id=self.account_id)

    def _deployed(self, pipeline: Pipeline) -> Deployed:
        account = self._account(pipeline)
        arn = self._workflow_arn(pipeline, account)
        workflow = workflow_at(account, arn, _names(pipeline))
        return Deployed(pipeline, account, workflow, self.root or find_root(Path.cwd()), self.log)

    def _account(self, pipeline: Pipeline) -> Account:
        named = self.state_machine or os.environ.get(STATE_MACHINE, "")
        scope = pipeline.graph.scope
        own = scope.region if scope.cloud == "aws" else None
        return Account(region_of(named) or self.region or own or os.environ.get(_REGION))

    def _workflow_arn(self, pipeline: Pipeline, account: Account) -> str:
        named = self.state_machine or os.environ.get(STATE_MACHINE)
        scope = pipeline.graph.scope
        own = scope.account_id if scope.cloud == "aws" else None
        return named or arn_of_name(account, pipeline.name, self.account_id or own)

    def _run_id(self) -> str:
        new = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
        return check_run_id(self.run_id or new)

    def _asked(self, moment: datetime | None) -> AskedOfCloud:
        return AskedOfCloud(**{name: getattr(self, name) for name in _ASKED}, moment=moment)


_ASKED: Final = tuple(
    item.name for item in fields(AskedOfCloud) if item.name in AwsExecutor.__slots__
)

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class _Settled(Generic[Made]):
    """Does something with a pipeline that was checked, for a moment that was settled before."""

    work: Callable[[Pipeline, Mapping[str, object], datetime | None], Made]
    executor: AwsExecutor
    moment: datetime | None = None

    def settled(self, pipeline: Pipeline) -> tuple[Self, Mapping[str, object]]:
        moment = self.executor.logical_date or datetime.now(UTC)
        implied = with_moment(pipeline.parameters, moment, {})
        return replace(self, moment=moment), implied

    def execute(self, pipeline: Pipeline, params: Mapping[str, object]) -> Made:
        return self.work(pipeline, params, self.moment)


def _started(
    deployed: Deployed, run: str, params: Mapping[str, object], asked: AskedOfCloud
) -> Execution:
    pipeline, workflow = deployed.pipeline, deployed.workflow
    given = execution_input(pipeline, params, asked, workflow)
    return start_execution(deployed.account, workflow, run, given, _names(pipeline))


def _warn(deployed: Deployed) -> None:
    names = _names(deployed.pipeline)
    problem = code_problem(deployed.account, deployed.workflow, names, deployed.root)
    if problem is not None:
        warnings.warn(CodeWarning(problem), stacklevel=4)


def _names(pipeline: Pipeline) -> frozenset[str]:
    return frozenset(task.name for task in pipeline.tasks)
