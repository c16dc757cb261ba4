"""References that resolve to nothing: missing here, or lying elsewhere? What cannot be told apart is not reported."""

import re
from collections.abc import Iterator, Sequence
from posixpath import dirname, normpath

from mlops_scan.evidence import Fact, Loose, Node, Reading
from mlops_scan.wiring.call import Known, Missing
from mlops_scan.wiring.places import ancestors, joined
from mlops_scan.wiring.references import Here
from mlops_scan.wiring.variables import filled

_ELSEWHERE = re.compile(r"://|^git@|^git::|^registry\.|^github\.com/")
_OPEN = re.compile(r"[$%{}*?<>()`\[\]|\\!\"'~]|\.\.\.|YOUR|xxx", re.IGNORECASE)
_REUSED = re.compile(r"[\w.-]+/[\w.-]+/.+\.ya?ml")
#: Folders that are made on the machine, and none of a repository.
_MADE = re.compile(
    r"(?:^|/)(?:node_modules|\.?venv|env|build|_build|dist|target|bin|out|output|outputs|tmp|temp|\.tox|\.nox|\.cache|artifacts?"
    r"|generated|site-packages|__pycache__|\.terraform|\.git|site|_site|coverage|logs?)(?:/|$)"
)
#: Commands that bring files from elsewhere or make them, whose names nobody can see.
_BRINGS = re.compile(
    r"(?:git (?:clone|submodule|checkout|worktree|fetch|archive|pull)|gh (?:repo clone|release download|run download)|svn|hg clone|wget"
    r"|tar |unzip|7z|cookiecutter|copier|cruft|helm (?:pull|fetch|create)|aws s3 (?:cp|sync)|gsutil|gcloud storage|az storage"
    r"|scp|rsync|envsubst|kubebuilder|protoc|cmake|\./configure|yarn build|npm run build|jupytext|nbconvert|terraform output"
    r"|skopeo|oras|rclone|kaggle|gdown|docker cp|ssh|npm init|npx create|meson|conan|bazel|sed .*>|cat .*>|jinja|sops|ytt)"
)
_CURLED = re.compile(r"curl\b.*(?:\s-\w*[oO]|\s--output|--remote-name|>)")
_CHECKOUT = re.compile(r"(?:[\w-]+/)?checkout\.with\.(?:repository|path|submodules)$")
_DOWNLOADS = re.compile(
    r"download-artifact|ssh-action|ssh-exec|scp-action|DownloadPipelineArtifact|DownloadBuildArtifacts|DownloadSecureFile"
)
_MAKES = {">", ">>", "-o", "--output", "-O", "--output-file", "--out", "tee", "touch", "--output-path", "-o=", "1>"}
_MOVES = ("cp", "mv", "ln", "install", "cat", "echo", "printf", "tee", "touch", "mkdir")
_OTHERS_FILES = ("Dockerfile.", "dockerfile.")


