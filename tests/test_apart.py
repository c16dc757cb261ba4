"""Somebody else's code in a process of its own: it answers, or it is said how it ended, and nothing else happens."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from mlops_scan import apart as module
from mlops_scan.apart import Died, apart
from mlops_scan.patience import undisturbed

FORKS = pytest.mark.skipif(
    sys.platform != "linux" or threading.active_count() > 1, reason="needs a process that may fork"
)


@pytest.fixture(params=["in a process of its own", "here"])
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways, since not every system forks."""
    if request.param == "here":
        monkeypatch.setattr(module.sys, "platform", "win32")


@pytest.mark.usefixtures("place")
def test_an_answer_of_any_length_comes_back() -> None:
    assert apart(lambda: b"", 20) == b""
    assert apart(lambda: b"\0x" * 1_000_000, 20) == b"\0x" * 1_000_000


@pytest.mark.usefixtures("place")
def test_nothing_is_printed_and_the_working_directory_stays(capfd: pytest.CaptureFixture[str]) -> None:
    def talks() -> bytes:
        print("{")
        print("}", file=sys.stderr)
        os.chdir("/")
        return b"said"

    before = Path.cwd()
    assert apart(talks, 20) == b"said"
    assert (capfd.readouterr(), Path.cwd()) == (("", ""), before)


@pytest.mark.usefixtures("place")
def test_what_finds_no_end_is_ended() -> None:
    with pytest.raises(Died, match="it took more than 0 seconds"):
        apart(lambda: bytes(time.sleep(600) or 0), 0.2)


@FORKS
@pytest.mark.parametrize(
    "work",
    [
        lambda: os._exit(0),
        lambda: os.kill(os.getpid(), signal.SIGKILL),
        lambda: os.closerange(0, 256),
        lambda: sys.exit(0),
        lambda: 7 // 0,
        lambda: "no bytes",
    ],
)
def test_what_ends_its_process_ends_no_other(work: object) -> None:
    with pytest.raises(Died, match="it ended its process"):
        apart(work, 20)  # type: ignore[arg-type]


@FORKS
def test_what_it_has_started_ends_with_it() -> None:
    reader, writer = os.pipe()

    def leaves_a_child() -> bytes:
        if os.fork() == 0:
            time.sleep(600)
        return b"done"

    assert apart(leaves_a_child, 20) == b"done"
    os.close(writer)
    assert os.read(reader, 1) == b""  # nobody holds the other end any more
    os.close(reader)


def test_an_interrupt_waits_for_the_end_of_what_must_not_be_disturbed() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt), undisturbed():
        signal.raise_signal(signal.SIGINT)
        done.append("all of it")
    assert done == ["all of it"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
