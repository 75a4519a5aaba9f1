"""The day's work: `nox --list` names the sessions, plain `nox` runs what CI runs."""

import sys
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "typecheck", "tests"]

PYPROJECT = nox.project.load_toml("pyproject.toml")


def install(session: nox.Session, *groups: str, project: bool = False) -> None:
    """Install dependency groups, and the project itself where a session imports it."""
    # Editable, so that a session that reuses its environment never runs yesterday's code.
    editable = ["--editable", "."] if project else []
    session.install(*editable, *nox.project.dependency_groups(PYPROJECT, *groups))


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and format; `nox -s lint -- --fix` repairs what it can."""
    install(session, "lint")
    fix = "--fix" in session.posargs
    session.run("ruff", "check", *(["--fix"] if fix else []), ".")
    session.run("black", *([] if fix else ["--check"]), ".")


@nox.session
def typecheck(session: nox.Session) -> None:
    """Check types with mypy."""
    install(session, "typecheck", project=True)
    session.run("mypy", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests; what follows `--` goes to pytest."""
    install(session, "tests", project=True)
    session.run("pytest", *session.posargs)


@nox.session
def run(session: nox.Session) -> None:
    """Run the pipeline; what follows `--` goes to `glacier run`."""
    install(session, project=True)
    session.run("glacier", "run", *session.posargs)


@nox.session
def doctor(session: nox.Session) -> None:
    """Find what the next update would trip over, and what is missing or out of step; `-- --update` tries the update in a copy."""
    install(session, *(["update"] if "--update" in session.posargs else []), project=True)
    session.run("glacier", "doctor", *session.posargs)


@nox.session
def update(session: nox.Session) -> None:
    """Bring in the template's newest version, keep every edit, then run the tests; `-- --dry-run` only tells."""
    install(session, "update")
    session.run("python", "scripts/update_from_template.py", *session.posargs)
    if "--dry-run" in session.posargs:
        return
    # A new process, because the update may have changed this very file.
    session.run(sys.executable, "-m", "nox", "--session", "tests", external=True)
    for kept in sorted(Path().rglob("*.yours")):
        session.warn(f"{kept} holds your edits of a file that the template no longer has.")
