"""Measurements in Python code that measure nothing: data against itself, invented numbers, a score on what was learned.

Looks on the one pass of `facts.python`, as those of `facts.checks`: they know how such code is written.
"""

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from mlops_scan.evidence import Fact
from mlops_scan.facts import comparisons, looks
from mlops_scan.facts.checks import dotted, is_inner
from mlops_scan.facts.looks import Assignment, Look
from mlops_scan.facts.nodes import DEFINITIONS, below
from mlops_scan.facts.spoken import verb_of

_RANDOM = re.compile(
    r"(?:np\.random|numpy\.random|random)\.(?:uniform|random|rand|randn|randint|normal|gauss|choice|choices|sample|beta"
    r"|betavariate|triangular|random_sample)$"
)
#: Words that a name ends with which holds a measurement.
_METRICS = (
    "acc", "accuracy", "f1", "f1_score", "auc", "roc_auc", "precision", "recall", "rmse", "mse", "mae", "mape", "r2",
    "r2_score", "psi", "drift_score", "score", "loss",
)  # fmt: skip
_METRIC = re.compile(rf"(?:^|[^a-z0-9])(?:{'|'.join(_METRICS)})$")
_LIMIT = re.compile(r"threshold|min|max|target|baseline|require|limit|best|prev|default|expect|toler|weight|champion")
_SCORES = re.compile(
    r"(?:accuracy|f1|precision|recall|roc_auc|r2|balanced_accuracy)_score$|mean_(?:squared|absolute)\w{0,40}error$"
    r"|root_mean_squared_error$|classification_report$|confusion_matrix$"
)
_ABOUT = re.compile(f"{comparisons.SPLITS.pattern}|{_SCORES.pattern}")
_ROWS = (ast.Tuple, ast.List)
_LOGS = frozenset(("log_metric", "record_metric", "put_metric", "report_scalar", "log_scalar"))
_ANSWERS = re.compile(
    r"^_?(?:predict|score|infer|inference|recommend|evaluate|classify|detect_drift|calculate_drift|compute_drift)"
)
_TOLD = re.compile(
    r"(?:^|_)(?:ALERT|NOTIF|NOTIFY|NOTIFICATION|EMAIL|RECIPIENT|RECEIVER|ONCALL|SLACK)S?(?:_|$)|_EMAILS$"
)


_Scope = tuple[str, int]


class Watch(looks.Watch):
    """What the looks remember of a file: what names hold, and what was learned and predicted, by unit."""

    def __init__(self, assigned: looks.Assigned) -> None:
        super().__init__(assigned)
        self.numbers: dict[tuple[str, str], tuple[int, str]] = {}
        self.inner: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self.learned: dict[_Scope, dict[str, int]] = defaultdict(dict)
        self.predicted: dict[_Scope, set[str]] = defaultdict(set)
        self.scored: set[_Scope] = set()
        self.split: set[_Scope] = set()
        self._values: dict[tuple[str, str], comparisons.Origin] = {}

    def held(self, name: str, unit: str) -> comparisons.Origin | None:
        """What a name of a function was made from by the last of its assignments so far."""
        for node, around in self.newly_assigned():
            if not isinstance(node, ast.AugAssign) and node.value is not None:
                self._values |= {(around, each): (node.value, at) for each, at in _bound(node)}
        return self._values.get((unit, name))

    def scope(self, node: ast.AST, unit: str) -> "_Scope":
        """The innermost function around a node: a unit, and the line of the function inside it, if it is in one."""
        line = getattr(node, "lineno", 0)
        return unit, max((start for start, end in self.inner[unit] if start <= line <= end), default=0)

    def rest(self) -> Iterator[Fact]:
        """What only the whole file shows: a number that a name holds for good, a score on the training data alone."""
        bound = self._times_bound() if self.numbers else {}
        for (unit, name), (line, value) in self.numbers.items():
            if bound[unit, name] == 1:
                yield Fact("literal", name, line, value, unit)
        for scope, names in self.learned.items():
            predicted = self.predicted[scope]
            if scope in self.scored - self.split and predicted and predicted <= names.keys():
                name = min(predicted)
                yield Fact("same-source", "fit", names[name], f"`{name}` is both learned from and scored", scope[0])

    def _times_bound(self) -> Counter[tuple[str, str]]:
        """How often each name is bound in its unit; one that is counted up holds no constant."""
        bound = [(node, unit) for node, unit in self.assigned.all if node.value is not None]
        return Counter((unit, name) for node, unit in bound for name, _ in _bound(node))


