"""Many readers at once, through the endpoint that programs use."""

from __future__ import annotations

from page_server import served

from evals.bench.serving import crowd


def test_fifty_people_are_answered_each_with_their_own(environment):
    with served(environment) as address:
        crowd(address, people=1, each=2)
        served_all = crowd(address, people=50, each=10)
    assert served_all.wrong == []
    assert len(served_all.seconds) == 500
    assert served_all.p95 < 10, "two seconds on an idle machine; `python -m evals.bench.serving` measures it"
