"""`pytest --accept` writes what the scanner sees into the pages and golden reports; a person reads the difference."""

import os

import pytest
from hypothesis import HealthCheck, settings

#: With every change the same examples; `--hypothesis-profile long` asks the dice, and takes its time: EXAMPLES of it.
_ALWAYS = {"deadline": None, "suppress_health_check": (HealthCheck.too_slow, HealthCheck.data_too_large)}
settings.register_profile("suite", derandomize=True, **_ALWAYS)
settings.register_profile("long", max_examples=int(os.environ.get("EXAMPLES", "5000")), print_blob=True, **_ALWAYS)
settings.load_profile("suite")


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
