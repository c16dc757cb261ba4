"""Measurements in Python code that measure nothing: data against itself, invented numbers, a score on what was learned.

Looks on the one pass of `facts.python`, as those of `facts.checks`: they know how such code is written.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import lru_cache

from mlops_scan.evidence import Fact
from mlops_scan.facts import comparisons
from mlops_scan.facts.checks import dotted, verb_of

_RANDOM = re.compile(
    r"(?:np\.random|numpy\.random|random)\.(?:uniform|random|rand|randn|randint|normal|gauss|choice|choices|sample|beta"
    r"|betavariate|triangular|random_sample)$"
)
_METRIC = re.compile(
    r"(?:^|[^a-z0-9])(?:acc|accuracy|f1|f1_score|auc|roc_auc|precision|recall|rmse|mse|mae|mape|r2|r2_score|psi"
    r"|drift_score|score|loss)$"
)
_LIMIT = re.compile(r"threshold|min|max|target|baseline|require|limit|best|prev|default|expect|toler|weight|champion")
_SCORES = re.compile(
    r"(?:accuracy|f1|precision|recall|roc_auc|r2|balanced_accuracy)_score$|mean_(?:squared|absolute)\w{0,40}error$"
    r"|root_mean_squared_error$|classification_report$|confusion_matrix$"
)
_ABOUT = re.compile(f"{comparisons.SPLITS.pattern}|{_SCORES.pattern}")
_LOGS = frozenset(("log_metric", "record_metric", "put_metric", "report_scalar", "log_scalar"))
_ANSWERS = re.compile(
    r"^_?(?:predict|score|infer|inference|recommend|evaluate|classify|detect_drift|calculate_drift|compute_drift)"
)
_TOLD = re.compile(
    r"(?:^|_)(?:ALERT|NOTIF|NOTIFY|NOTIFICATION|EMAIL|RECIPIENT|RECEIVER|ONCALL|SLACK)S?(?:_|$)|_EMAILS$"
)


_Scope = tuple[str, int]


class Watch:
    """What the looks remember of a file: what names hold, and what was learned and predicted, by unit."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str], tuple[ast.expr, int]] = {}
        self.numbers: dict[tuple[str, str], tuple[int, str]] = {}
        self.bound: dict[tuple[str, str], int] = defaultdict(int)
        self.inner: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self.learned: dict[_Scope, dict[str, int]] = defaultdict(dict)
        self.predicted: dict[_Scope, set[str]] = defaultdict(set)
        self.scored: set[_Scope] = set()
        self.split: set[_Scope] = set()

    def scope(self, node: ast.AST, unit: str) -> "_Scope":
        """The innermost function around a node: a unit, and the line of the function inside it, if it is in one."""
        line = getattr(node, "lineno", 0)
        return unit, max((start for start, end in self.inner[unit] if start <= line <= end), default=0)

    def rest(self) -> Iterator[Fact]:
        """What only the whole file shows: a number that a name holds for good, a score on the training data alone."""
        for (unit, name), (line, value) in self.numbers.items():
            if self.bound[unit, name] == 1:
                yield Fact("literal", name, line, value, unit)
        for scope, names in self.learned.items():
            predicted = self.predicted[scope]
            if scope in self.scored - self.split and predicted and predicted <= names.keys():
                name = min(predicted)
                yield Fact("same-source", "fit", names[name], f"`{name}` is both learned from and scored", scope[0])


