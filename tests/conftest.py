"""What every test file shares: the shared archive where there is one, and no way to reach a hub."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine is no failure: how long an example takes is measured in benchmarks/.
settings.register_profile("policynlp", deadline=None)
settings.load_profile("policynlp")

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"

# pytest-socket guards this process; child processes of the tests read these.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_OFFLINE"] = "1"
# Two processes side by side (pytest -n 2) with a thread each are faster than with two, which wait for one another.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")
# Most tests are about what stands before and behind the classifier, and the linear model is 15 times as fast. What
# tests/test_bert.py and tests/test_readme.py check names the BERT.
os.environ["POLICYNLP_MODEL"] = "linear"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--run-slow", action="store_true", help="also run tests that take minutes")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if "shared" in item.keywords and not SHARED.is_dir():
            item.add_marker(pytest.mark.skip(reason="the shared archive is not beside the checkout"))
        if "slow" in item.keywords and not config.getoption("--run-slow"):
            item.add_marker(pytest.mark.skip(reason="slow; give --run-slow"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real reports and gold; tests that ask for it carry the mark ``shared``."""
    return SHARED


@pytest.fixture(scope="session")
def example() -> Path:
    """The example corpus: invented places, with gold."""
    return ROOT / "corpus" / "example"
