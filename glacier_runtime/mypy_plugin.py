"""The mypy plugin for bare datasets as annotations: `def extract() -> raw_flights`.

To mypy, `raw_flights = Dataset("raw_flights")` makes a variable, which is no type. With the plugin it makes an alias too: of
what carries the dataset where no other type is said, so that bodies and calls are checked as with
`Annotated[pl.LazyFrame, raw_flights]`. It is switched on in pyproject.toml:

    [tool.mypy]
    plugins = ["glacier_runtime.mypy_plugin"]

mypy imports this module and nothing else does; Glacier does not depend on mypy.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Final, TypeAlias

from mypy import nodes
from mypy.errorcodes import VALID_TYPE
from mypy.options import Options
from mypy.plugin import AnalyzeTypeContext, DynamicClassDefContext, Plugin
from mypy.semanal import SemanticAnalyzer
from mypy.typeanal import TypeAnalyser
from mypy.types import AnyType, Instance, Type, TypeAliasType, TypeOfAny

__all__ = ["DatasetPlugin", "plugin"]

_DATASET: Final = "glacier_runtime.datasets.Dataset"
_TABLE: Final = "polars.lazyframe.frame.LazyFrame"
_FILES: Final = "pathlib.Path"
_MODEL: Final = "pydantic.main.BaseModel"
_FORMATS: Final = {
    "glacier_runtime.storage.formats.JsonFormat": "json",
    "glacier_runtime.storage.formats.FilesFormat": "files",
}
# Beside each dataset stands its alias, in the same namespace: so it is cached, merged and compared as the rest of a module
# is. No name of Python holds a blank, so none is taken.
_AS_A_TYPE: Final = " as a type"

_Hook: TypeAlias = Callable[[AnalyzeTypeContext], Type]


class DatasetPlugin(Plugin):
    """Makes each dataset that is declared by `name = Dataset(...)` a type of that name."""

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        # Names local to a function are in no namespace that outlives it.
        self._locals: dict[nodes.Var, Type] = {}
        self._local_names: set[str] = set()
        self._left_to_mypy = ""

    def get_dynamic_class_hook(
        self, fullname: str
    ) -> Callable[[DynamicClassDefContext], None] | None:
        """See `name = Dataset(...)`."""
        return self._declare if fullname == _DATASET else None

    def get_type_analyze_hook(self, fullname: str) -> _Hook | None:
        """See a name in an annotation; asked for every one of them, so this has to be quick."""
        if fullname in self._local_names:
            is_left, self._left_to_mypy = fullname == self._left_to_mypy, ""
            return None if is_left else self._use_local
        symbol = self.lookup_fully_qualified(fullname + _AS_A_TYPE)
        if symbol is None or not isinstance(symbol.node, nodes.TypeAlias):
            return None
        alias = symbol.node
        return lambda context: _checked(context) or TypeAliasType(alias, [])

    def _use_local(self, context: AnalyzeTypeContext) -> Type:
        assert isinstance(context.api, TypeAnalyser)
        name = context.type.name
        symbol = context.api.lookup_qualified(name, context.context)
        variable = symbol.node if symbol else None
        if isinstance(variable, nodes.Var) and variable in self._locals:
            return _checked(context) or self._locals[variable]
        self._left_to_mypy = name  # another name of that spelling
        return context.api.analyze_type(context.type)

    def _declare(self, context: DynamicClassDefContext) -> None:
        api = context.api
        assert isinstance(api, SemanticAnalyzer)
        symbol = api.current_symbol_table().get(context.name)
        variable = symbol.node if symbol else None
        if not isinstance(variable, nodes.Var):
            return
        carrier: Type | None = _Declaration(context).carrier()
        if carrier is None and not api.final_iteration:
            api.defer()
            return
        carrier = carrier or AnyType(TypeOfAny.from_unimported_type)
        if "." not in variable.fullname:
            self._locals[variable] = carrier
            self._local_names.add(variable.fullname)
        else:
            _put_beside(variable, carrier, context)


def plugin(version: str) -> type[Plugin]:  # noqa: ARG001 (mypy passes it)
    """Give mypy the plugin."""
    return DatasetPlugin


def _checked(context: AnalyzeTypeContext) -> Type | None:
    """Refuse `raw_flights[int]`."""
    if not context.type.args:
        return None
    fault = f'Dataset "{context.type.name}" takes no type arguments'
    context.api.fail(fault, context.context, code=VALID_TYPE)
    return AnyType(TypeOfAny.from_error)


def _put_beside(variable: nodes.Var, carrier: Type, context: DynamicClassDefContext) -> None:
    """Put the alias into the namespace of the dataset, or bring it up to date."""
    api, call = context.api, context.call
    fullname = variable.fullname + _AS_A_TYPE
    known = api.lookup_fully_qualified_or_none(fullname)
    if known is not None and isinstance(known.node, nodes.TypeAlias):
        known.node.target = carrier
        return
    alias = nodes.TypeAlias(carrier, fullname, api.cur_mod_id, call.line, call.column)
    symbol = nodes.SymbolTableNode(nodes.GDEF, alias, module_public=False, plugin_generated=True)
    api.add_symbol_table_node(context.name + _AS_A_TYPE, symbol)


class _Declaration:
    """Reads off a call of `Dataset` what carries the dataset, as far as its text says."""

    def __init__(self, context: DynamicClassDefContext) -> None:
        self.api = context.api
        self.arguments = _by_name(context.call)

    def carrier(self) -> Instance | None:
        """Return the type; None if it is not ready yet."""
        match self._format():
            case "files":
                return self._named(_FILES)
            case "json":
                return self._document()
            case _:
                return self._named(_TABLE)

    def _named(self, fullname: str, arguments: list[Type] | None = None) -> Instance | None:
        return self.api.named_type_or_none(fullname, arguments)

    def _document(self) -> Instance | None:
        schema = self._origin(self.arguments.get("schema"))
        if schema is None or (isinstance(schema, nodes.NameExpr) and schema.name == "None"):
            texts_to_objects: list[Type] = [
                self.api.named_type("builtins.str"),
                self.api.named_type("builtins.object"),
            ]
            return self._named("builtins.dict", texts_to_objects)
        model = schema.node if isinstance(schema, nodes.RefExpr) else None
        if isinstance(model, nodes.PlaceholderNode) and not self.api.final_iteration:
            return None
        if isinstance(model, nodes.TypeInfo):
            unsaid = AnyType(TypeOfAny.from_omitted_generics)
            return Instance(model, [unsaid] * len(model.defn.type_vars))
        return self._named(_MODEL)

    def _format(self) -> str:
        wanted = self._origin(self.arguments.get("format"))
        if isinstance(wanted, nodes.StrExpr):
            return wanted.value
        if isinstance(wanted, nodes.CallExpr) and isinstance(wanted.callee, nodes.RefExpr):
            return _FORMATS.get(wanted.callee.fullname, "table")
        place = self._origin(self.arguments.get("storage"))
        path = _path(place) if isinstance(place, nodes.CallExpr) else None
        return PurePosixPath(path or "").suffix.removeprefix(".")

    def _origin(self, value: nodes.Expression | None) -> nodes.Expression | None:
        """Follow a name of this module to the one value that it is given."""
        variable = value.node if isinstance(value, nodes.RefExpr) else None
        if not isinstance(variable, nodes.Var):
            return value
        module = self.api.modules[self.api.cur_mod_id]
        values = [
            statement.rvalue
            for statement in module.defs
            if isinstance(statement, nodes.AssignmentStmt)
            for target in statement.lvalues
            if isinstance(target, nodes.NameExpr) and target.node is variable
        ]
        return values[0] if len(values) == 1 else value


def _by_name(call: nodes.CallExpr) -> dict[str, nodes.Expression]:
    return {
        name: value
        for name, value in zip(call.arg_names, call.args, strict=True)
        if name is not None
    }


def _path(call: nodes.CallExpr) -> str | None:
    """Return the path of `bucket.at("path")` or of `bucket(path="path")`, if it is written out."""
    is_at = isinstance(call.callee, nodes.MemberExpr) and call.callee.name == "at"
    value = call.args[0] if is_at and call.args else _by_name(call).get("path")
    return value.value if isinstance(value, nodes.StrExpr) else None
