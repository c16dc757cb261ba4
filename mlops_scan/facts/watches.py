"""Which looks are made at which nodes of Python code: those of all modules that have some, by the names that they heed."""

import ast
from collections.abc import Sequence
from functools import partial

from mlops_scan.facts import checks, kept, limits, measures, stores
from mlops_scan.facts.looks import Look, heeded
from mlops_scan.memo import Memo

#: The modules with looks, and for each kind of node the looks at it with the place of their module.
LOOKING = (checks, measures, stores, limits, kept)
_LOOKS: dict[type, list[tuple[int, Look]]] = {
    kind: [(at, module.LOOKS[kind]) for at, module in enumerate(LOOKING) if kind in module.LOOKS]
    for each in LOOKING
    for kind in each.LOOKS
}


def _heeding(looks: Sequence[tuple[int, Look]], name: str) -> int:
    return sum(1 << at for at, look in looks if look.heeds and look.heeds(name))


#: For each kind of node with looks that heed names: the places of the modules that heed a name, as bits.
_HEEDING = {
    kind: Memo(partial(_heeding, looks)) for kind, looks in _LOOKS.items() if all(look.heeds for _, look in looks)
}


def looks_at(node: ast.AST, kind: type[ast.AST]) -> Sequence[tuple[int, Look]]:
    """The looks that may find something at a node, each with the place of its module."""
    if (heeding := _HEEDING.get(kind)) is not None:
        bits = heeded(node, heeding)
        return [each for each in _LOOKS[kind] if bits >> each[0] & 1] if bits else ()
    return _LOOKS.get(kind, ())
