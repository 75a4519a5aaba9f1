"""Peers in environments of their own, for their requirements contradict each other; pinned, as figures are of one version."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Final

__all__ = ["HOME", "PEERS", "AtHand", "NotInstalledError", "Peer", "at_hand", "commands_of"]

HOME: Final = Path(__file__).parents[1] / "build" / "bench" / "environments"
"""Where environments are kept for the next time."""

_POLARS: Final = f"polars=={version('polars')}"  # the engine is to be the same for all


@dataclass(frozen=True, slots=True)
class Peer:
    """A tool beside which Glacier is measured.

    Attributes:
        name: What people call it.
        requirements: What is installed: the tool itself, pinned, and what it is used with.
    """

    name: str
    requirements: tuple[str, ...]

    @property
    def title(self) -> str:
        """Its name and version: "Kedro 1.7.0"."""
        return f"{self.name} {self.requirements[0].rpartition('==')[2]}"

    @property
    def folder(self) -> str:
        """What its environment is called, so that another pin is another environment."""
        digest = sha256("\n".join(self.requirements).encode()).hexdigest()[:8]
        return f"{self.name.lower()}-{digest}"


class NotInstalledError(Exception):
    """A peer cannot be installed here; the message says why."""


@dataclass(frozen=True, slots=True)
class AtHand:
    """Which peers there are.

    Attributes:
        commands: By name, the folder of a peer's commands.
        missing: By title, why there is none.
    """

    commands: Mapping[str, Path]
    missing: Mapping[str, str]

    @property
    def titles(self) -> list[str]:
        """What was measured, with versions."""
        return [PEERS[name].title for name in self.commands]


PEERS: Final[Mapping[str, Peer]] = {
    peer.name: peer
    for peer in (
        Peer("Hamilton", ("sf-hamilton==1.90.0", _POLARS)),
        Peer("Kedro", ("kedro==1.7.0", "kedro-datasets==9.6.0", "pyarrow", _POLARS)),
        Peer("Dagster", ("dagster==1.13.29", _POLARS)),
        # It says that it takes any Polars, and names an argument that Polars 2 has no longer.
        Peer("dagster-polars", ("dagster-polars==0.27.12", "dagster==1.13.29", "polars==1.44.2")),
        Peer(
            "Prefect", ("prefect==3.8.8", "fastapi==0.139.0", _POLARS)
        ),  # its server knows no newer FastAPI
        Peer("DuckDB", ("duckdb==2.0.0",)),
        Peer("cookiecutter", ("cookiecutter==2.7.1",)),
        Peer("create-dagster", ("create-dagster==1.13.29",)),
        Peer("Chalice", ("chalice==1.34.0", "boto3>=1.42", "setuptools")),
        Peer("checkov", ("checkov==3.3.30",)),
    )
}


def at_hand(names: Iterable[str], home: Path = HOME) -> AtHand:
    """Install peers, unless they are there, and return where they are, and which cannot be installed.

    Args:
        names: Their names.
        home: Where environments are.
    """
    commands, missing = {}, {}
    for name in names:
        try:
            commands[name] = commands_of(PEERS[name], home)
        except NotInstalledError as error:
            missing[PEERS[name].title] = str(error)
    return AtHand(commands, missing)


def commands_of(peer: Peer, home: Path = HOME) -> Path:
    """Install a peer into an environment of its own, unless it is there, and return the folder of its commands.

    Args:
        peer: The peer.
        home: Where environments are.

    Raises:
        NotInstalledError: If pip says no; what it began is removed.
    """
    place = home / peer.folder
    whole = place / "installed"
    if not whole.exists():
        shutil.rmtree(place, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
        install = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        done = subprocess.run(
            [str(place / "bin" / "python"), *install, *peer.requirements],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            shutil.rmtree(place)
            raise NotInstalledError(_reason(done.stderr))
        whole.touch()
    return place / "bin"


def _reason(said: str) -> str:
    errors = [line for line in said.splitlines() if line.startswith("ERROR: ")]
    last = errors[-1].removeprefix("ERROR: ") if errors else "pip failed and said nothing"
    return f"cannot be installed: {last[:200]}"
