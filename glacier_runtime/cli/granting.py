"""`glacier iam`: who may do what, and why; and what a change would grant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from glacier_runtime.cli.reporting import print_json, reporting, standard_output
from glacier_runtime.deployed import read_deployed
from glacier_runtime.errors import Code, GlacierError, Problem, ProjectError
from glacier_runtime.manifest import Manifest
from glacier_runtime.project import Project, read_project
from glacier_runtime.quantities import counted
from glacier_runtime.revisions import tree_at
from glacier_runtime.roles import CauseData, Permission, RoleData, compared, read_roles
from glacier_runtime.signature_places import SignaturePlaces

__all__ = ["Asked", "iam"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What `glacier iam` is asked for.

    Attributes:
        task: Only the role of this task.
        since: A revision of git: show what has changed since.
        exit_code: Whether to exit with 1 if something was gained.
    """

    task: str | None
    since: str | None
    exit_code: bool


def iam(target: str | None, asked: Asked, *, as_json: bool, traceback: bool) -> None:
    """Print roles, or what they have gained and lost."""
    gained: list[Permission] = []
    with reporting(as_json=as_json, traceback=traceback) as output:
        project = read_project(Path.cwd())
        manifest = read_deployed(project, target, columns=False)  # rights do not follow from them
        roles = _chosen(_roles(project.root, manifest), asked.task, manifest)
        if asked.since is None:
            if as_json:
                found = {"pipeline": manifest.pipeline, "cloud": manifest.cloud, "roles": roles}
                print_json({"ok": True, **found}, output)
            else:
                _print_roles(roles, standard_output())
        else:
            before = _roles_at(project, target, asked.since)
            gained, lost = compared(
                [it for it in before if asked.task in {None, it["task"]}], roles
            )
            if as_json:
                found = {"revision": asked.since, "gained": gained, "lost": lost}
                print_json({"ok": True, **found}, output)
            else:
                _print_changes(gained, lost, asked.since, standard_output())
    if asked.exit_code and gained:
        raise typer.Exit(1)


def _roles(root: Path, manifest: Manifest) -> list[RoleData]:
    """Return the roles, with the lines that ask for what they may do."""
    roles, places = read_roles(manifest), SignaturePlaces(root)
    identities = {task.name: task.identity for task in manifest.tasks}
    for role in roles:
        for right in role["rights"]:
            for cause in right["because"]:
                if cause["task"] in identities:
                    identity = identities[cause["task"]]
                    cause["place"] = places.find(identity, cause["kind"], cause["name"])
    return roles


def _roles_at(project: Project, target: str | None, revision: str) -> list[RoleData]:
    """Return the roles of the pipeline as it was, read by today's Glacier."""
    with tree_at(project.root, revision) as folder:
        try:
            # The same folders are importable as of the project, before what is installed.
            manifest = read_deployed(read_project(folder), target, columns=False)
            return _roles(folder, manifest)
        except GlacierError as error:
            raise type(error)(
                replace(problem, message=f"at revision {revision}: {problem.message}")
                for problem in error.problems
            ) from error


def _chosen(roles: list[RoleData], task: str | None, manifest: Manifest) -> list[RoleData]:
    if task is None:
        return roles
    if found := [role for role in roles if role["task"] == task]:
        return found
    raise ProjectError(
        Problem(
            code=Code.NOT_IN_PIPELINE,
            message=f"pipeline {manifest.pipeline!r} has no task {task!r:.80}",
            fix=f"its tasks are: {', '.join(item.name for item in manifest.tasks)}",
        )
    )


def _print_roles(roles: Sequence[RoleData], console: Console) -> None:
    for role in roles:
        taken = role["assumed_by"]
        who = f"taken by {taken}" if taken else "not ours; must be allowed"
        console.print(Text(role["role"], style="bold") + Text(f", {who}", style="dim"))
        table = _table()
        for right in role["rights"]:
            table.add_row(
                Text(", ".join(right["actions"])),
                Text(_on(right["resource"], right["condition"])),
                _why(right["because"], by_hand=right["by_hand"]),
            )
        console.print(table)
    rights = [right for role in roles for right in role["rights"]]
    by_hand = sum(right["by_hand"] for right in rights)
    everything = sum(right["resource"] == "*" for right in rights)
    console.print(
        f"{counted(len(roles), 'role')}, {counted(len(rights), 'right')}; {by_hand} granted by hand, {everything} on everything (*)"
    )


def _print_changes(
    gained: Sequence[Permission], lost: Sequence[Permission], revision: str, console: Console
) -> None:
    table = _table()
    for sign, style, changes in (("+", "green", gained), ("-", "red", lost)):
        for change in changes:
            table.add_row(
                Text(f"{sign} {change['role']}", style=style),
                Text(change["action"]),
                Text(_on(change["resource"], change["condition"])),
                _why(change["because"], by_hand=change["by_hand"]),
            )
    if gained or lost:
        console.print(table)
    console.print(f"since {revision}: {len(gained)} gained, {len(lost)} lost")


def _table() -> Table:
    return Table(box=None, show_header=False, pad_edge=True, padding=(0, 2))


def _on(resource: str, condition: str | None) -> str:
    return f"{resource}, {condition}" if condition else resource


def _why(causes: Iterable[CauseData], *, by_hand: bool) -> Text:
    shown = (f"{it['text']} ({it['place']})" if it["place"] else it["text"] for it in causes)
    return Text("; ".join(shown), style="yellow" if by_hand else "dim")
