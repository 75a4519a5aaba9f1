"""The project's promises, one session each. `nox -l` lists them; `nox -s demo` shows what it is all about."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2024.4.15"
# uv where it is installed, because it is fast; nothing needs it.
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["lint", "typecheck", "tests"]
nox.options.error_on_missing_interpreters = False

ROOT = Path(__file__).parent
PROJECT = nox.project.load_toml("pyproject.toml")
EVERYTHING = ".[aws,cli,generators]"


def groups(*names: str) -> tuple[str, ...]:
    """Return the requirements of dependency groups."""
    return tuple(nox.project.dependency_groups(PROJECT, *names))


@nox.session
def demo(session: nox.Session) -> None:
    """Render the flights project, run it on real data, and show what to do next."""
    folder = ROOT / "build" / "demo" / "flights"
    shutil.rmtree(folder.parent, ignore_errors=True)
    session.log("1 of 5: render the template")
    session.install("copier>=9.19")
    session.run("copier", "copy", "--quiet", "--defaults", "--vcs-ref=HEAD", str(ROOT), str(folder))
    session.log("2 of 5: install the project, with the copy of the runtime that it brought along")
    session.install("-e", str(folder))
    session.chdir(folder)
    session.log("3 of 5: check every column, before any data moves")
    session.run("glacier", "validate")
    session.log("4 of 5: run on two weeks of real flights")
    session.run("glacier", "run")
    session.run("python", "-c", _SHOW, "data/lake/marts/weather_impact.parquet")
    session.log(
        "5 of 5: the graph, from the signatures alone (level, task, what it reads → what it makes)"
    )
    session.run("glacier", "graph")
    here = folder.relative_to(ROOT)
    session.log(f"Next: open {here}/README.md, which teaches the day's work. Or break something:")
    session.log(f"  misspell a column in {here}/src/flights/tasks.py, then")
    session.log(f"  cd {here} && {Path(session.bin, 'glacier')} validate")


_SHOW = "import polars, sys; polars.Config(tbl_rows=-1); print(polars.read_parquet(sys.argv[1]))"


@nox.session
def tests(session: nox.Session) -> None:
    """Run all tests; `-- -m "not slow"` leaves out those that take minutes."""
    session.install("-e", EVERYTHING, *groups("test", "function", "lint", "typecheck"))
    alone = any(arg.startswith("-n") for arg in session.posargs)
    # Two for each of the two cores of CI: tests that wait, for Terraform above all, leave theirs to others.
    workers = [] if alone else ["-n", "4", "--no-loadscope-reorder"]
    session.run("pytest", "--durations=15", *workers, *session.posargs)


@nox.session
def long(session: nox.Session) -> None:
    """Run the tests that are too long for every change: hundreds of killed runs, large data."""
    session.install("-e", EVERYTHING, *groups("test", "function", "lint", "typecheck"))
    session.run("pytest", "-m", "long", "--long", *session.posargs)


@nox.session
def matrix(session: nox.Session) -> None:
    """Hold rendered projects to their own checks, for every two answers; `-- --sample 100` for so many of all, `-- --full` for all."""
    session.install("-e", EVERYTHING, *groups("test", "lint", "typecheck"))
    session.run("python", "-m", "tests.template.matrix", *session.posargs)


@nox.session
def faults(session: nox.Session) -> None:
    """Kill runs, fill disks, break stores; `-- --write docs/reliability.md` writes what was counted into the table."""
    session.install("-e", EVERYTHING, *groups("test"))
    session.run("python", "-m", "tests.faults", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and formatting."""
    session.install(*groups("lint"))
    session.run("ruff", "check")
    session.run("black", "--check", "--quiet", "--diff", ".")


@nox.session
def typecheck(session: nox.Session) -> None:
    """Check types with mypy --strict and pyright."""
    session.install("-e", EVERYTHING, *groups("test", "lint", "typecheck"))
    session.run("mypy")
    session.run("pyright", "--pythonpath", _python(session))


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation into build/docs; a link or a reference that leads nowhere fails."""
    session.install("-e", EVERYTHING, *groups("docs"))
    session.run("sphinx-build", "-W", "--keep-going", "-q", "docs", "build/docs", *session.posargs)
    session.log("Open build/docs/index.html")


@nox.session(name="dev-render")
def dev_render(session: nox.Session) -> None:
    """Keep a rendered project in build/dev-render in step with template/, both ways; `-- --data cloud=none` answers, `--once` ends."""
    session.install(*groups("dev-render"))
    session.run("python", "-m", "tests.template.dev_render", *session.posargs)


@nox.session
def checkov(session: nox.Session) -> None:
    """Check that docs/security.md explains every finding of checkov in generated Terraform."""
    session.install(*groups("security"))
    session.run("python", "-m", "tests.terraform.checkov_findings")


@nox.session
def bench(session: nox.Session) -> None:
    """Measure in minutes; `-- --full` takes as long as it takes, `-- --write docs/performance.md` puts the tables there."""
    session.install("-e", EVERYTHING, *groups("test"))
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session
def regenerate(session: nox.Session) -> None:
    """Rewrite what is derived: error table, schemas of manifest and run log, table of wrong programs, golden trees, infra of the template's examples, examples/."""
    session.install("-e", EVERYTHING, *groups("test"))
    for module in (
        "tests.unit.error_table",
        "tests.unit.manifest_schema",
        "tests.history.log_schema",
        "tests.typing.table",
        "tests.template.refresh",
    ):
        session.run("python", "-m", module)
    session.run("pytest", "--quiet", "tests/generators", "--update")


def _python(session: nox.Session) -> str:
    return shutil.which("python", path=session.bin) or sys.executable
