"""What there is only while something runs: files that commands make, ask for, or bring from elsewhere."""

import re
from collections.abc import Iterator
from itertools import pairwise

from mlops_scan.evidence import Fact, Reading

#: Commands that bring files from elsewhere or make them, whose names nobody can see.
_BRINGS = re.compile(
    r"(?:git (?:clone|submodule|checkout|worktree|archive)|gh (?:repo clone|release download|run download)|svn "
    r"|hg clone|tar (?:-?\w*x|--extract)|unzip |7z |cookiecutter|copier|cruft|helm (?:pull|fetch|create)|aws s3 sync"
    r"|aws s3 cp .*--recursive|gsutil|gcloud storage|az storage|scp |rsync|kubebuilder|protoc |cmake|\./configure"
    r"|jupytext|skopeo|oras|rclone|npm init|npx create|meson|conan|bazel|sops|ytt )"
)
_FETCHES = re.compile(r"(?:wget|curl)\b.*?(\S+://\S+)")
#: Settings that bring files: of actions that check something out, and of functions whose code lies in a bucket.
_FROM = re.compile(
    r"(?:[\w-]+/)?checkout\.with\.(?:repository|path|submodules)$|::Function\.Code(?:Uri)?\.(?:S3)?Bucket$"
)
_DOWNLOADS = re.compile(
    r"download-artifact|ssh-action|ssh-exec|scp-action|Download(?:Pipeline|Build|Secure)|ExtractFiles"
)
_INTO = {">", ">>", "1>", "-o", "--output", "-O", "--output-file", "--out", "--output-path", "tee", "touch"}
#: The kinds of facts that `brings` and `makes` are about.
BRINGING, MAKING = ("command", "action", "field"), ("writes", "command", "documented")
_MOVES = ("cp", "mv", "ln", "install", "aws", "docker", "envsubst")
_MAKES = ("tee", "touch", "mkdir")
_ASKS = {"-f", "-e", "-s", "-d", "-x", "-r"}


def brings(fact: Fact) -> bool:
    """Whether a command, an action or a setting brings files whose names are not known."""
    if fact.kind == "command":
        return bool(_BRINGS.match(fact.name[:2000]))
    if fact.kind == "action":
        return bool(_DOWNLOADS.search(fact.name))
    return fact.kind == "field" and bool(_FROM.search(fact.name))


def makes(fact: Fact) -> Iterator[str]:
    """The last parts of the paths that something writes while it runs."""
    if fact.kind == "writes":
        yield _last(fact.name)
    if fact.kind == "command" and (fetched := _FETCHES.match(fact.name[:2000])):
        yield _last(fetched[1])
    words = fact.name.split()[:80] if fact.kind in ("command", "documented") else []
    for at, word in enumerate(words):
        option, equals, value = word.partition("=")
        if word in _INTO and at + 1 < len(words):
            yield _last(words[at + 1])
        elif equals and option in _INTO:
            yield _last(value)
        elif word[:1] == ">" and len(word) > 1:
            yield _last(word.lstrip(">"))
    if len(words) > 1 and words[0] in _MAKES:
        yield from (part for word in words[1:] for part in word.split("/")[-3:])
    elif len(words) > 2 and words[0] in _MOVES:
        yield _last(words[-1])


def provides(reading: Reading) -> set[str]:
    """The last parts of the paths that a file asks for before it uses them, or has copied to where it uses them."""
    found = {_last(fact.value) for fact in reading.of("copies")}  # an image has what was copied to it
    for fact in reading.of("command"):
        words = fact.name.split()[:40]
        if words and words[0] in ("[", "[[", "test", *_ASKS):
            found.update(_last(word) for before, word in pairwise(words) if before in _ASKS)
    return found


def mentions(reading: Reading, name: str) -> bool:
    """Whether a word of a command of this file has a name among its parts: it may be made there, by whatever option."""
    commands = (fact.name for fact in reading.of("command") if name in fact.name)
    return any(name in re.split(r"[\s/=,;:]+", command) for command in commands)


def _last(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2].strip("\"'")
