"""Reports: one module per format, each with `render(assessment, look) -> str`. They paint; they judge nothing."""

from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # the list of the formats must not cost the engine
    from mlops_scan.assess import Assessment

_NO_FORMAT = ("clean", "gate")


class Look(NamedTuple):
    """How the reader wants it: the columns there are, whether colour is welcome, whether everything is wanted."""

    width: int = 110
    color: bool = False
    verbose: bool = False
    model: str = "stages"


def formats() -> list[str]:
    """The names of the formats: the modules of this folder."""
    return sorted(module.name for module in iter_modules(__path__) if module.name not in _NO_FORMAT)


def render(name: str, assessment: "Assessment", look: Look) -> str:
    """The report in one of the formats."""
    function: Callable[[Assessment, Look], str] = import_module(f"{__name__}.{name}").render
    return function(assessment, look)
