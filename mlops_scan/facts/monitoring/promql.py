"""Which metrics a PromQL expression asks for."""

import re

_TEXT = re.compile(r'"(?:[^"\\\n]++|\\.)*+"?|\'(?:[^\'\\\n]++|\\.)*+\'?|`[^`]*`?|#[^\n]*')
_NAMED = re.compile(r"__name__\s*=~?\s*[\"']([a-zA-Z_:][\w:]*)[\"']")
_MATCHERS = re.compile(r"\{[^{}]*\}|\[[^\[\]]*\]|\$\{?\w+(?::\w+)?\}?")
_LABELS = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^()]*\)", re.IGNORECASE)
_WORD = re.compile(r"(?<![\w.:$])[a-zA-Z_:][\w:]*(?![\w:]|\s*\()")
_KEYWORDS = {
    "and", "or", "unless", "by", "without", "on", "ignoring", "group_left", "group_right", "bool", "offset", "start",
    "end", "inf", "nan", "sum", "avg", "min", "max", "count", "atan2",
}  # fmt: skip
_LONGEST = 10_000


def metrics(expression: str) -> list[str]:
    """The names of the metrics in an expression, without labels, functions and keywords; each once, in order.

    The grammar: https://prometheus.io/docs/prometheus/latest/querying/basics/
    """
    expression = expression[:_LONGEST]
    named = _NAMED.findall(expression)
    plain = _LABELS.sub(" ", _MATCHERS.sub(" ", _TEXT.sub(" ", expression)))
    words = [word for word in _WORD.findall(plain) if word.lower() not in _KEYWORDS]
    return list(dict.fromkeys(named + words))
