"""`terraform apply` of exactly the plan that was read: told step by step, and what stands if it does not come to its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from glacier_generators.deploying.roots import Root, Saved
from glacier_generators.deploying.terraform_command import Ended, interrupted
from glacier_runtime.errors import Code, GenerationError, Problem

__all__ = ["Tell", "apply_saved"]

Tell = Callable[[str], None]

_DONE: Final = {
    "create": "created",
    "update": "changed",
    "delete": "destroyed",
    "replace": "replaced",
}


@dataclass(slots=True)
class _Progress:
    """What was heard of an apply so far."""

    tell: Tell
    of: int
    done: int = 0
    outputs: dict[str, Any] = field(default_factory=dict)

    def hear(self, event: Mapping[str, Any]) -> None:
        match event.get("type"):
            case "apply_complete" if (hook := event["hook"]).get("action") in _DONE:
                self.done += 1
                self.tell(f"{_DONE[hook['action']]} {hook['resource']['addr']}")
            case "outputs":
                found = event.get("outputs", {})
                self.outputs = {name: it["value"] for name, it in found.items() if "value" in it}
            case _:
                pass


def apply_saved(root: Root, saved: Saved, again: str, tell: Tell) -> dict[str, Any]:
    """Apply a saved plan, whole, and wait for its end.

    Args:
        root: Its root.
        saved: The plan.
        again: The command that goes on, should it fail.
        tell: Told of each resource that is done.

    Returns:
        The outputs that are no secret.

    Raises:
        GenerationError: GLC814, with what was made and what Terraform says of the rest.
        KeyboardInterrupt: If a signal stopped it; Terraform has written down what it did.
    """
    counts = saved.plan.counts
    # What is replaced goes, and comes; what is forgotten is no step.
    steps = counts["create"] + counts["change"] + counts["destroy"] + 2 * counts["replace"]
    progress = _Progress(tell, steps)
    ended = root.terraform.run(
        root.folder, "apply", "-json", "-input=false", str(saved.file), tell=progress.hear
    )
    if ended.exit_code == 0:
        return progress.outputs
    stands = f"{progress.done} of {progress.of} steps are done, and stand"
    if ended.interrupted_by is not None:
        message = f"interrupted: {stands}; {again} goes on with the rest"
        raise interrupted(message, ended.interrupted_by)
    raise GenerationError(_problems(root, ended, stands, again))


def _problems(root: Root, ended: Ended, stands: str, again: str) -> list[Problem]:
    faults = ended.faults or (ended.messages.strip() or "it did not say why",)
    return [
        Problem(
            code=Code.APPLY_FAILED,
            message=f"{root.terraform.product} apply failed in {root.folder.name}/, {stands}: {fault}",
            fix=f"mend what it says; then {again} goes on from there",
        )
        for fault in faults
    ]
