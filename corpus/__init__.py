"""The library: source articles with provenance, cut into passages and searchable."""

from corpus.about import About, question_of
from corpus.article import Article, parse_article, read_article
from corpus.chunk import Passage, chunk
from corpus.console import run_command
from corpus.differences import Difference
from corpus.doctor import Finding
from corpus.embed import Embedder
from corpus.errors import ArticleError, CorpusError, ModelError, ScopeError, SettingsError, StoreError
from corpus.library import Hit, Library
from corpus.onnx_model import OnnxModel
from corpus.report import AddReport, RemoveReport, Result, SyncReport
from corpus.rows import Listed
from corpus.sentences import Sentence
from corpus.settings import Settings
from corpus.tables import row_at
from corpus.weights import english_words

__all__ = [
    "About",
    "AddReport",
    "Article",
    "ArticleError",
    "CorpusError",
    "Difference",
    "Embedder",
    "Finding",
    "Hit",
    "Library",
    "Listed",
    "ModelError",
    "OnnxModel",
    "Passage",
    "RemoveReport",
    "Result",
    "ScopeError",
    "Sentence",
    "Settings",
    "SettingsError",
    "StoreError",
    "SyncReport",
    "chunk",
    "english_words",
    "parse_article",
    "question_of",
    "read_article",
    "row_at",
    "run_command",
]
