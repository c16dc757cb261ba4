"""What Python code keeps and repeats of a run by hand: metrics, paths of models with a version in them, identities, seeds.

Looks on the one pass of `facts.python`, as those of `facts.checks`. Whether a place matters is not theirs to say.
"""

import ast
import re
from collections.abc import Iterator
from itertools import islice

from mlops_scan.evidence import Fact
from mlops_scan.facts import looks
from mlops_scan.facts.looks import Look
from mlops_scan.facts.spoken import METRICS, MOST_NODES, name_of, names_in, verb_of, words_of

_SEED = re.compile(r"(?:^|_)(?:seed|random_state)$")
_MODEL_IDENTITY = frozenset({"model_version", "model_run_id", "model_sha", "model_hash", "run_id"})
_KEPT = re.compile(
    r"(?:^|_)(?:metrics?|scores?|evaluation|performance)(?:_|$)|(?:eval\w{0,40}|test|classification|model)_(?:results?|report)"
)
_SAVES = frozenset({"dump", "to_csv", "to_json", "to_parquet"})
_WRITES = re.compile(r"(?:^|_)(?:write|writes|put|upload|save)(?:_|$)")
_MODEL_PATH = re.compile(
    r"(?:model|registry|checkpoint|artifact|pipeline|estimator)[^ ]{0,100}$|\.(?:pkl|pickle|joblib|onnx|pth?|h5|keras|bin|bst)$",
    re.IGNORECASE,
)
_VERSIONS = frozenset(
    {"version", "run", "timestamp", "ts", "sha", "commit", "now", "today", "date", "datetime", "strftime"}
)


class Watch(looks.Watch):
    """What the looks remember of a file: what a unit has said already."""

    def __init__(self, assigned: looks.Assigned) -> None:
        super().__init__(assigned)
        self.told: set[tuple[str, str, str]] = set()

    def once(self, fact: Fact) -> Iterator[Fact]:
        """The fact, unless its unit has said so before."""
        if (key := (fact.kind, fact.name, fact.unit)) not in self.told:
            self.told.add(key)
            yield fact


def on_call(watch: Watch, node: ast.Call, unit: str) -> Iterator[Fact]:
    """A seed that is handed on by its name; metrics that are written; a model's identity as an argument."""
    for keyword in node.keywords:
        if keyword.arg and _SEED.search(keyword.arg) and not isinstance(keyword.value, ast.Constant):
            yield from watch.once(Fact("seed", keyword.arg, node.lineno, unit=unit))
        elif keyword.arg == "model_version":
            yield from watch.once(Fact("stamp", keyword.arg, node.lineno, unit=unit))
    verb = verb_of(node)
    if verb == "print" and isinstance(node.func, ast.Name):
        yield from watch.once(Fact("printed", "print", node.lineno, unit=unit))
    if verb in _SAVES or _WRITES.search(verb):
        yield from _kept(node, verb, unit)


def on_assign(watch: Watch, node: ast.Assign | ast.AnnAssign, unit: str) -> Iterator[Fact]:
    """A seed that is a number; the identity of a model that a row or a record gets."""
    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
        if isinstance(target, ast.Name) and _is_seed(target.id, node.value):
            yield Fact("seed", target.id, node.lineno, unit=unit)
        elif isinstance(target, ast.Subscript):
            yield from _stamp(watch, target.slice, unit)


def on_dict(watch: Watch, node: ast.Dict, unit: str) -> Iterator[Fact]:
    """A record or an answer that carries the identity of a model."""
    for key in node.keys:
        if key is not None:
            yield from _stamp(watch, key, unit)


def on_function(watch: Watch, node: ast.FunctionDef | ast.AsyncFunctionDef, unit: str) -> Iterator[Fact]:
    """A seed that is a parameter with a number."""
    if not node.args.defaults and not node.args.kw_defaults:
        return
    given = [*node.args.posonlyargs, *node.args.args]
    pairs = [*zip(reversed(given), reversed(node.args.defaults), strict=False)]
    for argument, value in (*pairs, *zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)):
        if _is_seed(argument.arg, value):
            yield from watch.once(Fact("seed", argument.arg, argument.lineno, unit=unit))


def _is_seed(name: str, value: ast.expr | None) -> bool:
    number = value.value if isinstance(value, ast.Constant) else None
    return isinstance(number, int) and not isinstance(number, bool) and _SEED.search(name.lower()) is not None


def _stamp(watch: Watch, key: ast.expr, unit: str) -> Iterator[Fact]:
    if isinstance(key, ast.Constant) and key.value in _MODEL_IDENTITY:
        yield from watch.once(Fact("stamp", str(key.value), key.lineno, unit=unit))


def _kept(node: ast.Call, verb: str, unit: str) -> Iterator[Fact]:
    """What a call writes, if its name or its first keys speak of metrics: `json.dump(metrics, f)`, `scores.to_csv(p)`."""
    held = [node.func.value] if isinstance(node.func, ast.Attribute) and verb.startswith("to_") else node.args[:1]
    texts = [each for each in (*node.args, *(keyword.value for keyword in node.keywords)) if isinstance(each, ast.Call)]
    held += [argument for each in texts if verb_of(each) == "dumps" for argument in each.args[:1]]
    for each in held:
        name = name_of(each) or (_measured_key(each) if isinstance(each, ast.Dict) else "")
        if _KEPT.search(name.lower()) or (isinstance(each, ast.Dict) and name):
            yield Fact("kept", name, node.lineno, verb, unit)


def _measured_key(node: ast.Dict) -> str:
    keys = (key.value for key in node.keys if isinstance(key, ast.Constant) and isinstance(key.value, str))
    return next((key for key in islice(keys, MOST_NODES) if METRICS.intersection(words_of(key))), "")


def on_text(watch: Watch, node: ast.JoinedStr, unit: str) -> Iterator[Fact]:
    """A path of a model with a version, a run or a time in it: `f"models/{run_id}/model.pkl"`."""
    parts = [part.value if isinstance(part, ast.Constant) else "{}" for part in node.values]
    path = "".join(map(str, parts))
    if ("/" not in path and not path.endswith((".pkl", ".joblib"))) or " " in path:
        return
    names = {
        word
        for part in node.values
        if isinstance(part, ast.FormattedValue)
        for name in names_in(part.value)
        for word in words_of(name)
    }
    if not _MODEL_PATH.search(path) and not ("://" in path and "run" in names):
        return
    if names & _VERSIONS and "{}" in path:
        yield from watch.once(Fact("versioned-path", path[:200], node.lineno, unit=unit))


def _heeds_call(name: str) -> bool:
    return name in ("print", "model_version", *_SAVES) or bool(_WRITES.search(name) or _SEED.search(name))


def _heeds_target(name: str) -> bool:
    return name in _MODEL_IDENTITY or _SEED.search(name.lower()) is not None


LOOKS: dict[type, Look] = {
    ast.Assign: Look(on_assign, _heeds_target),
    ast.AnnAssign: Look(on_assign, _heeds_target),
    ast.Call: Look(on_call, _heeds_call),
    ast.Dict: Look(on_dict),
    ast.JoinedStr: Look(on_text),
    ast.FunctionDef: Look(on_function),
    ast.AsyncFunctionDef: Look(on_function),
}
