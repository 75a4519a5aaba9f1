"""`nox -s dev-render`: a rendered copy follows the template, and what is edited in it arrives in the template, or is refused in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.template.dev_render import DevRender, look
from tests.template.rendering import ROOT, Repository, files_of, new_repository, snapshot
from tests.template.small_template import write

NOXFILE = """\
first = 1
name = "{{ name }}"
{% if cloud == "aws" %}
deploy = True
{% endif %}
{% include "template/{# parts #}/shared.py" %}
same = 0
{% if cloud == "aws" %}
same = 0
{% endif %}
last = 9
"""
TEMPLATE = {
    "copier.yml": "_subdirectory: template\n_templates_suffix: .jinja\n_exclude: ['copier.yml']\n"
    "name: {type: str, default: orders}\ncloud: {type: str, default: none}\n",
    "template/{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers | to_nice_yaml }}",
    "template/{# parts #}/shared.py": "shared = 1\nalso_shared = 2\n",
    "template/noxfile.py.jinja": NOXFILE,
    "template/plain.cfg": "one\ntwo\n",
    "template/{% if cloud == 'aws' %}deploy{% endif %}/{{ name }}.cfg.jinja": "near\nfar\n",
}
NOXFILE_SOURCE = "template/noxfile.py.jinja"


@pytest.fixture
def work(tmp_path: Path) -> DevRender:
    """A rendered copy of a small template, for answers that are not the defaults."""
    write(tmp_path / "template", TEMPLATE)
    new_repository(tmp_path / "template").commit("A template")
    work = DevRender(
        tmp_path / "template", {"cloud": "aws"}, tmp_path / "copy", tmp_path / "pristine"
    )
    (said,) = look(work)
    assert said.startswith("rendered 4 files")
    return work


def edit(file: Path, old: str, new: str) -> None:
    """Replace something that is there once."""
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_edits_arrive_in_the_file_that_each_line_came_from(work: DevRender) -> None:
    edit(work.copy / "noxfile.py", "first = 1\n", "first = 1\nadded = 2\n")
    edit(work.copy / "noxfile.py", "deploy = True\n", "deploy = False\n")
    edit(work.copy / "noxfile.py", "also_shared = 2\n", "")
    edit(work.copy / "plain.cfg", "two", "second")
    edit(work.copy / "deploy/orders.cfg", "far", "further")

    said = look(work)

    parts = "template/{# parts #}/shared.py"
    folder = "template/{% if cloud == 'aws' %}deploy{% endif %}"
    assert sorted(line for line in said if "was ported" in line) == [
        f"deploy/orders.cfg was ported to {folder}/{{{{ name }}}}.cfg.jinja",
        f"noxfile.py was ported to {NOXFILE_SOURCE}, {parts}",
        "plain.cfg was ported to template/plain.cfg",
    ]
    noxfile = (work.template / NOXFILE_SOURCE).read_text(encoding="utf-8")
    wanted = NOXFILE.replace("first = 1\n", "first = 1\nadded = 2\n")
    assert noxfile == wanted.replace("deploy = True", "deploy = False")
    assert (work.template / parts).read_text(encoding="utf-8") == "shared = 1\n"
    assert look(work) == ()


# Copier leaves a folder open that it lists when a template in it does not render.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('name = "orders"', 'name = "mine"', 'Jinja makes this line: name = "orders"'),
        ("last = 9\n", "last = '{{ 9 }}'\n", "the template would render another file"),
        ("last = 9\n", "last = '{% if %}'\n", "the template would not render any more"),
    ],
)
def test_an_edit_that_cannot_be_ported_is_told_and_leaves_the_template_as_it_was(
    work: DevRender, old: str, new: str, why: str
) -> None:
    before = files_of(work.template)
    edit(work.copy / "noxfile.py", old, new)
    mine = (work.copy / "noxfile.py").read_bytes()

    (said,) = look(work)

    assert said.startswith("noxfile.py was not ported")
    assert why in said
    assert files_of(work.template) == before
    assert (work.copy / "noxfile.py").read_bytes() == mine


def test_what_the_template_changes_comes_and_never_over_an_edit(work: DevRender) -> None:
    edit(work.copy / "noxfile.py", '"orders"', '"mine"')
    edit(work.template / NOXFILE_SOURCE, "last = 9", "last = 10")
    edit(work.template / "template/plain.cfg", "one", "first")
    (work.copy / "deploy/orders.cfg").unlink()
    write(work.copy, {"src/new.py": "mine\n", ".nox/tests/log": "of a session\n"})

    said = look(work)

    assert "plain.cfg was rendered anew" in said
    assert (work.copy / "plain.cfg").read_text() == "first\ntwo\n"
    assert "noxfile.py stays as you have it, and the template changed it meanwhile" in said
    assert '"mine"' in (work.copy / "noxfile.py").read_text()
    assert "src/new.py is new here: write it below template/, too" in said
    assert "deploy/orders.cfg is gone here: remove it below template/, too" in said
    assert not [line for line in said if ".nox" in line]


@pytest.mark.long
def test_edits_of_our_own_template_are_ported_to_parts_seeds_and_the_runtime(
    tmp_path: Path,
) -> None:
    template = snapshot(tmp_path / "glacier", tag="v0.1.0", root=ROOT)
    answers = {"cloud": "none", "example": "orders", "runtime_source": "vendored", "ci": "gitlab"}
    work = DevRender(template.path, answers, tmp_path / "copy", tmp_path / "pristine")
    look(work)
    edit(work.copy / "README.md", "## Stay up to date", "## Stay current")
    edit(work.copy / "noxfile.py", 'session.run("mypy", ', 'session.run("mypy", "--pretty", ')
    runtime = work.copy / "vendor/glacier_runtime/__main__.py"
    runtime.write_text(runtime.read_text() + "\n# ported\n", encoding="utf-8")
    edit(work.copy / "pyproject.toml", 'name = "orders"', 'name = "mine"')

    said = look(work)

    ported = {
        line.partition(" was ported to ")[0]: line for line in said if " was ported to " in line
    }
    assert "template/{# parts #}/README.md" in ported["README.md"]
    assert NOXFILE_SOURCE in ported["noxfile.py"]
    assert "glacier_runtime/__main__.py" in ported["vendor/glacier_runtime/__main__.py"]
    (refused,) = (line for line in said if "was not ported" in line)
    assert refused.startswith("pyproject.toml was not ported: Jinja makes this line")
    changed = Repository(template.path).git("status", "--porcelain").splitlines()
    assert changed == [
        " M glacier_runtime/__main__.py",
        " M template/noxfile.py.jinja",
        ' M "template/{# parts #}/README.md"',
    ]
