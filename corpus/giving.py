"""Articles go in; on the server they are from then on, or no longer: the side that writes to a library on a server.

Nobody has to wait for anybody: what is written twice is written once, as a passage's id is made of its words. An
article's passages come before its record, and are looked at again after it: whatever another process has taken
away meanwhile, as it did not belong to anything yet, is put there anew.
"""

from __future__ import annotations

from collections.abc import Sequence

from corpus.article import parse_article
from corpus.chunk import Passage, chunk
from corpus.embed import Embedder
from corpus.errors import ArticleError
from corpus.making import Made, Vectors, embedded
from corpus.records import ARTICLE, REMOVED, Record, record_of
from corpus.remote import Remote
from corpus.shelf import render


def give(remote: Remote, embedder: Embedder, made: Made, group: str, *, is_new: bool) -> int:
    """Write one article to the server; returns how many passages were not there.

    Raises ArticleError where `is_new` and another has that id by now, StoreError where the server does not take it:
    giving it again is all there is to do.
    """
    article, passages = made.article, made.passages
    record = record_of(article.id, ARTICLE, group, render(article))
    given = give_passages(remote, embedder, passages, made.vectors)
    if not is_new:
        remote.put(record)
    elif not remote.claim(record):
        _let_go(remote, article.id, passages)
        fix = f"'{article.id}' has just become another article's; add it again, or choose another by --id"
        raise ArticleError(article.title, "id", fix)
    remote.drop_passages(remote.passages_of(article.id) - {passage.id for passage in passages})
    given += give_passages(remote, embedder, passages, made.vectors)
    remote.touch()
    return given


def give_passages(remote: Remote, embedder: Embedder, passages: Sequence[Passage], made: Vectors | None = None) -> int:
    """Write those of these passages that the server has not, and embed what is not made; returns how many they were."""
    stored = remote.stored([passage.id for passage in passages])
    new = [passage for passage in passages if passage.id not in stored]
    for part, vectors in embedded(new, embedder, made):
        remote.put_passages(part, vectors)
    return len(new)


def _let_go(remote: Remote, article_id: str, passages: Sequence[Passage]) -> None:
    """Delete passages that were written for an id which has become another article's."""
    theirs = [chunk(parse_article(one.text)) for one in remote.records([article_id]) if one.kind == ARTICLE]
    remote.drop_passages({passage.id for passage in passages} - {one.id for found in theirs for one in found})


def take(remote: Remote, article_id: str, group: str) -> None:
    """Have an article on the server no longer; a mark stays, so that no sync brings it back."""
    digest = next((one.digest for one in remote.records([article_id])), "")
    remote.put(Record(article_id, REMOVED, group, digest))
    remote.drop_passages(remote.passages_of(article_id))
    remote.touch()
