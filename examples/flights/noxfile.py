"""The day's work: `nox --list` names the sessions, plain `nox` runs what CI runs."""

import sys
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "typecheck", "tests"]

PYPROJECT = nox.project.load_toml("pyproject.toml")
LOCKED = Path("uv.lock").is_file()


def install(session: nox.Session, *groups: str, project: bool = False) -> None:
    """Install dependency groups, and the project itself where a session imports it: what uv.lock pins, if there is one."""
    if LOCKED and session.venv_backend == "uv":
        option = "--group" if project else "--only-group"
        session.run_install(
            *("uv", "sync", "--locked", "--no-default-groups"),
            *(word for group in groups for word in (option, group)),
            f"--python={session.virtualenv.location}",
            env={"UV_PROJECT_ENVIRONMENT": session.virtualenv.location},
        )
        return
    if LOCKED:
        session.warn("uv.lock is not obeyed: uv is missing (python -m pip install uv)")
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
    """Run the tests, and say which lines none of them runs; what follows `--` goes to pytest."""
    install(session, "tests", project=True)
    session.run("coverage", "run", "-m", "pytest", *session.posargs)
    session.run("coverage", "report")


@nox.session
def run(session: nox.Session) -> None:
    """Run the pipeline; what follows `--` goes to `glacier run`."""
    install(session, project=True)
    session.run("glacier", "run", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Write docs/reference/ anew from the code, and build the site into build/docs; `-- --check` writes no page, as CI does."""
    install(session, "docs", project=True)
    session.run("glacier", "generate", *session.posargs)
    session.run("sphinx-build", "--fail-on-warning", "--quiet", "docs", "build/docs")


@nox.session
def doctor(session: nox.Session) -> None:
    """Find what the next update would trip over, and what is missing or out of step; `-- --update` tries the update in a copy."""
    install(session, *(["update"] if "--update" in session.posargs else []), project=True)
    session.run("glacier", "doctor", *session.posargs)


@nox.session
def update(session: nox.Session) -> None:
    """Bring in the template's newest version, keep every edit, write docs/reference/ anew, then run the tests; `-- --dry-run` only tells, `-- --major` goes on to the next major version."""
    install(session, "update")
    session.run("python", "scripts/update_from_template.py", *session.posargs)
    if "--dry-run" in session.posargs:
        return
    if LOCKED:
        session.run("uv", "lock", external=True)
    # A new process, because the update may have changed this very file.
    session.run(sys.executable, "-m", "nox", "--session", "docs", "tests", external=True)
    for kept in sorted(Path().rglob("*.yours")):
        session.warn(f"{kept} holds your edits of a file that the template no longer has.")
