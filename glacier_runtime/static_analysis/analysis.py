"""`analyze`: everything that a tree proves of its pipelines, read and never imported."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from glacier_runtime.errors import Problem
from glacier_runtime.static_analysis.bindings import position
from glacier_runtime.static_analysis.collecting import Collector
from glacier_runtime.static_analysis.danger_search import Body, DangerSearch
from glacier_runtime.static_analysis.declarations import Call, argument
from glacier_runtime.static_analysis.findings import (
    DatasetFound,
    EdgeFound,
    Findings,
    PipelineFound,
    TaskFound,
)
from glacier_runtime.static_analysis.pipeline_reading import PipelineReader, ReadPipeline
from glacier_runtime.static_analysis.reading import Module, read_tree, without_collecting
from glacier_runtime.static_analysis.resolution import Defined, Unknown
from glacier_runtime.static_analysis.task_reading import ReadTask
from glacier_runtime.static_analysis.tracing import TraceReader

__all__ = ["analyze"]


def analyze(path: Path) -> Findings:
    """Read a package, a repository or a file, and say what it proves.

    Nothing of it is imported or run. What the text does not prove is named, with the reason.

    Args:
        path: A folder or a file.

    Raises:
        ProjectError: GLC438, if there is no Python in it.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> code = "from glacier_runtime import Dataset; raise SystemExit; raw = Dataset('raw')"
        >>> _ = (folder / "shop.py").write_text(code)
        >>> [dataset.name for dataset in analyze(folder).datasets]
        ['raw']
    """
    with without_collecting():
        return _Analysis(path).findings()


class _Analysis:
    """Joins what modules declare."""

    def __init__(self, path: Path) -> None:
        self.collected = Collector(read_tree(path))
        self.resolver = self.collected.resolver
        self.declarations = self.collected.declarations

    def findings(self) -> Findings:
        collected = self.collected
        collected.collect()
        read = list(self._pipelines())
        # Tasks first: their annotations may declare datasets.
        tasks = [found for task in collected.tasks.values() if (found := self._task(task))]
        edges = [edge for pipeline in read for edge in self._edges(pipeline)]
        datasets = map(self._dataset, collected.datasets.values())
        return Findings(
            files=len(collected.tree.modules),
            datasets=tuple(dataset for dataset in datasets if dataset is not None),
            tasks=tuple(tasks),
            pipelines=tuple(self._pipeline(pipeline) for pipeline in read),
            edges=tuple(edges),
            not_proven=tuple(dict.fromkeys(collected.not_proven)),
            warnings=self._warnings(),
            problems=tuple(collected.tree.problems),
        )

    def _warnings(self) -> tuple[Problem, ...]:
        return DangerSearch(self.resolver).warnings(
            (
                task.name or task.function.name,
                Body(task.module, (task.function,), frozenset(task.path_parameters)),
            )
            for task in self.collected.tasks.values()
        )

    def _pipelines(self) -> Iterator[ReadPipeline]:
        tasks = self.collected.reader
        reader = PipelineReader(self.resolver, self.declarations, tasks)
        for call in self.collected.pipelines:
            joined = [
                task for task in self.collected.tasks.values() if task.decoration.pipeline == call
            ]
            pipeline = reader.declared(call, joined)
            for task in pipeline.tasks:
                self.collected.tasks.setdefault(task.function, task)
            yield pipeline
        tracer = TraceReader(self.resolver, self.declarations, tasks, reader)
        for traced in self.collected.traced:
            yield tracer.read(*traced)

    def _dataset(self, call: Call) -> DatasetFound | None:
        name = self._dataset_name(call)
        if name is None:
            return None
        given = {word: argument(call.node, word) for word in ("storage", "schema", "source")}
        for word, value in given.items():
            if isinstance(value, Unknown):
                self.collected.doubt(
                    call.module, call.node, f"{word} of dataset {name!r}", value.why
                )
        storage, schema, source = (
            value if isinstance(value, ast.expr) and not _is_none(value) else None
            for value in given.values()
        )
        return DatasetFound(
            name,
            call.module.place(call.node),
            ast.unparse(storage) if storage else None,
            ast.unparse(schema) if schema else None,
            self._class_name(call, schema),
            self._is_source(call, given["source"], source, name),
        )

    def _dataset_name(self, call: Call) -> str | None:
        given = argument(call.node, "name", 0)
        name = self.declarations.text(call.module, given) if isinstance(given, ast.expr) else None
        if name is None:
            self.collected.doubt(call.module, call.node, "a dataset", "its name is computed")
        return name

    def _class_name(self, call: Call, schema: ast.expr | None) -> str | None:
        if schema is None:
            return None
        match self.resolver.follow(call.module, schema, position(call.node)):
            case Defined(node=ast.ClassDef(name=name, decorator_list=[])):
                return name
            case _:
                return None

    def _is_source(
        self, call: Call, given: object, source: ast.expr | None, name: str
    ) -> bool | None:
        if isinstance(given, Unknown):
            return None
        if source is None:
            return False
        truth = self.declarations.truth(call.module, source)
        if truth is None:
            why = f"source={ast.unparse(source)} is known only when it is imported"
            self.collected.doubt(
                call.module, call.node, f"whether dataset {name!r} is a source", why
            )
        return truth

    def _names(self, calls: Iterable[Call]) -> tuple[str, ...]:
        names = []
        for call in calls:
            self.collected.datasets.setdefault(call.node, call)
            name = self._dataset_name(call)
            if name is not None:
                names.append(name)
        return tuple(names)

    def _task(self, task: ReadTask) -> TaskFound | None:
        for what, why in task.doubts:
            self.collected.doubt(task.module, task.function, f"{what} of {task.called}", why)
        reads, previous, writes = (
            self._names(calls)
            for calls in ([*task.reads.values()], [*task.previous.values()], task.writes)
        )
        if task.name is None:
            return None
        resource = task.decoration.resource
        text = ast.unparse(resource) if resource else None
        meant = self._meant(task.module, resource)
        return TaskFound(
            task.name,
            task.module.place(task.function),
            text,
            meant if meant != text else None,
            reads,
            previous,
            writes,
            tuple(task.open_parameters),
        )

    def _meant(self, module: Module, resource: ast.expr | None) -> str | None:
        if resource is None:
            return None
        match self.resolver.follow(module, resource, position(resource)):
            case Defined(node=ast.Call() as call):
                return ast.unparse(call)
            case _:
                return None

    def _pipeline(self, pipeline: ReadPipeline) -> PipelineFound:
        named = f"pipeline {pipeline.name!r}" if pipeline.name else "a pipeline"
        for node, why in pipeline.doubts:
            self.collected.doubt(pipeline.module, node, named, why)
        return PipelineFound(
            pipeline.name,
            pipeline.module.place(pipeline.node),
            tuple(task.name for task in pipeline.tasks if task.name is not None),
            pipeline.schedule,
        )

    def _edges(self, pipeline: ReadPipeline) -> Iterator[EdgeFound]:
        for before, after, shared in pipeline.edges():
            if before.name is not None and after.name is not None:
                names = self._names(shared)
                yield EdgeFound(pipeline.name, before.name, after.name, names)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
