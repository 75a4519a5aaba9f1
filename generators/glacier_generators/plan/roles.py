"""Who may do what, on what, and why, as data.

What `glacier iam` prints, how long a policy gets and what a page tells of it all come from this; tests hold it to the policies
that Terraform plans, statement by statement. A target says which roles a plan has; no cloud is named here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

__all__ = ["Because", "Cause", "Condition", "Resource", "Right", "Role", "Trust", "merged"]


class Because(StrEnum):
    """What kind of thing in the user's code asks for a right."""

    PARAMETER = "parameter"
    RETURN = "return"
    SECRET = "secret"  # noqa: S105 (a word, not a secret)
    OPTION = "option"
    GRANT = "grant"
    TASK = "task"
    PIPELINE = "pipeline"
    SERVICE = "service"  # nothing of the user's: the cloud's own service would not work without


@dataclass(frozen=True, slots=True, order=True)
class Cause:
    """One thing that asks for a right.

    Attributes:
        kind: What it is.
        name: What it is called: the parameter's name, the dataset's that is returned.
        text: The same in a sentence.
        task: The task whose function says it, if one does.
    """

    kind: Because
    name: str
    text: str
    task: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Resource:
    """What a right is about, by the names of the pipeline: physical ones are not known before there is an account.

    Attributes:
        kind: `object`, `bucket`, `key`, `secret`, `log`, `function`, `workflow`, `starter`, `teller`, `topic`, or what else `_SPELLED`
            names; `arn` for a physical name, given by hand.
        name: The logical name; of an object, its bucket's. `*` is everything.
        key: Of an object, its key, with `*` for any text.
    """

    kind: str
    name: str
    key: str = ""

    def __str__(self) -> str:
        if self.kind == "object":
            return f"{self.name}:{self.key}"
        if self.kind == "arn" or self.name == "*":
            return self.name
        return f"{_SPELLED.get(self.kind, self.kind)} {self.name}"


_SPELLED = {
    "key": "key of bucket",
    "log": "log of task",
    "task_log": "log of task",
    "function": "function of task",
    "container": "container of task",
    "containers": "running containers of",
    "application": "EMR application",
    "job_runs": "job runs of EMR application",
    "archive": "archive of code of",
    "launcher": "launcher for",
    "log_groups": "log groups",
    "connection": "connection to",
    "secret_of_connection": "secret of the connection to",
    "parts": "parts of workflow",
    "part": "part of the workflow",
    "runs": "runs of the part of the workflow",
    "role": "role of task",
    "execution_role": "execution role of task",
    "image": "repository of the image of task",
    "job_definition": "job definition of task",
    "job_definition_revisions": "revisions of the job definition of task",
    "queue": "queue of machine",
    "jobs": "jobs of",
    "machine_cluster": "cluster of machine",
    "machine_instances": "instances of machine",
}


@dataclass(frozen=True, slots=True, order=True)
class Condition:
    """What must hold beside: a test of one variable. Rights that differ in the value alone are one statement."""

    test: str
    variable: str
    value: str


@dataclass(frozen=True, slots=True)
class Right:
    """Something that a role may do.

    Attributes:
        statement: The statement of the policy that says so.
        actions: In the words of the cloud.
        resource: On what.
        causes: Why.
        condition: What must hold beside; None for nothing.
        by_hand: Whether somebody wrote it down because no signature can say it.
    """

    statement: str
    actions: tuple[str, ...]
    resource: Resource
    causes: tuple[Cause, ...]
    condition: Condition | None = None
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Trust:
    """Who may take a role.

    Attributes:
        statement: The statement of the role's trust policy.
        service: The cloud's service.
        condition: What must hold beside, in words; empty for nothing.
    """

    statement: str
    service: str
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Role:
    """A role, and everything that it may do.

    Attributes:
        name: What people call it: `task clean`, `workflow`.
        task: The task that it runs, if it runs one.
        trust: Who may take it; None for a role that somebody else made, which must be allowed as much.
        rights: What it may do, in the order of its policy's statements.
    """

    name: str
    task: str | None
    trust: Trust | None
    rights: tuple[Right, ...]

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data, for whoever prints it."""
        taken = self.trust and " ".join(filter(None, (self.trust.service, self.trust.condition)))
        return {
            "role": self.name,
            "task": self.task,
            "assumed_by": taken,
            "rights": [_right(right) for right in self.rights],
        }


def _right(right: Right) -> dict[str, object]:
    only = right.condition
    return {
        "statement": right.statement,
        "actions": list(right.actions),
        "resource": str(right.resource),
        "condition": f"{only.variable} {only.value}" if only else None,
        "by_hand": right.by_hand,
        "because": [
            {
                "kind": cause.kind.value,
                "name": cause.name,
                "text": cause.text,
                "task": cause.task,
                "place": None,
            }
            for cause in right.causes
        ],
    }


def merged(rights: Iterable[Right]) -> tuple[Right, ...]:
    """Return each right once, with all that asks for it, in the order in which they are first given."""
    found: dict[object, Right] = {}
    for right in rights:
        said = (right.statement, right.actions, right.resource, right.condition)
        before = found.get(said)
        causes = (*before.causes, *right.causes) if before else right.causes
        found[said] = replace(right, causes=tuple(dict.fromkeys(causes)))
    return tuple(found.values())