def _bound(node: Assignment) -> Iterator[tuple[str, int]]:
    """The names that get a value, each with its place where they share one; -1 where it is theirs alone."""
    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
        parts = target.elts if isinstance(target, _ROWS) else [target]
        for index, part in enumerate(parts):
            if isinstance(part, ast.Name):
                yield part.id, index if len(parts) > 1 else -1


def on_assign(watch: Watch, node: ast.Assign | ast.AnnAssign, unit: str) -> Iterator[Fact]:
    """A metric that is a number, or a list of people to be told that is empty."""
    for name, at in _bound(node) if node.value is not None else ():
        if at < 0 and node.value is not None:
            yield from _assigned(watch, name, node.value, unit)


def _assigned(watch: Watch, name: str, value: ast.expr, unit: str) -> Iterator[Fact]:
    if isinstance(value, _ROWS) and not value.elts and _is_of_people(name) and not unit:
        yield Fact("switched-off", f"{name} = []", value.lineno)
    if not _is_measured(name):
        return
    if made_up := _invented(value):
        yield Fact("literal", name, value.lineno, made_up, unit)
    elif unit and (number := _fraction(value)):
        watch.numbers.setdefault((unit, name), (value.lineno, number))


def _is_of_people(name: str) -> bool:
    """Whether a constant of this name holds whom to tell."""
    return name.isupper() and _TOLD.search(name) is not None


def _is_measured(name: str) -> bool:
    """Whether a name is that of a measurement, and of no limit to one."""
    lower = name.lower()
    return (
        lower.removesuffix("\n").endswith(_METRICS) and _METRIC.search(lower) is not None and not _LIMIT.search(lower)
    )


def on_dict(_watch: Watch, node: ast.Dict, unit: str) -> Iterator[Fact]:
    """A metric in a dictionary that is drawn at random."""
    for key, value in zip(node.keys, node.values, strict=True):
        name = key.value[:80] if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""
        if _is_measured(name) and (made_up := _invented(value)):
            yield Fact("literal", name, value.lineno, made_up, unit)


def on_call(watch: Watch, node: ast.Call, unit: str) -> Iterable[Fact]:
    """A comparison of two sides that are one, a metric that is no measurement, and what is learned and predicted."""
    verb = verb_of(node)
    if _learns(verb):
        _remembered(watch, node, verb, unit)
    if comparisons.compares(verb) or comparisons.has_sides(node):
        return _compared(watch, node, unit)
    return _logged(watch, node, unit) if verb in _LOGS and len(node.args) > 1 else ()


def _learns(verb: str) -> bool:
    """Whether a verb speaks of learning and scoring."""
    return verb in ("fit", "predict", "predict_proba", "score", "evaluate") or _ABOUT.search(verb) is not None


def _compared(watch: Watch, node: ast.Call, unit: str) -> Iterator[Fact]:
    sides = comparisons.sides(node)
    if sides and (what := comparisons.same(*sides, lambda name: watch.held(name, unit))):
        yield Fact("same-source", dotted(node.func), node.lineno, what, unit)


def _remembered(watch: Watch, node: ast.Call, verb: str, unit: str) -> None:
    """Keep what is learned from, predicted on and scored, and whether data were split."""
    scope = watch.scope(node, unit)
    first = node.args[0] if node.args else None
    if comparisons.SPLITS.search(verb):
        watch.split.add(scope)
    if _SCORES.search(verb) or (verb == "score" and isinstance(node.func, ast.Attribute)):
        watch.scored.add(scope)
    if isinstance(first, ast.Name) and isinstance(node.func, ast.Attribute):
        if verb == "fit" and len(node.args) > 1 and "train" not in first.id.lower():
            watch.learned[scope][first.id] = node.lineno
        elif verb in ("predict", "predict_proba", "score", "evaluate"):
            watch.predicted[scope].add(first.id)


