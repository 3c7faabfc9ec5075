"""A document's bytes go in; its text as Markdown and what it says of itself come out, read in another process."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import stat
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

from corpus.article import MOST_TEXT
from corpus.errors import ArticleError
from corpus.settings import Settings, worker_environment

_MOST_REPLY = 12 * MOST_TEXT + 65_536  # bytes of JSON, where each character may be two escapes
SUFFIXES = (".md", ".markdown", ".txt", ".html", ".htm", ".pdf", ".docx")


@dataclasses.dataclass(frozen=True)
class Extract:
    """The text of a document and what it says of itself; None where it does not say."""

    text: str  # Markdown without the title
    title: str | None = None
    author: str | None = None
    published: str | None = None  # ISO date
    site: str | None = None  # name of the site it stands on: a candidate for the publisher
    url: str | None = None  # its own address, where it is known


class Extractor:
    """Reads documents in one process of its own, which is started anew when one of them ends it. Use it in a `with`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._one_at_a_time = threading.Lock()

    def __enter__(self) -> Extractor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def read(self, name: str, body: bytes | Path, url: str | None = None, content_type: str | None = None) -> Extract:
        """The text of one document; its kind is told by its bytes first, then by content type and name.

        Raises ArticleError (name, field, fix), within the bounds of the settings.
        """
        content = self._load(name, body) if isinstance(body, Path) else body
        if len(content) > self._most:
            raise self._too_large(name, len(content))
        with self._one_at_a_time:
            reply = self._ask(name, content, url, content_type)
        if "fix" in reply:
            raise ArticleError(name, str(reply["field"]), str(reply["fix"]))
        return Extract(**reply)

    @property
    def _most(self) -> int:
        return int(self.settings.max_file_mb * 1e6)

    def _too_large(self, name: str, size: int) -> ArticleError:
        limit = f"the limit is {self.settings.max_file_mb:g}"
        fix = f"is too large ({size / 1e6:.1f} MB, {limit}); split it, or raise ADVISOR_MAX_FILE_MB"
        return ArticleError(name, "file", fix)

    def _load(self, name: str, path: Path) -> bytes:
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):
                raise ArticleError(name, "file", "is no ordinary file; name a file")
            if status.st_size > self._most:
                raise self._too_large(name, status.st_size)
            with path.open("rb") as file:
                return file.read(self._most + 1)
        except OSError as exc:
            raise ArticleError(name, "file", f"cannot be read ({exc.strerror}); check it and its rights") from exc

    def _ask(self, name: str, body: bytes, url: str | None, content_type: str | None) -> dict[str, Any]:
        seconds = self.settings.extract_seconds
        request = {
            "name": name,
            "url": url,
            "content_type": content_type,
            "size": len(body),
            "most": self._most,
            "seconds": seconds,
            "memory_mb": self.settings.extract_memory_mb,
        }
        process = self._started()
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(seconds, end)
        timer.start()
        line = b""
        try:
            assert process.stdin is not None and process.stdout is not None
            with contextlib.suppress(OSError):  # it has ended: there is no reply
                process.stdin.write(json.dumps(request).encode() + b"\n" + body)
                process.stdin.flush()
                line = process.stdout.readline(_MOST_REPLY)
        except BaseException:  # Ctrl-C: half a request is in the pipe
            self._end()
            raise
        finally:
            timer.cancel()
            timer.join()
        if line.endswith(b"\n") and not late.is_set():
            reply: dict[str, Any] = json.loads(line)
            if reply.pop("last", None):
                self._end()
            return reply
        self._end()
        if late.is_set():
            fix = f"takes longer than {seconds:g} seconds to read; split it, or raise ADVISOR_EXTRACT_SECONDS"
        else:
            fix = "ends the program that reads it; save it in another format"
        return {"field": "file", "fix": fix}

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "corpus.documents.reader"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=Path(__file__).parents[2],  # where `-m` finds this package first, whatever lies in the caller's
                env={**worker_environment(), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONUTF8": "1"},
            )
        return self._process

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            for pipe in (self._process.stdin, self._process.stdout):
                with contextlib.suppress(OSError):  # what was not yet written has nobody to read it
                    assert pipe is not None
                    pipe.close()
            self._process.wait()
            self._process = None
