"""Many readers at once, through the endpoint that programs use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from page_server import running

from evals.bench.serving import crowd

pytestmark = pytest.mark.alone


@pytest.fixture(scope="module")
def page(environment):
    with running(environment) as page:
        yield page


def test_fifty_people_are_answered_each_with_their_own(page):
    crowd(page[0], people=1, each=2)
    served_all = crowd(page[0], people=50, each=10)
    assert served_all.wrong == []
    assert len(served_all.seconds) == 500
    assert served_all.p95 < 10, "two seconds on an idle machine; `python -m evals.bench.serving` measures it"


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read as Linux tells it")
def test_two_hundred_askers_leave_no_memory_behind(page):
    """What the first crowd leaves is the threads' own, and is there once; each that follows leaves nothing."""
    address, server = page
    assert crowd(address, people=200, each=1).wrong == []
    before = resident(server.pid)
    assert crowd(address, people=200, each=3).wrong == []
    assert resident(server.pid) < 1.1 * before


def resident(process: int) -> int:
    """Bytes of a process that lie in memory."""
    pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