def on_text(_watch: Watch, node: ast.Constant, unit: str) -> Iterable[Fact]:
    """Metrics that are written by hand in the text format of Prometheus, under names that nobody else is told."""
    if isinstance(node.value, str) and node.value.startswith(("# TYPE ", "# HELP ")):
        return (Fact("emits-metric", "{}", node.lineno, unit=unit),)
    return ()


def on_function(watch: Watch, node: ast.FunctionDef | ast.AsyncFunctionDef, unit: str) -> Iterator[Fact]:
    """A function that is to predict or to measure, and ends with a random number."""
    if is_inner(node, unit):
        watch.inner[unit].append((node.lineno, node.end_lineno or node.lineno))
    last = node.body[-1]
    answer = last.value if isinstance(last, ast.Return) and _ANSWERS.search(node.name.lower()) else None
    if answer is not None and (made_up := _invented(answer)):
        yield Fact("literal", f"{node.name}()", last.lineno, made_up, unit)


def _heeds_target(name: str) -> bool:
    return _is_of_people(name) or _is_measured(name)


def _heeds_call(name: str) -> bool:
    return _learns(name) or comparisons.compares(name) or name in _LOGS or name in comparisons.CURRENT


LOOKS: dict[type, Look] = {
    ast.Assign: Look(on_assign, _heeds_target),
    ast.AnnAssign: Look(on_assign, _heeds_target),
    ast.Dict: Look(on_dict),
    ast.Call: Look(on_call, _heeds_call),
    ast.Constant: Look(on_text),
    ast.FunctionDef: Look(on_function),
    ast.AsyncFunctionDef: Look(on_function),
}


def inert(tree: ast.Module) -> Iterator[Fact]:
    """The fact that a module only defines things and starts none of them: to run it does nothing and succeeds."""
    definitions = [each for each in tree.body if isinstance(each, DEFINITIONS)]
    functions = [each for each in definitions if not isinstance(each, ast.ClassDef)]
    if not functions or tree.body[-1] is not definitions[-1] or any(each.decorator_list for each in definitions):
        return
    own = {each.name for each in definitions} | {"__name__"}
    others = [each for each in tree.body if not isinstance(each, DEFINITIONS)]
    if not any(isinstance(node, ast.Name) and node.id in own for each in others for node in below(each)):
        yield Fact("inert", "definitions", functions[-1].lineno)


# -- what is invented --------------------------------------------------------------------------------------------------


def _invented(node: ast.expr) -> str:
    """The random generator that a value is drawn from, also behind `round` and arithmetic; empty for a measurement."""
    for _ in range(10):
        if isinstance(node, ast.Call) and _RANDOM.search(dotted(node.func)):
            return dotted(node.func)
        if (
            isinstance(node, ast.Call)
            and dotted(node.func) in ("round", "float", "int", "abs", "min", "max")
            and node.args
        ):
            node = node.args[0]
        elif isinstance(node, ast.BinOp) and isinstance(node.left, ast.Constant):
            node = node.right
        elif isinstance(node, ast.BinOp) and isinstance(node.right, ast.Constant):
            node = node.left
        else:
            break
    return ""


def _fraction(node: ast.expr | None) -> str:
    """A number that looks like a result: between 0 and 1, and neither of them."""
    value = node.value if isinstance(node, ast.Constant) else None
    return str(value) if isinstance(value, float) and 0 < value < 1 else ""


def _logged(watch: Watch, node: ast.Call, unit: str) -> Iterator[Fact]:
    """A metric that is logged with a literal, or with a name that holds something invented."""
    key, value = node.args[0], node.args[1]
    metric = key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""
    if isinstance(value, ast.Name):
        value = (watch.held(value.id, unit) or (value, -1))[0]
    if made_up := _invented(value) or (_fraction(value) if _METRIC.search(metric.lower()) else ""):
        yield Fact("literal", metric[:80] or "a metric", node.lineno, made_up, unit)
