"""Where reports go: to a terminal of some width that may want colour, or to a file, whole or not at all."""

import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from mlops_scan.errors import ScanError
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


def write(path: Path, text: str) -> None:
    """Write the text whole or not at all; a link that lies in wait under its name is replaced and not followed."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".mlops-scan-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
                file.write(text)
            os.chmod(name, 0o644)  # noqa: PTH101
            os.replace(name, path)  # noqa: PTH105
        except BaseException:  # an interrupt too leaves nothing behind
            with suppress(OSError):
                os.unlink(name)  # noqa: PTH108
            raise
    except OSError as failure:
        raise ScanError(f"{path}: {(failure.strerror or 'cannot be written').lower()}") from None
