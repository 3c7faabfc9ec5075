"""Sources go in; their articles come out in the same order, made by the workers of a Ray cluster.

The workers read, cut and embed, and know nothing of where it is written: whoever asks them writes. So a worker that is
lost only repeats work.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import logging
import math
import pickle
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from corpus.errors import CorpusError, StoreError
from corpus.making import Maker, Order, Outcomes, Source
from corpus.settings import ray_address
from corpus.workers import elsewhere

_LONGEST = 20  # characters of a folder's path in which Ray's sockets have room for theirs: the system allows 107
_SECONDS_TO_CONNECT = 5.0
_SECONDS_TO_END = 5.0
_BLOCK = 4  # sources that a worker is given at a time, and that are made again where it is lost


class Cluster:
    """An engine: the Ray cluster that RAY_ADDRESS names, or one of this machine's processes. Use it in a `with`.

    It is joined, or started, when there is something to make.
    """

    def __init__(self, most: int | None = None) -> None:
        """With at most so many workers; None: as many as the cluster has processors."""
        self._most = most
        self._joined = contextlib.ExitStack()
        self._ray: Any = None

    def __enter__(self) -> Cluster:
        """Raises CorpusError where Ray is not installed."""
        if importlib.util.find_spec("ray") is None:
            raise CorpusError("Ray is not installed; run: pip install '.[ray]'")
        return self

    def __exit__(self, *error: object) -> None:
        self._joined.close()

    def __call__(self, sources: Sequence[Source], order: Order) -> Outcomes:
        """See Engine. Raises StoreError where the cluster cannot be reached, or loses every worker."""
        if not sources:
            return
        if self._ray is None:
            self._ray = self._joined.enter_context(_joined(self._most))
        try:
            for row in self._rows(sources, elsewhere(order, 1)):
                yield pickle.loads(row["made"])
        except self._ray.exceptions.RayError as exc:
            why = " ".join(str(exc).split())[:160]
            raise StoreError(f"The Ray cluster has given up ({why}); see its logs, then run the same again") from exc

    def _rows(self, sources: Sequence[Source], order: Order) -> Iterator[dict[str, Any]]:
        processors = max(1, int(self._ray.cluster_resources().get("CPU", 1)))
        workers = min(self._most or processors, processors, len(sources))
        blocks = max(workers, math.ceil(len(sources) / _BLOCK))
        rows = [{"source": pickle.dumps(source)} for source in sources]
        made = self._ray.data.from_items(rows, override_num_blocks=blocks).map(
            functools.partial(_make, order=self._ray.put(order)),
            compute=self._ray.data.TaskPoolStrategy(size=workers),
            num_cpus=1,
        )
        yield from made.iter_rows()


def _make(row: dict[str, Any], order: Any) -> dict[str, Any]:
    """In a worker: what becomes of one source, made as the order says that is kept under this reference."""
    return {"made": pickle.dumps(_maker(order).make(pickle.loads(row["source"])))}


@functools.lru_cache(maxsize=1)
def _maker(order: Any) -> Maker:
    """One for all blocks that a worker is given."""
    import ray

    return Maker(ray.get(order))


@contextlib.contextmanager
def _joined(most: int | None) -> Iterator[Any]:
    """Ray itself, joined to a cluster: the one that RAY_ADDRESS names, or a new one that only this machine reaches."""
    address = ray_address()
    import ray
    import ray.data

    with contextlib.nullcontext() if address else _folder() as folder:
        local: dict[str, Any] = {"num_cpus": most, "include_dashboard": False, "_temp_dir": folder}
        quiet: dict[str, Any] = {"_system_config": {"enable_metrics_collection": False, "worker_niceness": 0}}
        try:
            _reach(address)
            ray.init(
                address=address or "local",
                log_to_driver=False,
                logging_level=logging.ERROR,
                **({} if address else local | quiet),
            )
        except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as exc:
            why = " ".join(str(exc).split())[:160]
            raise StoreError(f"No Ray cluster can be joined ({why}); check RAY_ADDRESS, or unset it") from exc
        try:
            _quieten(ray)
            yield ray
        finally:
            ray.shutdown()


@contextlib.contextmanager
def _folder() -> Iterator[str]:
    """A folder for a cluster's sockets, logs and what its workers hand over, which is gone afterwards."""
    usual = tempfile.gettempdir()
    folder = tempfile.mkdtemp(prefix="advisor-ray-", dir=usual if len(usual) <= _LONGEST else "/tmp")
    try:
        yield folder
    finally:
        ends = time.monotonic() + _SECONDS_TO_END
        while Path(folder).exists() and time.monotonic() < ends:  # Ray's processes write on while they end
            shutil.rmtree(folder, ignore_errors=True)
            time.sleep(0.05)


def _reach(address: str | None) -> None:
    """Raise OSError where nobody answers there: Ray itself would try for many minutes."""
    host, _, port = (address or "").removeprefix("ray://").rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), _SECONDS_TO_CONNECT).close()


def _quieten(ray: Any) -> None:
    """Have Ray Data keep the order, and tell what goes on in its own logs alone: standard output is for results."""
    ray._private.worker._worker_logs_enabled = False  # a lost worker would be told of there whatever `init` is told
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    context = ray.data.DataContext.get_current()
    context.execution_options.preserve_order = True
    context.enable_progress_bars = context.enable_rich_progress_bars = False
