"""How a run ends that does not end well: in one line on standard error, and with the exit code that says so."""

import errno
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from traceback import FrameSummary, extract_tb
from types import FrameType

import click

from mlops_scan.clean import clean, masked
from mlops_scan.cli import output
from mlops_scan.errors import GivenUp, ScanError

USAGE, INCOMPLETE, INTERRUPTED, UNHEARD, TERMINATED = 2, 3, 130, 141, 143
DEBUG = "MLOPS_SCAN_DEBUG"
_PACKAGE = Path(__file__).parent.parent


class _Terminated(KeyboardInterrupt):
    """Somebody ends the run from outside: it cleans up as after Ctrl-C."""


@contextmanager
def told(ctx: click.Context) -> Iterator[None]:
    """Turn whatever comes out of the block into one line and an exit code. No text of the scanned tree is in it raw."""
    output.print_anything()
    try:
        with _cleaning_up():
            try:
                yield
            finally:
                output.finish()
    except ScanError as failure:
        _end(ctx, INCOMPLETE if isinstance(failure, GivenUp) else USAGE, f"Error: {clean(masked(str(failure)), 2000)}")
    except _Terminated:
        _end(ctx, TERMINATED, "Terminated.")
    except (KeyboardInterrupt, click.Abort):  # click's own exit code for it is 1, which says: below the target
        _end(ctx, INTERRUPTED, "\nInterrupted.")
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as failure:  # an argument may be a name of the tree, which a shell put there
        raise click.UsageError(clean(masked(failure.format_message()), 2000), failure.ctx) from None
    except (click.ClickException, click.exceptions.Exit):
        raise
    except Exception as failure:
        if isinstance(failure, OSError) and _is_of_printing(failure):
            _end(ctx, *_not_printed(failure))
        if os.environ.get(DEBUG):
            raise
        _end(ctx, INCOMPLETE, f"Error: mlops-scan itself failed ({_name(failure)}); with {DEBUG}=1 it says more")


def _is_of_printing(failure: OSError) -> bool:
    """Whether it came up where a command prints: the last code of ours is the command line."""
    frames = _frames(failure)
    return bool(frames) and Path(frames[-1].filename).is_relative_to(_PACKAGE / "cli")


def _not_printed(failure: OSError) -> tuple[int, str]:
    """Nobody reads on (`mlops-scan | head`), which needs no words; or there is no room, which does."""
    if failure.errno == errno.EPIPE:
        return UNHEARD, ""
    return USAGE, f"Error: the report could not be printed: {(failure.strerror or 'unknown').lower()}"


def _end(ctx: click.Context, code: int, line: str) -> None:
    if line:
        with suppress(OSError):
            click.echo(line, err=True)
    ctx.exit(code)


def _name(failure: Exception) -> str:
    """The kind of a failure and the line of ours where it came up. Its message could quote the scanned tree."""
    frames = _frames(failure)
    where = f" at {Path(frames[-1].filename).relative_to(_PACKAGE)}:{frames[-1].lineno}" if frames else ""
    why = f", {failure.strerror.lower()}," if isinstance(failure, OSError) and failure.strerror else ""
    return f"{type(failure).__name__}{why}{where}"


def _frames(failure: Exception) -> list[FrameSummary]:
    """Where it went through code of ours."""
    return [each for each in extract_tb(failure.__traceback__) if Path(each.filename).is_relative_to(_PACKAGE)]


@contextmanager
def _cleaning_up() -> Iterator[None]:
    """While the block runs, a request to end ends it as an interrupt does: nothing half-written stays behind.

    What a signal raises where Python only cleans up is lost. So it is remembered, and raised at the latest in the end.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[type[KeyboardInterrupt]] = []

    def end(number: int, _frame: FrameType | None) -> None:
        came.append(_Terminated if number == signal.SIGTERM else KeyboardInterrupt)
        raise came[-1]

    ours = [signal.SIGTERM]
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # and it is not ignored, as behind `nohup`
        ours.append(signal.SIGINT)
    before = [(number, signal.signal(number, end)) for number in ours]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
        if came:
            raise came[-1] from None
