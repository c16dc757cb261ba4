"""Writing the answers of people into a configuration file, with all else in it as it was."""

from collections.abc import Iterable
from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError

from mlops_scan import toml
from mlops_scan.attestation import Attestation
from mlops_scan.errors import InvalidFile


def written(path: Path, given: Iterable[Attestation]) -> str:
    """The text of a configuration file after these answers were put in; a new answer replaces an old one.

    Raises `InvalidFile` for a file that is there and cannot be read.
    """
    try:
        document = tomlkit.parse(toml.text_of(path)) if path.exists() else tomlkit.document()
        section = document
        for name in ("tool", "mlops-scan") if path.name == "pyproject.toml" else ():
            section = section.setdefault(name, tomlkit.table(is_super_table=True))
        table = section.setdefault("attest", tomlkit.table(is_super_table=True))
        for each in given:
            table[each.criterion] = _entry(each)
        return tomlkit.dumps(document)
    except (TOMLKitError, TypeError, AttributeError) as failure:
        raise InvalidFile(path, f"cannot be changed: {type(failure).__name__}") from None


def _entry(given: Attestation) -> tomlkit.items.Table:
    entry = tomlkit.table()
    for key in ("answer", "why", "by", "until", "link"):
        if value := getattr(given, key):
            entry[key] = value
    return entry
