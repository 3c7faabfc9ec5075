"""Processes that add, edit and remove articles are killed at random: nothing acknowledged is lost, none half there."""

from __future__ import annotations

import pytest

from evals.bench.kills import kill_loop


@pytest.mark.breaking
def test_no_kill_loses_an_article_or_leaves_half_of_one():
    assert kill_loop(rounds=12, seed=15) == []
