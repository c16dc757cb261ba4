"""Where commands run: folders relative to the root of the repository."""

import posixpath

from mlops_scan.facts.source import Source


def folder_of(source: Source) -> str:
    """The folder that the file stands in; empty for the root."""
    return source.path.rpartition("/")[0]


def below(folder: str, path: str) -> str:
    """The folder that `path` names when one stands in `folder`."""
    joined = posixpath.normpath(posixpath.join(folder, path or "."))
    return "" if joined == "." else joined
