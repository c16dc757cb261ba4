"""Lock files as `uv pip compile` writes them, and what of a list of requirements they do not satisfy."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LOCKS = ROOT / ".ci" / "locks"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PYTHONS = ("3.11", "3.12", "3.13")


class Pin(NamedTuple):
    """One entry of a lock: what is pinned, its hashes, and who asked for it."""

    requirement: Requirement
    hashes: tuple[str, ...]
    via: tuple[str, ...]


def pins(text: str) -> list[Pin]:
    """The entries of a lock."""
    found = []
    for entry in re.split(r"(?m)^(?=[a-z0-9])", text)[1:]:
        head, *rest = entry.replace("\\\n", "\n").splitlines()
        hashes = tuple(line.strip() for line in rest if line.strip().startswith("--hash="))
        said = [line.strip().removeprefix("#").strip().removeprefix("via").strip() for line in rest if "#" in line]
        found.append(Pin(Requirement(head), hashes, tuple(filter(None, said))))
    return found


def options(text: str) -> list[str]:
    """The lines of a lock that are no pin, hash or comment: they would tell pip to look elsewhere."""
    known = re.compile(r"#|--hash=sha256:[0-9a-f]{64}$|[a-z0-9][a-z0-9._-]*==\S+(?: ; .+)?$")
    lines = (line.removesuffix("\\").strip() for line in text.splitlines())
    return [line for line in lines if line and not known.match(line)]


def wanted(*extras: str) -> Iterator[Requirement]:
    """What pyproject.toml asks for at run time and for some extras, which may ask for others."""
    yield from map(Requirement, PROJECT["project"]["dependencies"])
    for extra in extras:
        for each in map(Requirement, PROJECT["project"]["optional-dependencies"][extra]):
            if each.name == PROJECT["project"]["name"]:
                yield from (inner for inner in wanted(*each.extras) if inner not in wanted())
            else:
                yield each


def unsatisfied(requirements: Iterable[Requirement], locked: Iterable[Pin], python: str) -> Iterator[str]:
    """What a lock does not give a Python on Linux: not pinned, pinned twice, or pinned to what is not asked for."""
    environment = {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": "linux"}
    environment |= {"os_name": "posix", "platform_system": "Linux", "platform_python_implementation": "CPython"}
    here = [pin.requirement for pin in locked if _applies(pin.requirement, environment)]
    for each in requirements:
        found = [pin for pin in here if canonicalize_name(pin.name) == canonicalize_name(each.name)]
        if not _applies(each, environment):
            continue
        if len(found) != 1:
            yield f"{each} is pinned {len(found)} times on Python {python}"
        elif not each.specifier.contains(str(found[0].specifier).removeprefix("=="), prereleases=True):
            yield f"{each} is pinned as {found[0]} on Python {python}"


def _applies(requirement: Requirement, environment: dict[str, str]) -> bool:
    return requirement.marker is None or requirement.marker.evaluate(environment)
