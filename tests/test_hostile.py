"""Every hostile repository of `hostile/`, scanned under watch: text, JSON, HTML, SARIF and Markdown at once."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hostile
import pytest
from hostile.case import Case, Expected, Field, can_be_built
from hostile.scanned import HOME, Server, problems, scan

pytestmark = pytest.mark.skipif(
    shutil.which("git") is None or os.name == "nt", reason="needs the git program, and POSIX"
)
CASES = [each for each in hostile.cases() if each.needs != "full"]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    serving = Server()
    yield serving
    serving.close()


@pytest.mark.parametrize("case", CASES, ids=[f"{each.group}-{each.name}" for each in CASES])
def test_it_does_no_harm(case: Case, tmp_path: Path, server: Server) -> None:
    if not can_be_built(case, HOME, Path(sys.prefix)):
        pytest.skip("needs the rights to make devices and to give files away, and code that other users reach")
    if case.needs == "root":  # and another user scans: pytest's own folders are closed to everybody else
        tmp_path = Path(tempfile.mkdtemp(prefix="hostile-"))
        tmp_path.chmod(0o755)
    field = Field(tmp_path / "field")
    field.furnish()
    expected = case.build(field) or Expected()
    before = field.snapshot()
    assert not "\n".join(problems(field, expected, scan(field, server), before))
    shutil.rmtree(tmp_path, ignore_errors=True)


def test_there_are_enough_of_them_in_every_group() -> None:
    groups = [each.group for each in hostile.cases()]
    assert len(groups) >= 60
    assert min(map(groups.count, hostile.GROUPS)) >= 10
