"""Files that readers want are opened, each at most once; those that are as they were only where it must be."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from mlops_scan import facts
from mlops_scan.errors import TooLarge, Unreadable
from mlops_scan.evidence import Place, Warning
from mlops_scan.facts.telling import is_telling
from mlops_scan.repository import READ, File, Repository, files
from mlops_scan.repository.marks import Mark

_BATCH = 16_000_000  # bytes that are held at once


class Opened(NamedTuple):
    """A file, its content and mark where a reader wants it, and when there is no time left for it (`time.monotonic`).

    One that is as it was has its mark alone, until it turns out that nobody remembers what was in it.
    """

    file: File
    content: bytes | None
    mark: Mark | None
    until: float

    @property
    def size(self) -> int:
        """How many bytes it has, if a reader wants them."""
        return self.mark.size if self.mark else 0


class Opener:
    """Opens the files that readers want, each at most once, and those that are as they were only where it must be."""

    def __init__(
        self, repository: Repository, known: Mapping[str, Mark], warnings: list[Warning], until: float
    ) -> None:
        self._repository = repository
        self._known = known
        self._warnings = warnings
        self._until = until

    def batches(self, listed: Iterable[File]) -> Iterator[list[Opened]]:
        """The files with their contents, as many at once as fit into the memory that a scan may take for them."""
        batch: list[Opened] = []
        size = 0
        for file in listed:
            mark = self._known.get(file.path) if file.role in READ and self._repository.holds(file.path) else None
            opened = Opened(file, None, mark, self._until) if mark else self.opened(file)
            batch.append(opened)
            size += opened.size
            if size >= _BATCH:
                yield batch
                batch, size = [], 0
        yield batch

    def trust(self, opened: Opened) -> None:
        """A file need not be opened: what was in it is known, and it is as it was."""
        if opened.content is None and opened.mark:
            self._repository.trust(opened.mark)

    def opened(self, file: File) -> Opened:
        """The file with its content, if some reader wants it and it can be read."""
        content = self._content(file)
        return Opened(file, content, None if content is None else self._repository.mark(file.path), self._until)

    def _content(self, file: File) -> bytes | None:
        if file.role not in READ:
            return None
        of_bytes = facts.of_bytes(file.path)
        if not of_bytes and not facts.claimed(file.path):
            return None
        try:
            if of_bytes:
                return self._repository.content(file.path, of_bytes.limit, of_bytes.begins)
            return self._repository.content(file.path, files.limit_of(file.path))
        except Unreadable as failure:
            is_data = of_bytes or (isinstance(failure, TooLarge) and not is_telling(file.path))
            lost = file.role == "product" and not is_data
            self._warnings.append(Warning(Place(file.path), failure.reason, lost=lost))
            return None
