"""The table of scale: a library that grows from row to row, bounded in disk and time."""

from __future__ import annotations

import shutil
from types import SimpleNamespace

import pytest

from evals.bench import scale as module


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(module, "_embedding", lambda *_: 50.0)  # takes a minute
    monkeypatch.setattr(module, "_TIMES", 1)


def rows(printed):
    lines = [line.split(" | ") for line in printed.splitlines()]
    return [dict(zip(lines[1], line, strict=True)) for line in lines[2:] if len(line) > 1]


@pytest.mark.evaluation
def test_a_row_is_measured_on_so_many_passages(capsys):
    module.scale(120, server=False)
    (row,) = rows(capsys.readouterr().out)
    assert 100 <= int(row["passages"]) <= 200, "and the four articles"
    assert float(row["disk MB"]) > 1 and float(row["memory MB"]) > 50
    median, worst = map(float, row["answer p50/p95 ms"].split("/"))
    assert 0 < median <= worst
    assert all(float(figure) > 0 for figure in row["in/out s"].split("/"))


@pytest.mark.evaluation
def test_a_server_is_filled_and_a_fresh_replica_asked(capsys):
    module.scale(60, server=True)
    (row,) = rows(capsys.readouterr().out)
    assert int(row["passages"]) >= 100 and float(row["fresh replica s"]) > 0
    assert float(row["server disk MB"]) > 0.1 and float(row["server memory MB"]) > 10
    median, worst = map(float, row["answer p50/p95 ms"].split("/"))
    assert 0 < median <= worst


def test_nothing_is_begun_that_the_disk_has_no_room_for(capsys, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10**6))
    module.scale(10_000, server=False)
    assert "1,000 passages: no time or no disk" in capsys.readouterr().out
