"""Python code that stands in another file: in a template, in a step of a workflow."""

from collections.abc import Iterator

from mlops_scan.errors import Unreadable
from mlops_scan.evidence import LINK_KINDS, SIGNAL_KINDS, Fact
from mlops_scan.facts.python import Walk
from mlops_scan.facts.source import Source
from mlops_scan.facts.trees import Scalar

_SAID = SIGNAL_KINDS.keys() | LINK_KINDS.keys()


def python(text: Scalar, unit: str) -> Iterator[Fact]:
    """What code says that belongs to `unit`: imports, calls, arguments, commands. Nothing where it does not parse.

    Its functions are no units: whoever starts the unit starts all of them.
    """
    source = Source("embedded.py", text)
    try:
        walk = Walk(source.python.body)
    except Unreadable:  # a template of a template: the file around it was read
        return
    for item in walk.items(source.nodes, lambda line: text.line if text.one_line else text.line + line - 1):
        if isinstance(item, Fact) and item.kind in _SAID and not item.name.startswith("#"):
            yield item._replace(unit=unit)
