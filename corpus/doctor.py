"""An index goes in; what was examined, what is wrong with it, and the command that mends it, come out."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator

from corpus.differences import read_noted
from corpus.embed import Embedder, OnnxEmbedder
from corpus.errors import ArticleError, ModelError
from corpus.index import NO_INDEX, Index
from corpus.weights import check_model, tokenizer_file

_SYNC = "run: python -m corpus sync"
_CORRECT = "correct the file, then run: python -m corpus sync"
_LITTLE = 500 * 2**20  # bytes free, below which a larger library may not fit


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing that was examined; `mend` says what to do where it is not well."""

    subject: str
    says: str
    mend: str = ""

    @property
    def is_well(self) -> bool:
        """Whether nothing is to be done."""
        return not self.mend


def examine(index: Index, embedder: Embedder) -> Iterator[Finding]:
    """Look at everything under ADVISOR_HOME; nothing is changed."""
    broken = _broken(index)
    yield broken or _index(index)
    yield from _articles(index, can_compare=not broken)
    yield from _differences(index)
    yield _model(embedder)
    yield _space(index)
    yield from _leftovers(index, can_ask=not broken)


def _broken(index: Index) -> Finding | None:
    """Why the index cannot be asked; files that are damaged are not opened, as that may end the process."""
    wrong = index.damaged()
    if wrong:
        return Finding("index", f"is damaged: {', '.join(map(str, wrong))} is not what was written", _SYNC)
    why = index.broken()
    if why == NO_INDEX and not index.builds.may_be_made:
        return Finding("index", f"{why}, and {index.builds.folder} cannot be written", "set ADVISOR_HOME elsewhere")
    if why:
        return Finding("index", why, _SYNC)
    damage = index.catalog.damage()
    if damage:
        return Finding("index", f"is damaged ({damage})", f"delete {index.builds.folder} and {_SYNC}")
    return None


def _index(index: Index) -> Finding:
    if not index.is_sealed():
        return Finding("index", "has no checksums: it is being written, or was not finished", _SYNC)
    size = f"{len(index.catalog.ids()):,} articles, {index.catalog.passage_count():,} passages"
    return Finding("index", f"is whole: {size}, fingerprint {index.fingerprint}")


def _articles(index: Index, *, can_compare: bool) -> Iterator[Finding]:
    if not can_compare:
        yield Finding("articles", f"{len(index.files()):,} files, not compared, as there is no index to compare with")
        return
    known, seen = index.catalog.files(), index.seen()
    for file in seen.values():
        if file.refused:
            yield Finding("articles", file.refused, _CORRECT)
    for line in index.nameless():
        yield Finding("articles", line, _SYNC)
    changed = sum(path not in known or known[path].digest != file.digest for path, file in seen.items())
    changed += len(known.keys() - seen.keys())
    if changed:
        yield Finding("articles", f"{changed:,} files have changed since they were indexed", _SYNC)
    else:
        left_out = len(index.shelf.left_out())
        says = f"{len(seen):,} files, as they were indexed" + (f"; {left_out} left out" if left_out else "")
        yield Finding("articles", says)


def _differences(index: Index) -> Iterator[Finding]:
    for path in index.noted_files():
        try:
            noted = f"{len(list(read_noted(path)))} are noted in {path}"
            yield Finding("differences", f"{noted}, which count where an article here holds their sentences")
        except ArticleError as exc:
            yield Finding("differences", str(exc), _SYNC)


def _model(embedder: Embedder) -> Finding:
    if not isinstance(embedder, OnnxEmbedder):
        return Finding("model", f"{embedder.name} is not the bundled one; it is not checked")
    try:
        check_model(embedder.folder / "model.onnx")
        tokenizer_file()
    except ModelError as exc:
        why, _, mend = str(exc).rpartition("; ")
        return Finding("model", why, mend)
    return Finding("model", f"{embedder.name}, its checksum is right")


def _space(index: Index) -> Finding:
    place = index.settings.home
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    says = f"{free / 2**30:.1f} GB free under {index.settings.home}"
    # A rebuilt index stands beside the old one until it is whole.
    needed = _LITTLE + sum(path.stat().st_size for path in index.builds.folder.rglob("*") if path.is_file())
    wanted = f"free space, or set ADVISOR_HOME elsewhere; a rebuild may need {needed / 2**30:.1f} GB"
    return Finding("space", says, "" if free >= needed else wanted)


def _leftovers(index: Index, *, can_ask: bool) -> Iterator[Finding]:
    found = [*index.shelf.leftovers(), *index.builds.others()]
    if can_ask and "unfinished" in index.catalog.meta():
        yield Finding("leftovers", "the last sync did not finish", _SYNC)
    elif found:
        yield Finding("leftovers", f"{len(found)} that a killed process has left, such as {found[0]}", _SYNC)
    else:
        yield Finding("leftovers", "none")
