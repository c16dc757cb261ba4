"""The closed vocabulary: capabilities and practices, from practices.toml."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

from mlops_scan import toml
from mlops_scan.errors import InvalidFile

FILE = Path(__file__).parent / "practices.toml"


#: What a unit can do in the life of a model (activities.toml says how it is told).
ACTIVITIES = ("prepare", "train", "evaluate", "deploy", "monitor", "test")


class Practice(NamedTuple):
    """What a team can be seen to do. `means` completes "this repository shows that ..."."""

    id: str
    capability: str
    means: str
    step: str
    roles: tuple[str, ...] = ("product",)
    composed: bool = False


class Vocabulary(NamedTuple):
    """The capabilities, by id with their names, and the practices, by id; both in the order of the file."""

    capabilities: dict[str, str]
    practices: dict[str, Practice]


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary that ships with mlops-scan. Raises `InvalidFile`."""
    return load(FILE)


def load(path: Path) -> Vocabulary:
    """Read and check a vocabulary. Raises `InvalidFile` for an unknown key or capability."""
    data = toml.read(path, {"capabilities", "practices"})
    capabilities = data["capabilities"]
    practices = {}
    for name, table in data["practices"].items():
        toml.check(path, table, {"capability", "means", "step", "also", "by"}, f"practices.{name}")
        if table["capability"] not in capabilities:
            raise InvalidFile(path, f"practice {name}: no such capability: {table['capability']}")
        roles = ("product", *table.get("also", ()))
        composed = table.get("by") == "graph"
        practices[name] = Practice(name, table["capability"], table["means"], table["step"], roles, composed)
    return Vocabulary(capabilities, practices)
