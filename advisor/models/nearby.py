"""Nothing goes in; the chat models that servers on this machine offer come out: Ollama, LM Studio, llama.cpp, vLLM.

Their lists are read, and no model is called: what is here is offered, and used by nobody who has not chosen it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

_WAIT = 0.3  # seconds for a list
_MOST = 1_000_000  # bytes of it
_SHOWN = 20  # models of one server
_NAME = re.compile(r"[\w./:@+-]{1,120}")
_NO_CHAT = re.compile(r"bert|embed|rerank|whisper|tts", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Server:
    """What a server on this machine is called, the provider that speaks to it, and where."""

    name: str
    provider: str  # of "provider:name"
    url: str

    @property
    def listing(self) -> str:
        """The address of its list of models."""
        return f"{self.url}/api/tags" if self.provider == "ollama" else f"{self.url}/models"


@dataclasses.dataclass(frozen=True)
class Nearby:
    """A model that may be chosen: "provider:name", and whose address it is at."""

    model: str
    server: Server


# At the ports that they have unless told otherwise.
SERVERS = (
    Server("Ollama", "ollama", "http://127.0.0.1:11434"),
    Server("LM Studio", "openai", "http://127.0.0.1:1234/v1"),
    Server("llama.cpp", "openai", "http://127.0.0.1:8080/v1"),
    Server("vLLM", "openai", "http://127.0.0.1:8000/v1"),
)


def servers(url: str | None = None) -> Sequence[Server]:
    """Those that may run here, and first the one at ADVISOR_MODEL_URL, where that is set."""
    return (Server("the server at ADVISOR_MODEL_URL", "openai", url.rstrip("/")), *SERVERS) if url else SERVERS


def nearby(asked: Sequence[Server] = SERVERS) -> list[Nearby]:
    """The chat models that are offered; none where nothing answers at once. Never raises."""
    with ThreadPoolExecutor(len(asked)) as pool:
        found = list(pool.map(_names, asked))
    return [Nearby(f"{one.provider}:{name}", one) for one, names in zip(asked, found, strict=True) for name in names]


def nearby_hint(asked: Sequence[Server] = SERVERS) -> str | None:
    """A line on how to use the first of them; None where there is none."""
    first = next(iter(nearby(asked)), None)
    if first is None:
        return None
    name, url = first.model.partition(":")[2], "" if first.server.provider == "ollama" else first.server.url
    how = f"ADVISOR_MODEL={first.model}" + (f" and ADVISOR_MODEL_URL={url}" if url else "")
    return f"{first.server.name} is running here with {name}: to have answers written by it, set {how}"


def _names(server: Server) -> list[str]:
    with contextlib.suppress(Exception):  # whatever listens there, it is no server of models to speak of
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy has no business on this machine
        with direct.open(server.listing, timeout=_WAIT) as reply:
            listed = json.loads(reply.read(_MOST))
        return list(dict.fromkeys(_usable(listed["models" if server.provider == "ollama" else "data"])))[:_SHOWN]
    return []


def _usable(listed: Sequence[dict[str, object]]) -> Iterator[str]:
    """The names of the models that may write; one without a sound name is passed over."""
    for one in listed:
        name = one.get("name") or one.get("id")
        if (
            isinstance(name, str)
            and _NAME.fullmatch(name)
            and not _NO_CHAT.search(f"{name} {one.get('details') or ''}")
        ):
            yield name
