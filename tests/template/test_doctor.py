"""`glacier doctor` on rendered projects: each thing that it finds, made on purpose; and nothing in what was just rendered."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

import glacier_runtime
from glacier_runtime.cli.app import app
from glacier_runtime.doctor.examination import Diagnosis, examine
from glacier_runtime.doctor.gates import look_at_gates
from glacier_runtime.doctor.generated import look_at_generated_files
from glacier_runtime.doctor.recorded import digest_of, read_recorded
from glacier_runtime.doctor.updates import try_update
from glacier_runtime.doctor.versions import look_at_versions
from glacier_runtime.errors import Problem
from glacier_runtime.project import read_project
from tests.template.rendering import ROOT, Repository, files_of, new_repository, render
from tests.template.small_template import small_template

GITHUB = ".github/workflows/ci.yml"
GITLAB = ".gitlab-ci.yml"
# Every file of the template that there is, and few of others.
ANSWERS: Mapping[str, object] = {
    "example": "minimal",
    "licence": "MIT",
    "code_owners": "@me",
    "author": "A name of which YAML makes two lines, for it is as long as it may be: 'ü\"",
    "with_devcontainer": True,
    "with_renovate": True,
}


EXAMPLE = ROOT / "examples" / "flights-on-aws"


@pytest.fixture(scope="module")
def small(template: Repository, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project on GitHub, without a cloud."""
    folder = tmp_path_factory.mktemp("small") / "project"
    return render(template, folder, **ANSWERS, ci="github", cloud="none", runtime_source="index")


