"""Lock files: how many packages they hold, counted and not parsed. Nobody chose what stands in them."""

import re
from collections.abc import Iterator

from mlops_scan.evidence import Fact
from mlops_scan.facts.source import Source, reads

#: What stands once for each package, for each format: the file name, and the pattern.
_COUNTED = {
    "poetry.lock": ("poetry", r"^\[\[package\]\]"),
    "uv.lock": ("uv", r"^\[\[package\]\]"),
    "pdm.lock": ("pdm", r"^\[\[package\]\]"),
    "pylock.toml": ("pylock", r"^\[\[packages\]\]"),
    "Cargo.lock": ("cargo", r"^\[\[package\]\]"),
    "Pipfile.lock": ("pipenv", r'"version":\s*"=='),
    "pixi.lock": ("pixi", r"^- (?:conda|pypi|kind):"),
    "conda-lock.yml": ("conda", r"^ *- name:"),
    "renv.lock": ("renv", r'"Package":'),
    "package-lock.json": ("npm", r'"resolved":'),
    "npm-shrinkwrap.json": ("npm", r'"resolved":'),
    "yarn.lock": ("yarn", r"^  version:? "),
    "pnpm-lock.yaml": ("pnpm", r"^ +resolution:"),
    "go.sum": ("go", r"/go\.mod h1:"),
}


@reads(*_COUNTED)
def lock(source: Source) -> Iterator[Fact]:
    """A `section` named `lock.FORMAT` with the number of packages."""
    form, pattern = _COUNTED[source.name]
    yield from _counted(form, pattern, source)


@reads("conda-*.lock", "*conda*.lock")
def explicit(source: Source) -> Iterator[Fact]:
    """An explicit list of conda packages: one address each, below `@EXPLICIT`."""
    if "@EXPLICIT" in source.text:
        yield from _counted("conda", r"^https?://", source)


def _counted(form: str, pattern: str, source: Source) -> Iterator[Fact]:
    found = re.finditer(pattern, source.text, re.MULTILINE)
    yield Fact("section", f"lock.{form}", 1, str(sum(1 for _ in found)))