def on_assign(watch: Watch, node: ast.Assign | ast.AnnAssign, unit: str) -> Iterator[Fact]:
    """What a name holds from here on; a metric that is a number, or a list of people to be told that is empty."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    for target in targets:
        parts = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
        for index, part in enumerate(parts):
            if isinstance(part, ast.Name) and node.value is not None:
                watch.values[unit, part.id] = (node.value, index if len(parts) > 1 else -1)
                watch.bound[unit, part.id] += 1
                yield from _assigned(watch, part.id, node.value, unit) if len(parts) == 1 else ()


def _assigned(watch: Watch, name: str, value: ast.expr, unit: str) -> Iterator[Fact]:
    if (
        isinstance(value, ast.List | ast.Tuple)
        and not value.elts
        and name.isupper()
        and _TOLD.search(name)
        and not unit
    ):
        yield Fact("switched-off", f"{name} = []", value.lineno)
    if not _METRIC.search(name.lower()) or _LIMIT.search(name.lower()):
        return
    if made_up := _invented(value):
        yield Fact("literal", name, value.lineno, made_up, unit)
    elif unit and (number := _fraction(value)):
        watch.numbers.setdefault((unit, name), (value.lineno, number))


def on_augmented(watch: Watch, node: ast.AugAssign, unit: str) -> Iterator[Fact]:
    """A name that is counted up holds no constant."""
    if isinstance(node.target, ast.Name):
        watch.bound[unit, node.target.id] += 1
    return iter(())


def on_dict(_watch: Watch, node: ast.Dict, unit: str) -> Iterator[Fact]:
    """A metric in a dictionary that is drawn at random."""
    for key, value in zip(node.keys, node.values, strict=True):
        name = key.value[:80] if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""
        if _METRIC.search(name.lower()) and not _LIMIT.search(name.lower()) and (made_up := _invented(value)):
            yield Fact("literal", name, value.lineno, made_up, unit)


def on_call(watch: Watch, node: ast.Call, unit: str) -> Iterator[Fact]:
    """A comparison of two sides that are one, a metric that is no measurement, and what is learned and predicted."""
    verb = verb_of(node)
    learns, compares, logs = _about(verb)
    if learns:
        _remembered(watch, node, verb, unit)
    if compares or comparisons.has_sides(node):
        return _compared(watch, node, unit)
    return _logged(watch, node, unit) if logs and len(node.args) > 1 else iter(())


@lru_cache(maxsize=10_000)
def _about(verb: str) -> tuple[bool, bool, bool]:
    """Whether a verb speaks of learning and scoring, of comparing two distributions, and of logging a metric."""
    learns = verb in ("fit", "predict", "predict_proba", "score", "evaluate") or _ABOUT.search(verb) is not None
    return learns, comparisons.compares(verb), verb in _LOGS


def _compared(watch: Watch, node: ast.Call, unit: str) -> Iterator[Fact]:
    sides = comparisons.sides(node)
    if sides and (what := comparisons.same(*sides, lambda name: watch.values.get((unit, name)))):
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


def on_text(_watch: Watch, node: ast.Constant, unit: str) -> Iterator[Fact]:
    """Metrics that are written by hand in the text format of Prometheus, under names that nobody else is told."""
    if isinstance(node.value, str) and node.value.startswith(("# TYPE ", "# HELP ")):
        yield Fact("emits-metric", "{}", node.lineno, unit=unit)


def on_function(watch: Watch, node: ast.FunctionDef | ast.AsyncFunctionDef, unit: str) -> Iterator[Fact]:
    """A function that is to predict or to measure, and ends with a random number."""
    if re.split(r"[:.]", unit)[-1] != node.name:
        watch.inner[unit].append((node.lineno, node.end_lineno or node.lineno))
    last = node.body[-1]
    answer = last.value if isinstance(last, ast.Return) and _ANSWERS.search(node.name.lower()) else None
    if answer is not None and (made_up := _invented(answer)):
        yield Fact("literal", f"{node.name}()", last.lineno, made_up, unit)


LOOKS: dict[type, Callable[..., Iterator[Fact]]] = {
    ast.Assign: on_assign,
    ast.AnnAssign: on_assign,
    ast.AugAssign: on_augmented,
    ast.Dict: on_dict,
    ast.Call: on_call,
    ast.Constant: on_text,
    ast.FunctionDef: on_function,
    ast.AsyncFunctionDef: on_function,
}


def inert(tree: ast.Module) -> Iterator[Fact]:
    """The fact that a module only defines things and starts none of them: to run it does nothing and succeeds."""
    definitions = [
        each for each in tree.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    ]
    others = [each for each in tree.body if each not in definitions]
    functions = [each for each in definitions if not isinstance(each, ast.ClassDef)]
    if not functions or tree.body[-1] is not definitions[-1] or any(each.decorator_list for each in definitions):
        return
    own = {each.name for each in definitions} | {"__name__"}
    if not any(isinstance(node, ast.Name) and node.id in own for each in others for node in ast.walk(each)):
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
        value = watch.values.get((unit, value.id), (value, -1))[0]
    if made_up := _invented(value) or (_fraction(value) if _METRIC.search(metric.lower()) else ""):
        yield Fact("literal", metric[:80] or "a metric", node.lineno, made_up, unit)
