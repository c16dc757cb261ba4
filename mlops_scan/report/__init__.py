"""Reports: one module per format, each with `render(assessment, look) -> str`. They paint; they judge nothing."""

from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # the list of the formats must not cost the engine
    from mlops_scan.assess import Assessment

_NO_FORMAT = ("parts",)


class Look(NamedTuple):
    """How the reader wants it: the columns there are, whether colour is welcome, whether everything is wanted.

    `model` is the one that gates, `target` the stage that it has to reach, where there is one, and `counts` what counts
    for that: `proven` or `attested`.
    """

    width: int = 110
    color: bool = False
    verbose: bool = False
    model: str = "stages"
    target: int | None = None
    counts: str = "proven"


def formats() -> list[str]:
    """The names of the formats: the modules of this folder."""
    return sorted(module.name for module in iter_modules(__path__) if module.name not in _NO_FORMAT)


def render(name: str, assessment: "Assessment", look: Look) -> str:
    """The report in one of the formats."""
    function: Callable[[Assessment, Look], str] = import_module(f"{__name__}.{name}").render
    harmless: Callable[[Assessment], Assessment] = import_module(f"{__name__}.parts.harmless").harmless
    return function(harmless(assessment), look)
