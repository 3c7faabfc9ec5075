"""Articles and vectors go in; what a Chroma server holds for them comes out, and the same the other way round."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ARTICLE, BESIDE, REMOVED = "article", "beside", "removed"  # kinds of records
DAMAGED = "damaged"  # one that does not say what it is; it is nobody's article until it is written anew, or removed
_DIGEST = re.compile(r"([0-9a-f]{64})?")  # what was removed before it was here has none


@dataclasses.dataclass(frozen=True)
class Record:
    """An article, a file that lies beside articles, the mark of an article that was removed, or what is damaged."""

    id: str
    kind: str
    group: str  # which folder it belongs to
    digest: str  # SHA-256 of the text, in UTF-8; of what was removed, as it was
    text: str = ""  # "" where it was not asked for


def record_of(id_: str, kind: str, group: str, text: str = "") -> Record:
    """A record with its digest."""
    return Record(id_, kind, group, hashlib.sha256(text.encode()).hexdigest(), text)


def row_of(record: Record) -> dict[str, Any]:
    """A record as Chroma takes it; a vector must be, and is of no use."""
    metadata = {"kind": record.kind, "group": record.group, "digest": record.digest}
    place = int(record.digest[:8] or "0", 16) / 16**8
    return {"ids": [record.id], "documents": [record.text], "metadatas": [metadata], "embeddings": [[1.0, place]]}


def records_of(got: Mapping[str, Any]) -> Iterator[Record]:
    """What Chroma gave as records."""
    texts: Iterable[str | None] = got.get("documents") or [""] * len(got["ids"])
    for id_, metadata, text in zip(got["ids"], got["metadatas"], texts, strict=True):
        kind, group, digest = ((metadata or {}).get(name) for name in ("kind", "group", "digest"))
        if isinstance(kind, str) and isinstance(group, str) and isinstance(digest, str) and _DIGEST.fullmatch(digest):
            yield Record(id_, kind, group, digest, text or "")
        else:
            yield Record(id_, DAMAGED, "", "", text or "")


def packed(vectors: NDArray[np.float32]) -> str:
    """Sentences' vectors, (sentences, dimensions), as text that a server keeps beside a passage."""
    return base64.b64encode(vectors.astype("<f2").tobytes()).decode()


def unpacked(text: object, sentences: int, dimensions: int) -> NDArray[np.float32] | None:
    """The vectors again, (sentences, dimensions); None where the text cannot be they."""
    try:
        packed = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
        vectors = np.frombuffer(packed, dtype="<f2").reshape(sentences, dimensions).astype(np.float32)
    except ValueError:
        return None
    return vectors if np.isfinite(vectors).all() else None
