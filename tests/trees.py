"""Small repositories for tests: files from a dictionary, with a Git history if wanted."""

import os
import subprocess
from pathlib import Path

from mlops_scan.assess import Assessment
from mlops_scan.catalogue import load
from mlops_scan.maturity import builtin
from mlops_scan.repository import Scope
from mlops_scan.scan import Inquiry, scan

_ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
    "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org", "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org",
}  # fmt: skip


def write(root: Path, files: dict[str, str]) -> Path:
    """Write the files below a folder and return it."""
    for path, content in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content, encoding="utf-8", errors="surrogateescape")
    return root


def git(root: Path, *words: str) -> str:
    """Run git in the folder, with fixed authors and dates."""
    done = subprocess.run(
        ["git", *words], cwd=root, env={**os.environ, **_ENVIRONMENT}, check=True, capture_output=True, text=True
    )
    return done.stdout


def commit(root: Path, files: dict[str, str], message: str = "Begin") -> Path:
    """Write the files and commit all that is there."""
    write(root, files)
    if not (root / ".git").exists():
        git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-q", "--allow-empty", "-m", message)
    return root


def assess(root: Path, scope: Scope = Scope()) -> Assessment:  # noqa: B008
    """Scan with everything built in."""
    return scan(root, Inquiry(tuple(builtin().values()), load(), scope))
