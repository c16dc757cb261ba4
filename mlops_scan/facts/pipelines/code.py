"""Pipelines that are written in Python: their steps, what they hand to services, what they decide, which models they name."""

from collections.abc import Callable, Iterable, Iterator

from mlops_scan.errors import Unreadable
from mlops_scan.evidence import Fact
from mlops_scan.facts.pipelines import decisions, handed, registered, steps
from mlops_scan.facts.pipelines.scopes import Scope, scopes
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
    decided = _decided(source) if decisions in likely else None
    for scope in scopes(tree):
        yield from steps.variables(scope, tree) if steps in likely else ()
        yield from handed.handed(scope) if handed in likely and handed.stands_in(_text(scope, source)) else ()
        yield from registered.models(scope) if registered in likely else ()
        yield from decided(scope) if decided else ()
    yield from steps.functions(tree) if steps in likely else ()


def _decided(source: Source) -> Callable[[Scope], Iterable[Fact]]:
    """What is decided in a function of a file, if anything in the function speaks of it."""
    may_be, branching = decisions.Likely(source), decisions.branching(source.python)
    return lambda scope: (
        decisions.decisions(scope, branching) if may_be(scope) and decisions.stands_in(_text(scope, source)) else ()
    )


def _text(scope: Scope, source: Source) -> str:
    return scope.text(source.lines) if scope.unit else source.text
