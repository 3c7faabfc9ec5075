"""The library: source articles with provenance, cut into passages and searchable."""

from corpus.article import Article, Sentence, parse_article, read_article
from corpus.chunk import Passage, chunk
from corpus.console import run_command
from corpus.differences import Difference
from corpus.embed import Embedder, english_words
from corpus.errors import ArticleError, CorpusError, ModelError, StoreError
from corpus.index import SyncReport
from corpus.library import Hit, Library
from corpus.settings import Settings

__all__ = [
    "Article",
    "ArticleError",
    "CorpusError",
    "Difference",
    "Embedder",
    "Hit",
    "Library",
    "ModelError",
    "Passage",
    "Sentence",
    "Settings",
    "StoreError",
    "SyncReport",
    "chunk",
    "english_words",
    "parse_article",
    "read_article",
    "run_command",
]
