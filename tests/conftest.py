"""`pytest --accept` writes what the scanner sees into the pages and golden reports; a person reads the difference."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--accept", action="store_true", help="write expected tables and reports instead of comparing them"
    )


@pytest.fixture
def accept(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--accept"))


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test remembers for another, or writes into the cache of whoever runs it."""
    monkeypatch.setenv("MLOPS_SCAN_NO_CACHE", "1")
