"""Whether the two sides of a comparison in Python code come from one place."""

import ast
import re
from collections.abc import Callable

from mlops_scan.facts.checks import dotted, verb_of, written

_REFERENCE = (
    "reference_data", "reference", "ref_data", "reference_df", "reference_dataset", "baseline", "baseline_data",
    "ref", "expected",
)  # fmt: skip
_CURRENT = (
    "current_data", "current", "cur_data", "current_df", "current_dataset", "production", "new_data", "cur",
    "actual",
)  # fmt: skip
_COMPARES = re.compile(
    r"(?:^|[^a-z])(?:drift|psi|ks_2samp|kstest|wasserstein_distance|jensenshannon|population_stability|stability_index)"
)
SPLITS = re.compile(
    r"(?:train_test_split|random_split|array_split|cross_val\w*|cross_validate|\w*KFold|\w*ShuffleSplit|TimeSeriesSplit"
    r"|\w+SearchCV|train_val_split|split)$"
)
_KEEPS = ("copy", "reset_index", "dropna")

#: What a name was made from: an expression, and the place in it where several names share one.
Origin = tuple[ast.expr, int]
Held = Callable[[str], Origin | None]


def sides(node: ast.Call) -> tuple[ast.expr, ast.expr] | None:
    """The two sides that a call compares: by the names of its arguments, or the first two where its own says so."""
    given = {keyword.arg: keyword.value for keyword in node.keywords}
    left = next((given[key] for key in _REFERENCE if key in given), None)
    right = next((given[key] for key in _CURRENT if key in given), None)
    if left is not None and right is not None:
        return left, right
    if len(node.args) > 1 and compares(verb_of(node)):
        return node.args[0], node.args[1]
    return None


def same(left: ast.expr, right: ast.expr, held: Held) -> str:
    """How the two sides are one; empty where they are not. `held` says what a name was made from."""
    if not isinstance(left, ast.Name | ast.Attribute | ast.Subscript) or not isinstance(right, type(left)):
        return ""
    if _equal(left, right):
        return f"both sides are `{written(left)[:60]}`"
    if isinstance(left, ast.Name) and isinstance(right, ast.Name):
        one, other = held(left.id), held(right.id)
        return _same_origin(one, other) if one and other else ""
    return ""


def _same_origin(left: Origin, right: Origin) -> str:
    """What two names were both made from: each is an expression, and its place where several names share one."""
    (one, at), (other, to) = left, right
    if one is other and at != to:
        return f"both sides are parts of one split in line {one.lineno}" if SPLITS.search(dotted(one)) else ""
    if isinstance(one, ast.Call) and re.search(r"(?:^|\.)(?:read|load)_", dotted(one)) and _equal(one, other):
        return f"both sides are read by `{written(one)[:60]}`"
    cut = _cut(one)
    return f"both sides are cut from `{cut}`" if cut and cut == _cut(other) else ""


def _equal(one: ast.expr, other: ast.expr) -> bool:
    try:
        return ast.dump(one) == ast.dump(other)
    except RecursionError:
        return False


def _cut(node: ast.expr) -> str:
    """What a part is cut from by its position or by chance: `df[:100]`, `df.iloc[n:]`, `df.sample(...)`."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _KEEPS:
        node = node.func.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return dotted(node.func.value) if node.func.attr in ("sample", "head", "tail") else ""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        return dotted(node.value).removesuffix(".iloc").removesuffix(".loc")
    return ""


def compares(verb: str) -> bool:
    """Whether the name of a function says that it compares two distributions."""
    return _COMPARES.search(verb.lower()) is not None


def has_sides(node: ast.Call) -> bool:
    """Whether a call names a current side among its arguments."""
    return len(node.keywords) > 1 and any(keyword.arg in _CURRENT for keyword in node.keywords)
