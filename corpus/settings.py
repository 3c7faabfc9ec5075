"""The library's part of the environment goes in; one frozen Settings value comes out.

Argument over environment over default, decided here and nowhere else in this package.
"""

from __future__ import annotations

import dataclasses
import math
import os
import re
import secrets
import urllib.parse
from pathlib import Path

import platformdirs

from corpus.errors import SettingsError

BUNDLED_MODEL = "all-MiniLM-L6-v2"
# onnxruntime reads this while it is imported, and nowhere later: without it, it looks up its maker's host and keeps a
# device id and its events under the user's home. Every process of ours imports this module before that one.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
# Likewise huggingface_hub, which gradio's own client calls: for the name of what it runs under it asks its maker's hub.
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
# Likewise Ray, where it is installed: it tells its maker of the machine and of what it is used for.
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"


@dataclasses.dataclass(frozen=True)
class Server:
    """A Chroma server that holds the library instead of this machine."""

    url: str  # http or https, without a name, a password or a query
    tenant: str = "default_tenant"
    database: str = "default_database"
    token: str | None = dataclasses.field(default=None, repr=False)


@dataclasses.dataclass(frozen=True)
class Settings:
    """Where state lives, which articles are read, which model embeds them, and what a new article may cost."""

    home: Path
    articles: tuple[Path, ...]  # folders with article files
    embedding_model: str = BUNDLED_MODEL
    device: str | None = None  # None: ONNX on the CPU; "cpu", "cuda", "mps": torch
    max_file_mb: float = 25.0  # of a file or page, and of all that a DOCX unpacks to, times four
    extract_seconds: float = 60.0  # for the text of one document
    extract_memory_mb: float = 2048.0  # of the process that reads documents, where the platform can limit it
    fetch_seconds: float = 60.0  # for one page, its redirects included
    fetch_timeout: float = 10.0  # seconds that a server may be silent
    allowed_hosts: tuple[str, ...] = ()  # "host" or "host:port" that may have a private address
    server: Server | None = None  # None: the library lies under `home`


def load_settings(home: Path | str | None = None, articles: tuple[Path, ...] | None = None) -> Settings:
    """Read ADVISOR_HOME, the model's variables, the Chroma server's and the limits on new articles; arguments win.

    Raises SettingsError.
    """
    chosen = home or os.environ.get("ADVISOR_HOME") or platformdirs.user_data_path("career-advisor", appauthor=False)
    try:
        root = Path(chosen).expanduser().absolute()
        str(root).encode()  # what cannot be written down cannot be noted in the index either
    except (UnicodeEncodeError, RuntimeError) as exc:  # the second: ~name of nobody
        raise SettingsError(f"ADVISOR_HOME is {str(chosen)!r}, which is no path in UTF-8; set it to one") from exc
    return Settings(
        home=root,
        articles=articles or (Path(__file__).parent / "articles", root / "articles"),
        embedding_model=os.environ.get("ADVISOR_EMBEDDING_MODEL") or BUNDLED_MODEL,
        device=os.environ.get("ADVISOR_DEVICE") or None,
        max_file_mb=_number("ADVISOR_MAX_FILE_MB", Settings.max_file_mb),
        extract_seconds=_number("ADVISOR_EXTRACT_SECONDS", Settings.extract_seconds),
        extract_memory_mb=_number("ADVISOR_EXTRACT_MEMORY_MB", Settings.extract_memory_mb),
        fetch_seconds=_number("ADVISOR_FETCH_SECONDS", Settings.fetch_seconds),
        fetch_timeout=_number("ADVISOR_FETCH_TIMEOUT", Settings.fetch_timeout),
        allowed_hosts=_hosts("ADVISOR_ALLOWED_HOSTS"),
        server=_server(),
    )


def ray_address() -> str | None:
    """Where the Ray cluster is that is to be joined; None: nowhere, one is started for this user of this machine alone.

    To be called before Ray is imported, which is when it reads the rest.
    """
    address = os.environ.get("RAY_ADDRESS", "").strip() or "local"
    if address != "local":
        return address
    os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # it binds to loopback: where firewalls ask, hence the name
    os.environ["RAY_AUTH_MODE"] = "token"
    os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)  # else it keeps one in the user's home
    return None


def worker_environment() -> dict[str, str]:
    """What a process that reads strangers' documents needs of the environment: no keys, no tokens."""
    kept = ("PATH", "PYTHONPATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH")
    return {name: os.environ[name] for name in kept if name in os.environ}


def _server() -> Server | None:
    """The server that the environment names; neither an address with a password in it nor a token is ever shown."""
    url = os.environ.get("ADVISOR_CHROMA_URL", "").strip().rstrip("/")
    if not url:
        return None
    good = "write it as http://chroma.example:8000 or https://chroma.example"
    try:
        parts = urllib.parse.urlsplit(url)
        has_host = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        has_host = False
    if "@" in url:
        raise SettingsError(f"ADVISOR_CHROMA_URL holds a name or a password; {good}, and set ADVISOR_CHROMA_TOKEN")
    if not has_host or not re.fullmatch(r'[!"$->A-~]+', url):  # no blanks, no ? or # and what follows
        raise SettingsError(f"ADVISOR_CHROMA_URL is {url[:80]!r}; {good}")
    names = {"tenant": os.environ.get("ADVISOR_CHROMA_TENANT"), "database": os.environ.get("ADVISOR_CHROMA_DATABASE")}
    token = os.environ.get("ADVISOR_CHROMA_TOKEN", "").strip() or None
    if token and not re.fullmatch(r"[!-~]+", token):
        raise SettingsError("ADVISOR_CHROMA_TOKEN holds blanks or letters that no header can; set the token alone")
    return Server(url, token=token, **{name: value for name, value in names.items() if value})


def _number(variable: str, default: float) -> float:
    text = os.environ.get(variable, "").strip()
    try:
        value = float(text) if text else default
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise SettingsError(f"{variable} is {text!r}; set it to a number above 0, such as {default:g}")
    return value


def _hosts(variable: str) -> tuple[str, ...]:
    names = [name.strip().lower() for name in os.environ.get(variable, "").split(",") if name.strip()]
    for name in names:
        if not re.fullmatch(r"(?:[^\s/:@\[\]]+|\[[\da-f:.]+\])(?::\d{1,5})?", name):
            raise SettingsError(f"{variable} has {name!r}; list names such as intranet.example or 127.0.0.1:8000")
    return tuple(names)
