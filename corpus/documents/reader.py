"""Documents come in on standard input, what they say goes out on standard output: the process that reads for Extractor.

A request is a line of JSON (name, content type, address, size, limits) and the bytes; a reply is a line of JSON,
either the fields of an Extract or the field and fix of a refusal. Whatever a document does to its parser, it does
here: without the owner's keys, with bounded memory and, from the other side, bounded time.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
import signal
import sys
from pathlib import PurePath
from typing import Any

from corpus import front
from corpus.article import MOST_FIELD, MOST_TEXT
from corpus.documents.extract import SUFFIXES, Extract
from corpus.errors import UnreadableError

_HTML = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
_META_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_TYPES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/markdown": ".md",
    "text/plain": ".txt",
    "text/x-markdown": ".md",
}
_JOINERS = "\t\u200c\u200d"  # seen in what is beside them
_FIX = "add a Markdown, text, HTML, PDF or DOCX file"


def main() -> None:
    """Read requests until the other side closes."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no reply
    requests = sys.stdin.buffer
    while line := requests.readline():
        request = json.loads(line)
        _limit(request["seconds"], request["memory_mb"])
        body = requests.read(request["size"])
        try:
            reply = dataclasses.asdict(extract(body, request))
        except UnreadableError as exc:
            reply = {"field": exc.field, "fix": exc.fix}
        except (MemoryError, RecursionError):
            fix = f"takes more than {request['memory_mb']:g} MB to read; split it, or raise ADVISOR_EXTRACT_MEMORY_MB"
            reply = {"field": "file", "fix": fix, "last": True}
        except Exception as exc:  # a shape that nobody thought of is that document's end, not the batch's
            reply = {"field": "file", "fix": f"cannot be read ({type(exc).__name__}); save it in another format"}
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)
        replies.write(json.dumps(reply).encode() + b"\n")
        replies.flush()
        if reply.get("last"):  # memory that was short may have left a library in any state
            return


def _limit(seconds: float, memory_mb: float) -> None:
    """Bound what a document may take; the alarm is for a parent that was killed and cannot end us."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds + 5)
    with contextlib.suppress(ImportError, ValueError, OSError):  # not on this platform
        import resource

        most = int(memory_mb * (1 << 20))
        resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def extract(body: bytes, request: dict[str, Any]) -> Extract:
    """Read a document of whichever kind its bytes are. Raises UnreadableError."""
    found = _read(body, request)
    said = {name: value and _visible(value) for name, value in dataclasses.asdict(found).items()}
    said = {name: value if name == "text" else _stated(value) for name, value in said.items()}
    _check_length(said["text"], MOST_TEXT)
    if not re.search(r"\w", said["text"]):
        raise UnreadableError("text", "has none below its title; add some")
    return Extract(**{**said, "url": said["url"] or request["url"]})


def _stated(value: str | None) -> str | None:
    """A title, an author or the like; what is as long as a page is none of them."""
    words = " ".join((value or "").split())
    return words if words and len(words) <= MOST_FIELD else None


def _check_length(text: str, most: int) -> None:
    if len(text) > most:
        raise UnreadableError("text", f"is longer than {MOST_TEXT:,} characters; split it")


def _read(body: bytes, request: dict[str, Any]) -> Extract:
    from corpus.documents.plain import NOT_TEXT, decode, is_binary, read_markdown, read_text

    if not body.strip():
        raise UnreadableError("file", "is empty; add one with text")
    if b"%PDF-" in body[:1024]:
        from corpus.documents.pdf import read_pdf

        return read_pdf(body)
    if body.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        from corpus.documents.word import read_docx

        return read_docx(body, 4 * request["most"])
    kind = _kind(body, request["name"], request["content_type"])
    if is_binary(body):
        raise UnreadableError("file", NOT_TEXT)
    declared = _CHARSET.search(request["content_type"] or "")
    if kind != ".html":
        text = _visible(decode(body, declared[1] if declared else None))
        _check_length(text, MOST_TEXT + front.MOST)  # before it is parsed
        return read_text(text) if kind == ".txt" else read_markdown(text)
    from corpus.documents.page import read_page

    meta = _META_CHARSET.search(body[:4096])
    text = _visible(decode(body, declared[1] if declared else meta and meta[1].decode()))
    return read_page(text, request["url"])


def _visible(text: str) -> str:
    """Without characters that nobody sees: controls, marks that reverse the text, tags, lone surrogates."""
    return "\n".join(
        line
        if line.isprintable()
        else "".join(c if c.isprintable() or c in _JOINERS else " " if c.isspace() else "" for c in line)
        for line in text.split("\n")
    )


def _kind(body: bytes, name: str, content_type: str | None) -> str:
    """Which suffix the text deserves, ".html", ".md" or ".txt". Raises UnreadableError for any other kind."""
    if body.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        if b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e" in body:
            raise UnreadableError("file", "is encrypted; save it without a password")
        raise UnreadableError("file", "is in an old Office format; save it as DOCX or PDF")
    if body.startswith(b"{\\rtf"):
        raise UnreadableError("file", "is in RTF; save it as DOCX or PDF")
    if _HTML.match(body.replace(b"\x00", b"")[:4096].lstrip(b"\xef\xbb\xbf\xff\xfe")):
        return ".html"
    suffix = PurePath(name).suffix.lower()
    stated = _TYPES.get((content_type or "").partition(";")[0].strip().lower())
    if stated == ".txt" and suffix in (".md", ".markdown"):  # as many servers send Markdown
        return ".md"
    suffix = stated or {".htm": ".html", ".markdown": ".md", "": ".txt"}.get(suffix, suffix)
    if suffix in (".pdf", ".docx"):
        raise UnreadableError("file", f"is damaged or no {suffix[1:].upper()}; save it again where it was made")
    if suffix not in SUFFIXES:
        raise UnreadableError("file", f"is of a kind that is not read ({suffix}); {_FIX}")
    return suffix


if __name__ == "__main__":
    main()
