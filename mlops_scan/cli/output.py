"""Where reports go: to a terminal of some width that may want colour, or to a file, whole or not at all."""

import io
import os
import sys
from contextlib import suppress
from pathlib import Path

from mlops_scan.errors import ScanError
from mlops_scan.patience import undisturbed
from mlops_scan.report import Look


def wants_color(choice: str = "auto") -> bool:
    """`always`, `never`; by itself on a terminal that can show it, unless NO_COLOR is set; FORCE_COLOR asks for it.

    See https://no-color.org and https://force-color.org.
    """
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (sys.stdout.isatty() and os.environ.get("TERM") != "dumb")


def width() -> int:
    """The columns of the terminal; a fixed number where there is none, so that the same commit gives the same bytes."""
    if not sys.stdout.isatty():
        return Look().width
    return max(60, min(os.get_terminal_size(sys.stdout.fileno()).columns, 140))


def can_ask() -> bool:
    """Whether a person sits there who can answer."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def is_watched() -> bool:
    """Whether a person sits before both streams, and no machine that only records them."""
    return sys.stderr.isatty() and sys.stdout.isatty() and not os.environ.get("CI")


def refuse_links(path: Path, tree: Path | None = None) -> None:
    """Refuse a report that would go through a link that a scanned tree can have laid. Raises `ScanError`."""
    try:
        if _is_stream(path):
            return
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise ScanError(f"{path}: is a link or no file, and only files are written")
        inside = _resolved(tree)
        for folder in path.absolute().parents if inside else ():
            if folder.is_symlink() and inside and folder.parent.resolve().is_relative_to(inside):
                raise ScanError(f"{path}: lies behind a link of the scanned tree")
    except (OSError, RuntimeError) as failure:
        raise ScanError(f"{path}: {_reason(failure)}") from None


def _resolved(tree: Path | None) -> Path | None:
    """Where a tree is; None for one that is nowhere, which whoever opens it will say."""
    try:
        return tree.resolve(strict=True) if tree else None
    except OSError:
        return None


def write(path: Path, text: str, tree: Path | None = None) -> None:
    """Write the text whole or not at all, and through no link. Raises `ScanError`."""
    refuse_links(path, tree)
    try:
        if _is_stream(path):
            with path.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
                stream.write(text)
        else:
            _replace(path, text)
    except OSError as failure:
        raise ScanError(f"{path}: {_reason(failure)}") from None


def _replace(path: Path, text: str) -> None:
    import tempfile  # late: most reports are printed

    name = ""
    try:
        with undisturbed():
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=".mlops-scan-")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.write(text)
        os.chmod(name, 0o644)  # noqa: PTH101
        os.replace(name, path)  # noqa: PTH105
    except BaseException:  # an interrupt too leaves nothing behind
        with undisturbed(), suppress(OSError):
            os.unlink(name)  # noqa: PTH108
        raise


def _is_stream(path: Path) -> bool:
    """`/dev/stdout` and its kind, which are links or devices, and of the system and not of a tree."""
    return str(path).startswith(("/dev/", "/proc/self/fd/"))


def _reason(failure: Exception) -> str:
    return (getattr(failure, "strerror", None) or "cannot be written").lower()


def finish() -> None:
    """Print what still waits to be printed. Raises `OSError` once, and loses what cannot be printed."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            with suppress(OSError, ValueError):  # or Python tries again when it ends, and says so in its own words
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            raise


def print_anything() -> None:
    """What an encoding of the terminal does not know is printed as an escape."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
