"""Say what is wrong with an sdist and a wheel of this checkout: a tracked file that is missing, or anything else that is in.

Usage, from the top of a checkout: `python .ci/contents.py dist/*`. Exit code 1 where something is wrong.
"""

import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

#: Files of ours that no archive needs: they only tell Git and GitHub what to do.
_STAY = (".gitignore", ".gitattributes")
_WRITTEN = ("PKG-INFO", "setup.cfg", "mlops_scan.egg-info/")  # by setuptools, into each sdist


def tracked() -> set[str]:
    """The names of all files that belong to this commit."""
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, check=True).stdout
    return {name for name in listed.split("\0") if name and name not in _STAY}


def in_wheel(name: str) -> str:
    """Where a tracked file stands in the wheel; empty for one that stays outside."""
    if name.startswith("detectors/"):
        return f"mlops_scan/{name}"
    return name if name.startswith("mlops_scan/") else ""


def of_wheel(path: Path) -> dict[str, bytes]:
    """The files of a wheel, without those that say what it is."""
    with zipfile.ZipFile(path) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    return {name: content for name, content in found.items() if ".dist-info/" not in name}


def of_sdist(path: Path) -> dict[str, bytes]:
    """The files of an sdist below its one folder, without those that setuptools writes."""
    with tarfile.open(path) as archive:
        files = [each for each in archive.getmembers() if not each.isdir()]
        found = {
            str(PurePosixPath(*PurePosixPath(each.name).parts[1:])): b"" if each.issym() else _content(archive, each)
            for each in files
        }
    return {name: content for name, content in found.items() if not name.startswith(_WRITTEN)}


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    return file.read() if file else b""


def wrong(found: dict[str, bytes], expected: set[str], places: list[str]) -> Iterator[str]:
    """What is missing, what should not be there, and what names a place of this machine."""
    yield from (f"missing: {name}" for name in sorted(expected - set(found)))
    yield from (f"does not belong here: {name}" for name in sorted(set(found) - expected))
    for name, content in sorted(found.items()):
        yield from (f"{name} names a place of this machine" for place in places if place.encode() in content)


def main(paths: list[str]) -> int:
    """Check every archive that is named, and print what is wrong."""
    names, places = tracked(), [str(Path.cwd())]
    count = 0
    for path in map(Path, paths):
        is_wheel = path.suffix == ".whl"
        expected = {each for name in names if (each := in_wheel(name))} if is_wheel else names
        found = of_wheel(path) if is_wheel else of_sdist(path)
        for problem in wrong(found, expected, places):
            print(f"{path.name}: {problem}")
            count += 1
        print(f"{path.name}: {len(found)} files")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
