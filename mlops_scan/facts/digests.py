"""What a file is as a lock would tell it: the hashes of its bytes, and the values of its parameters."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterator

from mlops_scan.errors import Unreadable
from mlops_scan.evidence import Fact
from mlops_scan.facts.pipelines.dvc_lock import settled
from mlops_scan.facts.source import Source
from mlops_scan.facts.trees import Scalar, leaves

_HEAD = 512  #: where DVC looks for a zero byte that tells data from text
_LFS = b"version https://git-lfs"
_TREES = (".yaml", ".yml", ".json")


def of(content: bytes) -> Iterator[Fact]:
    """The MD5 of a file as it is, and of a text with the line ends of Unix and of Windows.

    Git may have changed them since the lock was written, and DVC before version 3 hashed texts with those of Unix. The
    pointer that Git LFS leaves is not the file: nothing is known of that.
    """
    if content.startswith(_LFS):
        return
    unix = content if b"\0" in content[:_HEAD] else content.replace(b"\r\n", b"\n")
    windows = content if b"\0" in content[:_HEAD] else unix.replace(b"\n", b"\r\n")
    for name, each in (("md5", content), ("md5 unix", unix), ("md5 windows", windows)):
        yield Fact("digest", name, None, md5(each))


def md5(content: bytes) -> str:
    """The hash that DVC names files by. It guards nothing."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def parameters(source: Source, keys: Collection[str]) -> Iterator[Fact]:
    """The values of those of these dotted keys that a file of parameters has; of a file of code nothing is known."""
    found: dict[str, list[tuple[str, Scalar]]] = defaultdict(list)
    for path, scalar in _scalars(source):
        parts = path.split(".")
        for end in range(1, len(parts) + 1):
            if (key := ".".join(parts[:end])) in keys:
                found[key].append((".".join(parts[end:]), scalar))
    for key, values in found.items():
        yield Fact("digest", f"param {key}", None, settled(values))


def _scalars(source: Source) -> Iterator[tuple[str, Scalar]]:
    try:
        if source.path.endswith(".toml"):
            yield from leaves(source.toml)
        elif source.path.endswith(_TREES):
            yield from (each for document in source.documents[:1] for each in leaves(document))
    except Unreadable:
        return  # whoever reads this file for its own sake has said so
