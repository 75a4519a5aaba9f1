"""Bring what follows from template, runtime and generators up to date: lists in copier.yml, template/infra, examples/.

`python -m tests.template.refresh` rewrites what is stale; with `--check` it only names it and exits 1.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.template.rendering import (
    ROOT,
    Repository,
    files_of,
    recorded_answers,
    render,
    snapshot,
    tool,
    without_origin,
)

QUESTIONS = ROOT / "copier.yml"
EXAMPLES = (ROOT / "examples" / "flights", ROOT / "examples" / "flights-on-aws")
GENERATORS = ROOT / "generators" / "glacier_generators"
STATIC_INFRA = GENERATORS / "terraform" / "aws"
INFRA = ROOT / "template" / "infra"

# What the infrastructure of the example is generated with, and what stands for it in the template.
ANSWERS = {
    "project_name": "placeholder-project",
    "package_name": "placeholder_package",
    "aws_region": "zz-placeholder-1",
}


def runtime_files() -> dict[str, bytes]:
    """Return the runtime's files on disk, without what Python leaves between them."""
    return _sources(ROOT / "glacier_runtime")


def generator_files() -> dict[str, bytes]:
    """Return the generators' files on disk."""
    return _sources(GENERATORS)


def static_infra_files() -> dict[str, bytes]:
    """Return the infrastructure that is the same for every pipeline, by its path in `infra/`."""
    root = {
        name: content
        for name, content in _sources(STATIC_INFRA / "stack").items()
        if name.endswith(".tf")
    }
    modules = {
        f"modules/{name}": content
        for name, content in _sources(STATIC_INFRA / "modules").items()
        if name.endswith((".tf", ".md"))
    }
    return dict(sorted({**root, **modules}.items()))


def example_infra_templates() -> dict[str, str]:
    """Generate the example's infrastructure, and return what is its own, as templates by path in `infra/`."""
    with tempfile.TemporaryDirectory() as folder:
        template = snapshot(Path(folder) / "glacier", tag="v0.1.0")
        project = render(template, Path(folder) / "project", **ANSWERS)
        shutil.rmtree(project / "infra")
        shutil.rmtree(project / ".glacier")
        generated = tool("glacier_runtime", "generate", folder=project)
        if generated.returncode != 0:
            raise RuntimeError(generated.stderr)
        written = files_of(project / "infra")
    static = static_infra_files()
    return {name: _as_template(written[name]) for name in written if name not in static}


def _as_template(content: bytes) -> str:
    text = content.decode()
    if found := [mark for mark in ("{{", "{%", "{#") if mark in text]:
        raise ValueError(f"generated text holds {found}, which Copier would take for its own")
    for name, value in ANSWERS.items():
        text = text.replace(value, "{{ " + name + " }}")
    return text


def _sources(folder: Path) -> dict[str, bytes]:
    files = files_of(folder)
    return {name: files[name] for name in files if "__pycache__" not in name}


def refreshed_questions(questions: str, example_infra: Iterable[str]) -> str:
    """Return the text of copier.yml with its lists of files as they are on disk."""
    lists = {
        "runtime_files": [f"glacier_runtime/{name}" for name in runtime_files()],
        "generator_files": [f"glacier_generators/{name}" for name in generator_files()],
        "static_infra_files": list(static_infra_files()),
        "example_infra_files": sorted(example_infra),
    }
    for name, files in lists.items():
        questions = _with_list(questions, name, files)
    return questions


def _with_list(questions: str, name: str, files: Iterable[str]) -> str:
    listed = "".join(f"    - {file}\n" for file in files)
    pattern = rf"(?<=\n{name}:\n)((?:  .*\n)*?  default: \|-\n)((?:    - .*\n)*)"
    refreshed, found = re.subn(pattern, lambda match: match[1] + listed, questions)
    if found != 1:
        raise ValueError(f"copier.yml has no list of {name} to refresh")
    return refreshed


def committed_infra_templates() -> dict[str, str]:
    """Return the templates of the example's infrastructure, by path in `infra/`."""
    return {
        path.relative_to(INFRA).as_posix().removesuffix(".jinja"): path.read_text(encoding="utf-8")
        for path in sorted(INFRA.rglob("*.jinja"))
        if "{%" not in path.name
    }


def render_example(example: Path, destination: Path) -> dict[str, bytes]:
    """Render an example from its recorded answers, free of where and when that happened."""
    with tempfile.TemporaryDirectory() as folder:
        template = snapshot(Path(folder) / "glacier", tag="v0.1.0")
        render(template, destination, **recorded_answers(example))
    answers = destination / ".copier-answers.yml"
    answers.write_bytes(without_origin(answers.read_bytes()))
    return files_of(destination)


def committed_example(example: Path) -> dict[str, bytes]:
    """Return an example's files, without what running it leaves behind."""
    listed = Repository(example).git("ls-files", "--cached", "--others", "--exclude-standard", "-z")
    return {
        name: (example / name).read_bytes()
        for name in sorted(listed.split("\0"))
        if name and (example / name).is_file()
    }


def main(arguments: list[str]) -> int:
    """Rewrite or check, and return the exit code."""
    check = "--check" in arguments
    stale = [*_refresh_questions(check=check), *_refresh_infra(check=check)]
    stale += _refresh_questions(check=check)
    for example in EXAMPLES:
        stale += _refresh_example(example, check=check)
    for path in dict.fromkeys(stale):
        print(path.relative_to(ROOT))  # noqa: T201
    return 1 if stale and check else 0


def _refresh_questions(*, check: bool) -> Iterator[Path]:
    questions = QUESTIONS.read_text(encoding="utf-8")
    refreshed = refreshed_questions(questions, committed_infra_templates())
    if refreshed != questions:
        yield QUESTIONS
        if not check:
            QUESTIONS.write_text(refreshed, encoding="utf-8")


def _refresh_infra(*, check: bool) -> Iterator[Path]:
    committed, fresh = committed_infra_templates(), example_infra_templates()
    for name in sorted(committed.keys() | fresh.keys()):
        path = INFRA / f"{name}.jinja"
        if committed.get(name) == fresh.get(name):
            continue
        yield path
        if check:
            continue
        if name in fresh:
            path.write_text(fresh[name], encoding="utf-8")
        else:
            path.unlink()


def _refresh_example(example: Path, *, check: bool) -> Iterator[Path]:
    committed = committed_example(example)
    with tempfile.TemporaryDirectory() as folder:
        fresh = render_example(example, Path(folder) / "example")
        for name in sorted(committed.keys() | fresh.keys()):
            if committed.get(name) == fresh.get(name):
                continue
            yield example / name
            if check:
                continue
            if name in fresh:
                (example / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(Path(folder) / "example" / name, example / name)
            else:
                (example / name).unlink()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