class Ends:
    """Decides about the loose ends of a repository, from what its commands make while they run."""

    def __init__(self, readings: Sequence[Reading], known: Known) -> None:
        self._known = known
        self._made = {name for each in readings for fact in each.facts for name in _made_by(fact)}
        self._brings = {each.path: _bringing(each) for each in readings if each.role == "product"}

    def of(self, missing: Missing, fact: Fact, here: Here) -> list[Loose]:
        """What a name that leads to nothing is; nothing for one that a variable, a run or another place decides."""
        reading = here.reading
        node = Node(reading.path, fact.unit)
        if reading.role != "product" or not missing.name or fact.kind == "documented":
            return []
        if _ELSEWHERE.search(missing.name):
            return [Loose(node, fact, True, missing.what, missing.name)]
        if _OPEN.search(missing.name) or missing.name.startswith("/") or _MADE.search(missing.name):
            return []
        if missing.what in ("target", "stage", "workflow", "DAG", "job", "service", "task"):
            return [Loose(node, fact, False, missing.what, missing.name)] if self._is_sure(missing, fact, here) else []
        if self._may_be_there(missing, fact, here) or self._is_brought(fact, reading):
            return []
        return [Loose(node, fact, False, missing.what, missing.name)]

    def _is_sure(self, missing: Missing, fact: Fact, here: Here) -> bool:
        """Whether all that could hold a named thing is known."""
        if fact.kind == "command":
            return self._stands_here(fact, here) and not self._is_brought(fact, here.reading)
        if missing.what == "target":
            places = self._known.places
            path = here.reading.path
            return not self._known.targets.is_open(path) and not places.folder(missing.name, (), path)
        included = any(each.kind == "includes" for each in here.reading.facts)
        return missing.what == "workflow" or (missing.what in ("job", "service") and not included)

    def _stands_here(self, fact: Fact, here: Here) -> bool:
        """Whether the working directory of a command is a folder of the repository."""
        folders = here.folders_of(fact)
        return any(folder in self._known.places.folders for folder in folders)

    def _may_be_there(self, missing: Missing, fact: Fact, here: Here) -> bool:
        """Whether a file may stand where the reference looks: by another way to it, or made by an earlier command."""
        if fact.kind == "command" and not self._stands_here(fact, here):
            return True
        if missing.what == "module":
            return False
        places, name = self._known.places, normpath(missing.name)
        tail = re.sub(r"^(?:\.\./)+", "", name)
        if places.similar(tail) or tail.rpartition("/")[2] in self._made:
            return True
        first, slash, rest = tail.partition("/")
        inner = rest and rest.count("/") and first not in places.folders and bool(places.similar(rest))
        return bool(inner) or self._is_of_image(fact, here, slash)

    def _is_of_image(self, fact: Fact, here: Here, _slash: str) -> bool:
        """Whether a container starts it: only what was copied in is known, and for that there are other facts."""
        started = fact.unit == "image:start" or fact.unit.startswith(("service:", "target:"))
        name = here.reading.path.rpartition("/")[2].lower()
        container = "dockerfile" in name or "containerfile" in name or name.endswith((".yml", ".yaml", ".json"))
        return fact.kind == "command" and started and container and not here.reading.path.startswith(".github/")

    def _is_brought(self, fact: Fact, reading: Reading) -> bool:
        """Whether commands or actions of the same job, or of the same file without jobs, bring files from elsewhere."""
        brings = self._brings.get(reading.path, ())
        job = fact.unit.partition("/")[0] if fact.unit.startswith("job:") else ""
        return any(not job or not unit.startswith("job:") or unit.partition("/")[0] == job for unit in brings)

    def elsewhere(self, fact: Fact, here: Here) -> list[Loose]:
        """References that say themselves that they lead out of the repository."""
        if here.reading.role != "product":
            return []
        name = filled(fact.name, here.values)
        out = fact.kind in ("includes", "runs-file", "builds") and (
            _ELSEWHERE.search(name)
            or ("@" in name and not name.endswith("@self") and not self._known.places.similar(name))
        )
        called = fact.kind == "action" and _REUSED.fullmatch(name) is not None
        after = fact.kind == "trigger" and fact.name == "after" and not here.reading.path.startswith(".github/")
        if not (out or called or after):
            return []
        what = "workflow" if called else "pipeline" if after else "file"
        return [Loose(Node(here.reading.path, fact.unit), fact, True, what, fact.value if after else fact.name)]


def _bringing(reading: Reading) -> list[str]:
    """The units of a file that bring files from elsewhere."""
    return [fact.unit for fact in reading.facts if _brings(fact)]


def _brings(fact: Fact) -> bool:
    if fact.kind == "command":
        return bool(_BRINGS.match(fact.name) or _CURLED.match(fact.name[:2000]))
    if fact.kind == "action":
        return bool(_DOWNLOADS.search(fact.name))
    return fact.kind == "field" and bool(_CHECKOUT.search(fact.name))


def _made_by(fact: Fact) -> Iterator[str]:
    """The names of the files that a fact says are written while something runs."""
    if fact.kind == "writes":
        yield fact.name.rstrip("/").rpartition("/")[2]
    if fact.kind not in ("command", "documented"):
        return
    words = fact.name.split()[:80]
    for at, word in enumerate(words):
        if word in _MAKES and at + 1 < len(words):
            yield words[at + 1].rpartition("/")[2]
        elif word[:1] == ">" or "=" in word and word.partition("=")[0] in _MAKES:
            yield word.lstrip(">").rpartition("=")[2].rpartition("/")[2]
    if words[:1] and words[0] in _MOVES and len(words) > 2:
        yield from (word.rstrip("/").rpartition("/")[2] for word in words[1:])


__all__ = ["Ends", "ancestors", "dirname", "joined"]
