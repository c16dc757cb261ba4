"""Whether the two sides of a comparison in Python code come from one place."""

import ast
import re
from collections.abc import Callable

from mlops_scan.facts.checks import dotted, written
from mlops_scan.facts.spoken import verb_of

_REFERENCE = (
    "reference_data", "reference", "ref_data", "reference_df", "reference_dataset", "baseline", "baseline_data",
    "ref", "expected",
)  # fmt: skip
#: Names of arguments that hold the current side of a comparison.
CURRENT = (
    "current_data", "current", "cur_data", "current_df", "current_dataset", "production", "new_data", "cur",
    "actual",
)  # fmt: skip
_COMPARES = re.compile(
    r"(?:^|[^a-z])(?:drift|psi|ks_2samp|kstest|wasserstein_distance|jensenshannon|population_stability|stability_index"
    r"|compare_distributions?(?:$|[^a-z]))"
)
SPLITS = re.compile(
    r"(?:train_test_split|random_split|array_split|cross_val\w*|cross_validate|KFold|ShuffleSplit|TimeSeriesSplit"
    r"|\wSearchCV|train_val_split|split)$"
)
_KEEPS = ("copy", "reset_index", "dropna")
#: Words in a name that say which half of a split it holds; two of them, and all else alike, is one split.
_HALVES = re.compile(r"(?<![a-z])(?:train|training|test|testing|val|valid|validation|holdout|eval)(?![a-z])")
_LEARNS = re.compile(r"(?<![a-z])train(?:ing)?(?![a-z])")
#: Words in what is read that say that it grows while a model works; cut by position, it is cut by time.
_GROWS = re.compile(r"log|predict|infer|prod|live|request|event|recent|stream|daily|latest|current|window")
_READS_FILE = re.compile(r"(?:^|\.)(?:read_(?:csv|parquet|excel|feather|pickle|json|table)|load_\w+|fetch_\w+)$")

#: What a name was made from: an expression, and the place in it where several names share one.
Origin = tuple[ast.expr, int]
Held = Callable[[str], Origin | None]


def sides(node: ast.Call) -> tuple[ast.expr, ast.expr] | None:
    """The two sides that a call compares: by the names of its arguments, or the first two where its own says so."""
    given = {keyword.arg: keyword.value for keyword in node.keywords}
    left = next((given[key] for key in _REFERENCE if key in given), None)
    right = next((given[key] for key in CURRENT if key in given), None)
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
    one, other = held(_root(left)), held(_root(right))
    if not one or not other:
        return ""  # a parameter: who calls the function knows
    how = _same_origin(one, other, held) if isinstance(left, ast.Name) else ""
    return how or _halves(written(left), written(right))


def _root(node: ast.expr) -> str:
    return dotted(node).partition(".")[0]


def _halves(one: str, other: str) -> str:
    """Whether two names, or what they hold, are called after the training and the other half of one split."""
    names = (one.lower(), other.lower())
    learned = sum(_LEARNS.search(name) is not None for name in names)
    alike = len({_HALVES.sub("", name) for name in names}) == 1
    if learned != 1 or not alike or not all(map(_HALVES.search, names)):
        return ""
    return f"`{one[:40]}` and `{other[:40]}` are parts of one split"


def _same_origin(left: Origin, right: Origin, held: Held) -> str:
    """What two names were both made from: each is an expression, and its place where several names share one."""
    (one, at), (other, to) = left, right
    if one is other and at != to:
        return f"both sides are parts of one split in line {one.lineno}" if SPLITS.search(dotted(one)) else ""
    if isinstance(one, ast.Call) and re.search(r"(?:^|\.)(?:read|load)_", dotted(one)) and _equal(one, other):
        return f"both sides are read by `{written(one)[:60]}`"
    calls = isinstance(one, ast.Call) and isinstance(other, ast.Call) and dotted(one.func) == dotted(other.func)
    if calls and (how := _halves(written(one), written(other))):
        return how
    cut = _cut(one)
    if not cut or cut != _cut(other) or (_is_by_position(one) and not _is_fixed(cut, held)):
        return ""
    return f"both sides are cut from `{cut}`"


def _is_by_position(node: ast.expr) -> bool:
    return "sample(" not in written(node)


def _is_fixed(name: str, held: Held) -> bool:
    """Whether a name holds what was read from a file that does not grow: to cut it by position is no cut by time."""
    origin = held(name)
    if origin is None or not isinstance(origin[0], ast.Call):
        return False
    return _READS_FILE.search(dotted(origin[0].func)) is not None and not _GROWS.search(written(origin[0]).lower())


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
    return len(node.keywords) > 1 and any(keyword.arg in CURRENT for keyword in node.keywords)