@pytest.fixture(scope="module")
def gitlab(template: Repository, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project on GitLab, in a cloud, with pages and the runtime of the template's repository."""
    folder = tmp_path_factory.mktemp("gitlab") / "project"
    where = {"ci": "gitlab", "cloud": "aws", "runtime_source": "git", "with_docs": True}
    return render(template, folder, **ANSWERS, **where)


@pytest.fixture
def project(small: Path, tmp_path: Path) -> Path:
    """A copy of a project that was just rendered."""
    return Path(shutil.copytree(small, tmp_path / "project"))


@pytest.fixture
def deployed(tmp_path: Path) -> Path:
    """A copy of a project on GitHub, in a cloud: one that is kept as it is rendered."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "project", ignore=shutil.ignore_patterns("_*")))


def replace(file: Path, old: str, new: str) -> None:
    """Replace a piece of a file that is there once."""
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, (old, text)
    file.write_text(text.replace(old, new), encoding="utf-8")


def diagnosed(folder: Path) -> Diagnosis:
    """Examine a project."""
    return examine(read_project(folder))


def told(problems: tuple[Problem, ...]) -> list[tuple[str, str]]:
    """Return the codes and messages of problems, each of which says a way out."""
    assert all(problem.fix for problem in problems)
    return [(problem.code.code, problem.message) for problem in problems]


def the_one(folder: Path) -> Problem:
    """Return the only thing that is found in a project."""
    (problem,) = diagnosed(folder).problems
    assert problem.fix
    return problem


def test_what_was_just_rendered_is_well(small: Path) -> None:
    # Beside every answer, which `test_rendering.py` holds to it.
    assert diagnosed(small) == Diagnosis((), (), None)


def test_an_edit_of_a_template_file_is_told_and_is_no_fault(project: Path) -> None:
    folder = project
    replace(folder / "pyproject.toml", 'version = "0.1.0"', 'version = "1.0.0"')
    (folder / ".editorconfig").unlink()
    # A checkout of Windows is no edit.
    crlf = (folder / "noxfile.py").read_bytes().replace(b"\n", b"\r\n")
    (folder / "noxfile.py").write_bytes(crlf)

    found = diagnosed(folder)

    assert not found.problems
    assert [(file.path, file.owner, file.state) for file in found.files] == [
        ("pyproject.toml", "template", "edited"),
        (".editorconfig", "template", "deleted"),
    ]


@pytest.mark.parametrize("known", ["small", "gitlab"])
def test_the_list_names_every_file_of_the_template_and_nobody_elses(
    request: pytest.FixtureRequest, known: str
) -> None:
    folder: Path = request.getfixturevalue(known)
    recorded = read_recorded(folder)
    mine = ("src/", "tests/", "data/", "README.md", "docs/index.md")
    others = (*mine, "infra/", ".glacier/", "docs/reference/")
    own = {name for name in files_of(folder) if not name.startswith(others)}

    assert {*recorded.files} == own - {".copier-answers.yml", ".template-files.json"}
    assert recorded.files == {name: digest_of(folder / name) for name in recorded.files}
    assert recorded.answers_by_hand == ()


@pytest.mark.parametrize("known", ["small", "gitlab"])
def test_the_readme_says_one_owner_for_each_file(
    request: pytest.FixtureRequest, known: str
) -> None:
    folder: Path = request.getfixturevalue(known)
    readme = (folder / "README.md").read_text(encoding="utf-8")
    table = readme.partition("| owner | files |")[2].partition("\n\n")[0]
    rows = re.findall(r"(?m)^\| (you|the template|the generator) \| (.*?) \|", table)
    owners = {name: owner for owner, cell in rows for name in re.findall(r"`([^`]+)`", cell)}
    assert [owner for owner, _ in rows] == ["you", "the template", "the generator"]
    of_the_template = {*read_recorded(folder).files, ".copier-answers.yml", ".template-files.json"}

    for name in files_of(folder):
        said = [owner for place, owner in owners.items() if _holds(place, name)]
        assert len(said) == 1, name
        assert (said == ["the template"]) == (name in of_the_template), name


def _holds(known: str, name: str) -> bool:
    return name.startswith(known) if known.endswith("/") else name == known


# What is done to a project without a cloud, and what is found: code, and words of the message.
FAULTS: Mapping[str, tuple[Callable[[Path], object], str, str]] = {
    "an answer changed by hand": (
        lambda root: replace(root / ".copier-answers.yml", "licence: MIT", "licence: none"),
        "GLC709",
        "edited by hand (licence)",
    ),
    "an answer of several lines changed by hand": (
        lambda root: replace(root / ".copier-answers.yml", "One task, to", "One\n  task, to"),
        "GLC709",
        "edited by hand (description)",
    ),
    "marks of a conflict": (
        lambda root: replace(
            root / "noxfile.py",
            "import nox\n\n",
            "import nox\n\n<<<<<<< before updating\n=======\n>>>>>>> after updating\n",
        ),
        "GLC709",
        "noxfile.py holds the marks",
    ),
    "edits that an update set apart": (
        lambda root: (root / "scripts/old.py.yours").write_text("mine\n"),
        "GLC709",
        "scripts/old.py.yours holds edits of scripts/old.py",
    ),
    "no answers": (
        lambda root: (root / ".copier-answers.yml").unlink(),
        "GLC711",
        ".copier-answers.yml is missing",
    ),
    "no list of files": (
        lambda root: (root / ".template-files.json").unlink(),
        "GLC711",
        ".template-files.json is missing",
    ),
    "a list of files that git left marks in": (
        lambda root: (root / ".template-files.json").write_text("<<<<<<< ours\n"),
        "GLC711",
        ".template-files.json holds no list",
    ),
    "no script to update with": (
        lambda root: (root / "scripts/update_from_template.py").unlink(),
        "GLC711",
        "scripts/update_from_template.py is missing",
    ),
    "no licence": (lambda root: (root / "LICENSE").unlink(), "GLC711", "LICENSE is missing"),
    "no pipeline": (
        lambda root: shutil.rmtree(root / "src"),
        "GLC711",
        "there is no module minimal.pipeline",
    ),
    "another runtime than the template's": (
        lambda root: replace(root / "pyproject.toml", "~=0.1.0", "~=0.0.9"),
        "GLC712",
        "asks for glacier-runtime[cli]~=0.0.9, and the template is the one of 0.1.0",
    ),
    "a template that no update finds": (
        lambda root: replace(
            root / ".copier-answers.yml", "_src_path: ", "_src_path: ../glacier # "
        ),
        "GLC712",
        "finds the template at '../glacier",
    ),
    "a template without a version": (
        lambda root: replace(root / ".copier-answers.yml", "_commit: ", "_commits: "),
        "GLC712",
        "records no version of the template",
    ),
    "a cloud that the template does not know of": (
        lambda root: replace(root / ".copier-answers.yml", "cloud: none", "cloud: none # aws"),
        "GLC709",
        "edited by hand (cloud)",
    ),
    "two versions of black": (
        lambda root: replace(root / ".pre-commit-config.yaml", "black~=26.10", "black~=24.1"),
        "GLC712",
        "asks for black~=24.1, and the group lint of pyproject.toml for black~=26.10",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_with_a_way_out(project: Path, fault: str) -> None:
    folder = project
    make, code, words = FAULTS[fault]
    make(folder)

    found = told(diagnosed(folder).problems)

    assert [message for known, message in found if known == code and words in message], found


def test_marks_and_leftovers_are_placed(project: Path) -> None:
    folder = project
    noxfile = folder / "noxfile.py"
    noxfile.write_text(f"{noxfile.read_text()}\n<<<<<<< before updating\n", encoding="utf-8")

    place = the_one(folder).place

    assert place is not None
    assert noxfile.read_text().splitlines()[place.line - 1] == "<<<<<<< before updating"


def test_a_cloud_of_which_the_template_does_not_know_is_out_of_step(
    project: Path,
) -> None:
    folder = project
    replace(
        folder / "pyproject.toml",
        "[tool.glacier]\n",
        '[tool.glacier]\ncloud = "aws"\naws = { region = "eu-central-1" }\n',
    )

    (problem,) = look_at_versions(folder, read_recorded(folder))

    assert problem.code.code == "GLC712"
    assert "deploys to aws, and the template was rendered for none" in problem.message


def test_a_runtime_that_is_not_the_one_asked_for_is_out_of_step(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = project
    recorded = read_recorded(folder)
    for version, is_well in (("0.1.0", True), ("0.1.7", True), ("0.0.9", False), ("0.2.0", False)):
        monkeypatch.setattr(glacier_runtime, "__version__", version)
        assert (not list(look_at_versions(folder, recorded))) == is_well, version


def test_who_asks_for_another_major_version_is_told_the_way_there(project: Path) -> None:
    recorded = read_recorded(project)
    replace(project / "pyproject.toml", "~=0.1.0", "~=1.4")

    pinned, running = look_at_versions(project, recorded)

    assert "asks for glacier-runtime[cli]~=1.4, and the template is the one of 0.1.0" in (
        pinned.message
    )
    assert pinned.fix.endswith("nox -s update -- --major, which goes on to the next major version")
    assert running.message.startswith("the glacier that runs is 0.1.0")


def test_a_pinned_runtime_is_held_against_the_commit_of_the_template(
    gitlab: Path, template: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(shutil.copytree(gitlab, tmp_path / "project"))
    commit = template.git("rev-parse", "HEAD").strip()
    recorded = read_recorded(folder)
    versions = "glacier_runtime.doctor.versions._installed_commit"

    monkeypatch.setattr(versions, lambda: commit)
    assert list(look_at_versions(folder, recorded)) == []
    monkeypatch.setattr(versions, lambda: "f" * 40)
    (installed,) = look_at_versions(folder, recorded)
    replace(folder / "pyproject.toml", commit, "f" * 40)
    (pinned,) = look_at_versions(folder, recorded)

    assert installed.message == (
        f"the runtime of commit {'f' * 40} is installed, and pyproject.toml asks for {commit}"
    )
    assert f"takes the runtime of commit {'f' * 40}, and the template" in pinned.message


def test_a_copy_of_the_runtime_is_whole_unedited_and_the_one_that_runs(
    template: Repository, tmp_path: Path
) -> None:
    vendored = {**ANSWERS, "cloud": "none", "runtime_source": "vendored"}
    folder = render(template, tmp_path / "project", **vendored)
    vendor = folder / "vendor" / "glacier_runtime"
    (elsewhere,) = told(diagnosed(folder).problems)
    assert elsewhere[0] == "GLC712"
    assert "the project brings its own in vendor/" in elsewhere[1]
    replace(vendor / "__init__.py", '__version__ = "0.1.0"', '__version__ = "0.0.9"')
    (vendor / "renames.py").unlink()
    found = told(diagnosed(folder).problems)

    assert found[0][0] == "GLC709"
    assert found[0][1].endswith("every update changes as well: vendor/glacier_runtime/__init__.py")
    assert found[1] == (
        "GLC711",
        "the copy of the runtime under vendor/ is not whole, missing: vendor/glacier_runtime/renames.py",
    )
    assert (
        "GLC712",
        "vendor/ holds the runtime 0.0.9, and the template is the one of 0.1.0",
    ) in found


# What is done to continuous integration: in which file, what is replaced, and what is said of it.
LOST: Mapping[str, tuple[str, str, str, str]] = {
    "no nox": (GITHUB, "- run: nox\n", "- run: nox -s tests\n", "asks for style and format"),
    "no drift check": (
        GITHUB,
        "nox -s infra -- --check",
        "nox -s infra",
        "infra/ against the code",
    ),
    "no format": (GITHUB, "terraform fmt -check", "terraform fmt", "the format of infra/"),
    "no Terraform": (GITHUB, '-chdir="$root" validate', '-chdir="$root" version', "accepts infra/"),
    "commented out": (GITHUB, "- run: nox\n", "# - run: nox\n", "asks for the tests"),
    "failure swallowed": (GITHUB, "- run: nox\n", "- run: nox || true\n", "|| true, in job nox"),
    "job tolerated": (
        *(GITHUB, "    timeout-minutes: 20\n"),
        *("    timeout-minutes: 20\n    continue-on-error: true\n", "continue-on-error: true"),
    ),
    "not for changes": (GITHUB, "  pull_request:\n", "", "before they are merged"),
    "hasty deployment": (
        GITHUB,
        "needs: [nox, infra]",
        "needs: [nox]",
        "without waiting for infra",
    ),
    "fewer sessions": (
        "noxfile.py",
        '["lint", "typecheck", "tests"]',
        '["lint"]',
        "asks for types",
    ),
    "no nox in GitLab": (GITLAB, "    - nox\n", "    - echo nox\n", "asks for the tests"),
    "no drift check in GitLab": (
        GITLAB,
        "nox -s infra -- --check",
        "nox -s infra",
        "infra/ against the code",
    ),
    "no check of pages in GitLab": (
        GITLAB,
        "nox -s docs -- --check",
        "nox -s docs",
        "docs/reference/ against the code",
    ),
    "tolerated in GitLab": (
        *(GITLAB, "  image: python:$IMAGE\n"),
        *("  image: python:$IMAGE\n  allow_failure: true\n", "allow_failure: true, in job nox"),
    ),
    "not for changes in GitLab": (
        *(GITLAB, '    - if: $CI_PIPELINE_SOURCE == "merge_request_event"\n    - if: $CI_COMMIT'),
        *("    - if: $CI_COMMIT", "before they are merged"),
    ),
    "hasty deployment in GitLab": (
        *(GITLAB, "needs: [nox, infra, docs, terraform]", "needs: [nox, terraform]"),
        "without waiting for docs, infra",
    ),
}


@pytest.mark.parametrize("loss", LOST)
def test_a_gate_that_ci_lost_is_found(
    deployed: Path, gitlab: Path, tmp_path: Path, loss: str
) -> None:
    name, old, new, words = LOST[loss]
    on_gitlab = shutil.copytree(gitlab, tmp_path / "gitlab") if "GitLab" in loss else None
    folder = Path(on_gitlab or deployed)
    assert list(look_at_gates(folder, read_recorded(folder))) == []

    replace(folder / name, old, new)
    found = told(tuple(look_at_gates(folder, read_recorded(folder))))

    assert {code for code, _ in found} == {"GLC713"}
    assert [message for _, message in found if words in message], found


NO_TYPES = {"code": "GLC713", "what": "nothing in CI asks for types", "because": "it is elsewhere"}


def accept(folder: Path, *entries: Mapping[str, str]) -> None:
    """Write down what is meant."""
    with (folder / "pyproject.toml").open("a", encoding="utf-8") as file:
        for entry in entries:
            lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in entry.items())
            file.write(f"\n[[tool.glacier.doctor.accepted]]\n{lines}")


def test_a_finding_that_is_meant_is_told_apart_and_costs_nothing(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace(project / GITHUB, "- run: nox\n", "- run: nox -s lint tests\n")
    accept(project, NO_TYPES)
    monkeypatch.chdir(project)

    done = CliRunner().invoke(app, ["doctor"])
    said = json.loads(CliRunner().invoke(app, ["doctor", "--json"]).stdout)

    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[0] == (
        "accepted: GLC713 nothing in CI asks for types, because it is elsewhere"
    )
    assert (said["ok"], said["problems"]) == (True, [])
    assert [one["because"] for one in said["accepted"]] == ["it is elsewhere"]


def test_another_finding_of_that_code_is_not_meant(project: Path) -> None:
    replace(project / GITHUB, "- run: nox\n", "- run: nox -s lint\n")
    accept(project, NO_TYPES)

    found = diagnosed(project)

    assert told(found.problems) == [("GLC713", "nothing in CI asks for the tests")]
    assert [one.problem.message for one in found.accepted] == ["nothing in CI asks for types"]


def test_an_acceptance_that_meets_nothing_is_told(project: Path) -> None:
    collides = {"code": "GLC709", "what": "near.cfg was edited", "because": "we resolve it"}
    accept(project, NO_TYPES, collides)  # of which the second may come with an update

    problem = the_one(project)

    assert problem.code.code == "GLC715"
    assert "GLC713 'nothing in CI asks for types', because it is elsewhere" in problem.message
    assert str(problem.place).startswith(str(project / "pyproject.toml"))


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ({"code": "GLC713", "what": "types"}, "says no because"),
        ({"code": "GLC713", "what": "types", "because": "  "}, "says no because"),
        ({"code": "GLC713", "because": "it is elsewhere"}, "says no what"),
        ({**NO_TYPES, "code": "GLC000"}, "'GLC000', which is no code"),
        ({**NO_TYPES, "until": "2030"}, "which accepts nothing"),
    ],
)
def test_an_acceptance_without_a_reason_or_of_nothing_is_refused(
    project: Path, entry: Mapping[str, str], why: str
) -> None:
    accept(project, entry)

    problem = the_one(project)

    assert problem.code.code == "GLC704"
    assert why in problem.message
    assert "[[tool.glacier.doctor.accepted]]" in problem.fix


def test_gates_may_move_to_another_workflow_and_be_asked_in_other_words(
    project: Path,
) -> None:
    folder = project
    (folder / GITHUB).unlink()
    lost = told(tuple(look_at_gates(folder, read_recorded(folder))))
    (folder / ".github/workflows/checks.yaml").write_text(
        "on: [push, pull_request]\njobs:\n  ours:\n    steps:\n"
        "      - run: |\n          pip install nox && uvx nox --session lint typecheck\n"
        "      - run: CI=1 uv run pytest --quiet\n      - run: uv run glacier doctor\n",
        encoding="utf-8",
    )

    assert [message for _, message in lost] == [
        f"nothing in CI asks for {what}"
        for what in ("style and format", "types", "the tests", "glacier doctor")
    ]
    assert list(look_at_gates(folder, read_recorded(folder))) == []


def test_infrastructure_that_is_behind_the_code_is_found_and_edits_of_it_are_told(
    deployed: Path,
) -> None:
    folder = deployed
    replace(folder / "infra/storage.tf", "versioning", "# mine\n  versioning")
    (folder / "infra/modules/secret/README.md").unlink()
    replace(folder / "src/flights/provider.py", "memory_mib=1024", "memory_mib=2048")

    found = look_at_generated_files(read_project(folder))

    assert found.edited == ("infra/storage.tf",)
    assert found.deleted == ("infra/modules/secret/README.md",)
    ((code, message),) = told(found.problems)
    assert code == "GLC710"
    assert message.startswith("not what the code says: ")
    assert "infra/tasks.tf" in message
    assert "storage.tf" not in message


def test_what_the_code_cannot_say_is_told_and_the_rest_looked_at(
    deployed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = deployed
    (folder / "src/flights/pipeline.py").write_text("pipeline = 1 / 0\n", encoding="utf-8")
    (folder / "scripts/update_from_template.py").unlink()
    monkeypatch.chdir(folder)

    done = CliRunner().invoke(app, ["doctor", "--json"])

    said = json.loads(done.stdout)
    assert (done.exit_code, said["ok"], said["update"]) == (1, False, None)
    assert [problem["code"] for problem in said["problems"]] == ["GLC711", "GLC712", "GLC702"]
    assert all(problem["fix"] for problem in said["problems"])


def test_the_command_says_what_was_edited_and_where_to_look_next(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = project
    replace(folder / "pyproject.toml", 'version = "0.1.0"', 'version = "1.0.0"')
    monkeypatch.chdir(folder / "src")

    done = CliRunner().invoke(app, ["doctor"])

    assert (done.exit_code, done.stdout.splitlines()) == (
        0,
        [
            "edited by hand (template): pyproject.toml",
            "whether the next update collides with these: glacier doctor --update",
            "nothing to mend",
        ],
    )


def test_an_update_tried_in_a_copy_tells_collisions_and_changes_nothing(tmp_path: Path) -> None:
    files = {
        "near.cfg": "one\ntwo\n",
        "far.cfg": "".join(f"{number}\n" for number in range(9)),
        "gone.cfg": "one\n",
    }
    template = small_template(tmp_path / "template", files, tag="v0.1.0")
    outer = new_repository(tmp_path / "outer")
    folder = render(template, outer.path / "inner")
    outer.commit("Render the template")
    replace(template.path / "project/near.cfg", "two", "second")
    replace(template.path / "project/far.cfg", "8", "eight")
    (template.path / "project/gone.cfg").unlink()
    template.commit("The next release", tag="v0.1.1")
    replace(folder / "near.cfg", "two", "mine")  # not committed yet
    replace(folder / "far.cfg", "0", "mine")
    (folder / "gone.cfg").write_text("mine\n", encoding="utf-8")
    mine = files_of(outer.path)

    found = try_update(folder)

    assert told(found.problems) == [
        ("GLC709", "near.cfg was edited where 0.1.1 of the template changes it, too"),
        ("GLC709", "gone.cfg was edited, and 0.1.1 of the template no longer has it"),
    ]
    assert found.version == "0.1.1"
    assert found.changed == (".copier-answers.yml", "far.cfg", "gone.cfg", "near.cfg")
    assert files_of(outer.path) == mine
    assert outer.git("stash", "list") == ""


def test_an_update_that_cannot_be_tried_says_why(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = project
    (problem,) = told(try_update(folder).problems)
    monkeypatch.setattr("glacier_runtime.doctor.updates.find_spec", lambda _: None)
    (without,) = told(try_update(folder).problems)

    assert "This is not a git repository" in problem[1]
    assert without[1] == "no update could be tried: Copier is not installed here"
