"""Files of any kind, which tasks take and give as paths."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pytest

from glacier_runtime import Dataset
from glacier_runtime.errors import ExecutionError, StorageError
from tests.execution.local_runs import lake, local, run_tasks

seen = Dataset("seen", format="json")
HOSTILE = [
    "with space.txt",
    "é😀.txt",
    "[brackets].txt",
    "quote'\".txt",
    "new\nline.txt",
    ".hidden",
]


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_file_is_published_and_read_by_path(tmp_path: Path) -> None:
    model = Dataset("model", storage=lake(tmp_path).at("models/best.bin"), format="files")

    @local.task
    def train() -> Annotated[Path, model]:
        made = tmp_path / "model.tmp"
        made.write_bytes(b"\x00\xff")
        return made

    @local.task
    def use(given: Annotated[Path, model]) -> Annotated[dict[str, object], seen]:
        return {"bytes": list(given.read_bytes()), "name": given.name}

    result = run_tasks(tmp_path, train, use)
    assert result[seen].value == {"bytes": [0, 255], "name": "best.bin"}
    assert result[model].path == tmp_path / "data/lake/models/best.bin"
    assert (tmp_path / "data/lake/models/best.bin").read_bytes() == b"\x00\xff"
    assert (result[model].rows, result[model].size_bytes) == (None, 2)
    assert (tmp_path / "model.tmp").exists(), "what a task returns is copied, never moved"


def test_a_folder_is_published_with_all_that_is_in_it(tmp_path: Path) -> None:
    pages = Dataset("pages", storage=lake(tmp_path).at("pages/"), format="files")
    made = tmp_path / "made"
    (made / "deep/deeper").mkdir(parents=True)
    for name in HOSTILE:
        (made / name).write_text(name)
        (made / "deep/deeper" / name).write_text(name)

    @local.task
    def write() -> Annotated[Path, pages]:
        return made

    @local.task
    def read(given: Annotated[Path, pages]) -> Annotated[dict[str, object], seen]:
        return {"same": tree(given) == tree(made)}

    result = run_tasks(tmp_path, write, read)
    assert result[seen].value == {"same": True}
    assert tree(tmp_path / "data/lake/pages") == tree(made)


def test_a_later_folder_replaces_the_earlier_one(tmp_path: Path) -> None:
    pages = Dataset("pages", storage=lake(tmp_path).at("pages/"), format="files")

    @local.task
    def write(name: str) -> Annotated[Path, pages]:
        made = tmp_path / f"made-{name}"
        made.mkdir()
        (made / name).write_text(name)
        return made

    for name in ("one", "two"):
        run_tasks(tmp_path, write, name=name)
    assert tree(tmp_path / "data/lake/pages") == {"two": b"two"}


def test_an_empty_folder_is_a_version_too(tmp_path: Path) -> None:
    pages = Dataset("pages", storage=lake(tmp_path).at("pages/"), format="files")
    made = tmp_path / "made"
    made.mkdir()

    @local.task
    def write() -> Annotated[Path, pages]:
        return made

    for number in (1, 2):
        result = run_tasks(tmp_path, write)[pages]
        assert (result.rows, result.size_bytes, result.version) == (None, 0, number)


def test_a_task_may_return_what_it_was_given(tmp_path: Path) -> None:
    (tmp_path / "data/lake").mkdir(parents=True)
    (tmp_path / "data/lake/raw.bin").write_bytes(b"raw")
    bucket = lake(tmp_path)
    raw = Dataset("raw", storage=bucket.at("raw.bin"), format="files", source=True)
    copy = Dataset("copy", storage=bucket.at("copy.bin"), format="files")

    @local.task
    def pass_on(given: Annotated[Path, raw]) -> Annotated[Path, copy]:
        return given

    run_tasks(tmp_path, pass_on)
    assert tree(tmp_path / "data/lake")["copy.bin"] == b"raw"
    (tmp_path / "data/lake/raw.bin").write_bytes(b"changed")
    assert tree(tmp_path / "data/lake")["copy.bin"] == b"raw", "a copy, not a link to the source"


def test_a_source_folder_is_handed_over_as_it_lies(tmp_path: Path) -> None:
    folder = tmp_path / "data/lake/images"
    (folder / "deep").mkdir(parents=True)
    for name in ("a.png", "deep/b.png"):
        (folder / name).write_bytes(name.encode())
    images = Dataset("images", storage=lake(tmp_path).at("images/"), format="files", source=True)

    @local.task
    def look(given: Annotated[Path, images]) -> Annotated[dict[str, object], seen]:
        return {"files": sorted(tree(given))}

    assert run_tasks(tmp_path, look)[seen].value == {"files": ["a.png", "deep/b.png"]}


@pytest.mark.parametrize("path", ["images/", "image.png"])
def test_a_source_that_is_not_there_is_named(path: str, tmp_path: Path) -> None:
    images = Dataset("images", storage=lake(tmp_path).at(path), format="files", source=True)

    @local.task
    def look(given: Annotated[Path, images]) -> Annotated[dict[str, object], seen]:
        return {"path": str(given)}

    with pytest.raises(StorageError, match="'images'") as failure:
        run_tasks(tmp_path, look)
    assert failure.value.codes == ("GLC501",)


@pytest.mark.parametrize(
    ("declared", "returned"), [("out.bin", "folder"), ("out/", "file"), ("out.bin", "nothing")]
)
def test_a_path_that_does_not_suit_its_dataset_is_the_fault_of_the_task(
    declared: str, returned: str, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    output = Dataset("output", storage=lake(tmp_path).at(declared), format="files")

    @local.task
    def write() -> Annotated[Path, output]:
        return tmp_path / returned

    with pytest.raises(ExecutionError, match="'write'") as failure:
        run_tasks(tmp_path, write)
    assert failure.value.codes == ("GLC406",)
    assert not (tmp_path / "data/lake/out.bin").exists()


def test_files_in_memory_stay_where_the_task_put_them(tmp_path: Path) -> None:
    scratch = Dataset("scratch", format="files")
    (tmp_path / "made").write_text("data")

    @local.task
    def write() -> Annotated[Path, scratch]:
        return tmp_path / "made"

    @local.task
    def read(given: Annotated[Path, scratch]) -> Annotated[dict[str, object], seen]:
        return {"text": given.read_text()}

    assert run_tasks(tmp_path, write, read)[seen].value == {"text": "data"}
