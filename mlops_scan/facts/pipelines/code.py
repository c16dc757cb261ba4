"""Pipelines that are written in Python: their steps, what they hand to services, what they decide, which models they name."""

from collections.abc import Iterator

from mlops_scan.errors import Unreadable
from mlops_scan.evidence import Fact
from mlops_scan.facts.pipelines import decisions, handed, registered, steps
from mlops_scan.facts.pipelines.scopes import scopes
from mlops_scan.facts.source import Source, reads


@reads("*.py")
def code(source: Source) -> Iterator[Fact]:
    """Each look at the functions of a file, if a word in it says that it may find something."""
    try:
        tree = source.python
    except Unreadable:
        return  # said by the reader of all Python
    likely = {look for look in (decisions, handed, registered, steps) if look.is_likely(source)}
    if not likely:
        return
    branching = decisions.branching(tree)
    for scope in scopes(tree):
        text = scope.text(source.lines) if scope.unit else source.text
        yield from steps.variables(scope, tree) if steps in likely else ()
        yield from handed.handed(scope) if handed in likely and handed.stands_in(text) else ()
        yield from registered.models(scope) if registered in likely else ()
        yield from decisions.decisions(scope, branching) if decisions in likely and decisions.stands_in(text) else ()
    yield from steps.functions(tree) if steps in likely else ()
