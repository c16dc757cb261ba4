"""Names of models in a registry, as Python code gives them: literals, constants, defaults of settings."""

import ast
import re
from collections.abc import Iterator

from mlops_scan.evidence import Fact
from mlops_scan.facts.pipelines.scopes import Scope, called, path
from mlops_scan.facts.source import Source

#: Calls that make a version of a model, with the place of its name among their arguments.
_REGISTERING = {"register_model": 1, "create_registered_model": 0, "create_model_version": 0}
_LOADING = {
    "get_latest_versions": 0, "get_model_version_by_alias": 0, "get_registered_model": 0, "get_model_version": 0,
    "set_registered_model_alias": 0, "transition_model_version_stage": 0, "search_model_versions": 0,
}  # fmt: skip
_BY_NAME = "registered_model_name"
_TELLING = frozenset((*_REGISTERING, *_LOADING, _BY_NAME))
_NAMED = (_BY_NAME, "model_name", "name")
_ADDRESS = re.compile(r"models:/{1,3}([^/@:{}$]{1,200})")
_WORDS = ("registered_model", "models:/", "register_model", "model_version", "get_latest_versions")
_NAME = re.compile(r"[\w][\w .-]{0,200}")


def is_likely(source: Source) -> bool:
    """Whether a file may name a registered model."""
    has_names = not _TELLING.isdisjoint(source.called) or ast.JoinedStr in source.kinds
    return has_names and any(map(source.text.__contains__, _WORDS))


def models(scope: Scope) -> Iterator[Fact]:
    """What is registered (`registers-model`) and what is asked for by its name (`loads-model`)."""
    for node in scope.nodes:
        if isinstance(node, ast.Call):
            yield from _call(node, scope)
        elif isinstance(node, ast.JoinedStr) and (found := _ADDRESS.match(path(node, scope.bound))):
            yield Fact("loads-model", found[1], node.lineno, unit=scope.unit)


def _call(node: ast.Call, scope: Scope) -> Iterator[Fact]:
    given = {each.arg: each.value for each in node.keywords if each.arg}
    verb = called(node)
    kind = "loads-model" if verb in _LOADING else "registers-model"
    if verb in _REGISTERING or verb in _LOADING:
        at = {**_REGISTERING, **_LOADING}[verb]
        value = next((given[key] for key in _NAMED if key in given), node.args[at] if len(node.args) > at else None)
    else:
        value = given.get(_BY_NAME)
    name = path(value, scope.bound)
    if _NAME.fullmatch(name):
        yield Fact(kind, name, node.lineno, unit=scope.unit)
