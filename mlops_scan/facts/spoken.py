"""The words of names and short texts in Python code, and those by which programmers call what they measure."""

import ast
import re
from collections.abc import Iterator

from mlops_scan.facts.nodes import first_below

_WORD = re.compile(r"[A-Z]?[a-z]+\d?(?![a-z])|[A-Z]+\d?(?![a-z])")
METRICS = frozenset(
    {
        "acc", "accuracy", "f1", "auc", "roc", "auroc", "precision", "recall", "rmse", "mse", "mae", "mape", "smape",
        "r2", "rsq", "silhouette", "ndcg", "perplexity", "bleu", "rouge", "wer", "gini", "logloss", "loss",
        "kappa", "mcc",
    }
)  # fmt: skip
#: Conditions are short: what is longer is no demand that somebody wrote by hand.
MOST_NODES = 60


def inside(node: ast.AST) -> list[ast.AST]:
    """The first nodes of an expression or statement: conditions are short."""
    return first_below(node, MOST_NODES)


def names_in(node: ast.AST) -> Iterator[str]:
    """The names and short texts in an expression."""
    for each in inside(node):
        text = each.value if isinstance(each, ast.Constant) and isinstance(each.value, str) else name_of(each)
        if text and len(text) < 80:
            yield text


def words_of(text: str) -> list[str]:
    """The words of a name in lower case, a digit with the word before it: `testF1_score` has `test`, `f1` and `score`."""
    return [word.lower() for word in _WORD.findall(text)]


def name_of(node: ast.AST) -> str:
    """The last part of a name: `results.accuracy` and `results["accuracy"]` are `accuracy`."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Subscript):
        key = node.slice
        return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""
    return node.attr if isinstance(node, ast.Attribute) else ""


def verb_of(node: ast.Call) -> str:
    """The last part of the name that is called."""
    function = node.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
