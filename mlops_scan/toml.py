"""Our own and our users' TOML: read it, and say in one line what is wrong with it."""

from collections.abc import Collection
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import tomli

from mlops_scan.errors import InvalidFile, Unreadable
from mlops_scan.repository.files import LARGEST, read_bytes


def read(path: Path, known: Collection[str]) -> dict[str, Any]:
    """The content of a TOML file whose top-level keys are `known`. Raises `InvalidFile`."""
    data = parse(path, text_of(path))
    check(path, data, known)
    return data


def text_of(path: Path) -> str:
    """The text of a file of ours or of the user's. Raises `InvalidFile`."""
    try:
        return read_bytes(path.resolve() if path.is_symlink() else path, LARGEST).decode("utf-8-sig")
    except Unreadable as failure:
        raise InvalidFile(path, failure.reason) from None
    except UnicodeDecodeError:
        raise InvalidFile(path, "is not UTF-8") from None
    except (OSError, RuntimeError):  # links in a circle
        raise InvalidFile(path, "cannot be read") from None


def parse(path: Path, text: str) -> dict[str, Any]:
    """The content of a TOML text. Raises `InvalidFile`."""
    try:
        return tomli.loads(text)
    except (ValueError, RecursionError) as failure:
        raise InvalidFile(path, f"is not valid TOML: {failure}") from None


def check(path: object, table: Any, known: Collection[str], where: str = "") -> None:
    """Refuse a table with a key that is not known, naming the nearest that is. Raises `InvalidFile`."""
    place = f" in [{where}]" if where else ""
    if not isinstance(table, dict):
        raise InvalidFile(path, f"{where or 'this'} must be a table")
    for key in table:
        if key not in known:
            near = get_close_matches(key, known, 1, 0.5)
            hint = f"; did you mean `{near[0]}`?" if near else f"; known are {', '.join(sorted(known))}"
            raise InvalidFile(path, f"unknown key `{key}`{place}{hint}")
