"""Bring what follows from template, runtime and generators up to date: lists in copier.yml, infra and pages of examples, examples/.

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
EXAMPLES = tuple(
    ROOT / "examples" / name for name in ("flights", "flights-on-aws", "orders-on-aws", "minimal")
)
GENERATORS = ROOT / "generators" / "glacier_generators"
STATIC_INFRA = GENERATORS / "terraform" / "aws"
TEMPLATE = ROOT / "template"
# Each of the example's folders is rendered into the project's own folder, or not at all.
STARTS = {
    found[1]: folder
    for folder in sorted(TEMPLATE.iterdir())
    if (found := re.fullmatch(r"{% if example == '(\w+)' %}\.{% endif %}", folder.name))
}

# What the generators write for each example.
GENERATED = ("infra", "docs/reference")
# What the infrastructure of each example is generated with, and what stands for it in the template.
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
        if name.endswith((".tf", ".md", ".py"))
    }
    return dict(sorted({**root, **modules}.items()))


def infra_templates() -> dict[Path, str]:
    """Generate infrastructure and pages of each example, and return what is its own, as templates by path."""
    with tempfile.TemporaryDirectory() as folder:
        template = snapshot(Path(folder) / "glacier", tag="v0.1.0")
        return {
            STARTS[example] / f"{name}.jinja": text
            for example in STARTS
            for name, text in _generated(template, Path(folder) / example, example).items()
        }


def _generated(template: Repository, project: Path, example: str) -> dict[str, str]:
    render(template, project, example=example, with_docs=True, **ANSWERS)
    for folder in (*GENERATED, ".glacier"):
        shutil.rmtree(project / folder, ignore_errors=True)
    generated = tool("glacier_runtime", "generate", folder=project)
    if generated.returncode != 0:
        raise RuntimeError(generated.stderr)
    static = {f"infra/{name}" for name in static_infra_files()}
    return {
        f"{folder}/{name}": _as_template(content)
        for folder in GENERATED
        for name, content in files_of(project / folder).items()
        if f"{folder}/{name}" not in static
    }


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


def refreshed_questions(questions: str, templates: Iterable[Path]) -> str:
    """Return the text of copier.yml with its lists of files: as they are on disk, and as the templates of infra are."""
    templates = set(templates)
    lists = {
        "runtime_files": _items(f"glacier_runtime/{name}" for name in runtime_files()),
        "generator_files": _items(f"glacier_generators/{name}" for name in generator_files()),
        "static_infra_files": _items(static_infra_files()),
        "infra_of_examples": _of_examples(templates, "infra"),
        "pages_of_examples": _of_examples(templates, "docs/reference"),
    }
    for name, lines in lists.items():
        questions = _with_lines(questions, name, lines)
    return questions


def _of_examples(templates: Iterable[Path], folder: str) -> list[str]:
    return [
        line
        for example, start in STARTS.items()
        for line in (f"{example}:", *_items(_names_of(templates, start / folder)))
    ]


def _items(names: Iterable[str]) -> list[str]:
    return [f"- {name}" for name in names]


def _names_of(templates: Iterable[Path], folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix().removesuffix(".jinja")
        for path in templates
        if path.is_relative_to(folder)
    )


def _with_lines(questions: str, name: str, lines: Iterable[str]) -> str:
    block = "".join(f"    {line}\n" for line in lines)
    pattern = rf"(?<=\n{name}:\n)((?:  .*\n)*?  default: \|-\n)((?:    .*\n)*)"
    refreshed, found = re.subn(pattern, lambda match: match[1] + block, questions)
    if found != 1:
        raise ValueError(f"copier.yml has no list of {name} to refresh")
    return refreshed


def committed_infra_templates() -> dict[Path, str]:
    """Return the templates of the examples' infrastructure and pages, by path."""
    return {
        path: path.read_text(encoding="utf-8")
        for start in STARTS.values()
        for folder in GENERATED
        for path in sorted((start / folder).rglob("*.jinja"))
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
    committed, fresh = committed_infra_templates(), infra_templates()
    for path in sorted(committed.keys() | fresh.keys()):
        if committed.get(path) == fresh.get(path):
            continue
        yield path
        if check:
            continue
        if path in fresh:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(fresh[path], encoding="utf-8")
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
