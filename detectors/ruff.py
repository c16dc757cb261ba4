"""Ruff. In code, because Ruff itself would take a `ruff.toml` in this folder for its configuration."""

from collections.abc import Iterator

from mlops_scan.detector import Shown, detector
from mlops_scan.evidence import Fact, Reading

_NAMES = {
    "dependency": {"ruff"},
    "action": {"astral-sh/ruff-action", "chartboost/ruff-action"},
    "hook": {"astral-sh/ruff-pre-commit", "charliermarsh/ruff-pre-commit", "ruff", "ruff-check", "ruff-format"},
}
_KINDS = (*_NAMES, "file", "section", "command", "image")


@detector("Ruff", "https://docs.astral.sh/ruff/", shows=("code-linted",), asks=dict.fromkeys(_KINDS, ("ruff",)))
def ruff(reading: Reading) -> Iterator[Shown]:
    """Its settings, its hooks, and what runs it."""
    yield from (Shown("code-linted", fact) for fact in reading.of(*_KINDS) if _is_use(fact))


def _is_use(fact: Fact) -> bool:
    match fact.kind:
        case "file":
            return fact.name.rpartition("/")[2] in ("ruff.toml", ".ruff.toml")
        case "section":
            return fact.name.split(".")[:2] == ["tool", "ruff"]
        case "command":
            words = fact.name.split()
            return words[:1] == ["ruff"] or words[1:3] == ["-m", "ruff"]
        case "image":
            return fact.name.endswith("astral-sh/ruff")
    return fact.name in _NAMES.get(fact.kind, ())
