"""A library goes in; the advisor's own retrieval comes out as a LangChain retriever, for any chain."""

from __future__ import annotations

from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

from advisor.find.reader import open_reader
from advisor.find.retrieve import retrieve
from advisor.question.inputs import Query
from advisor.question.words import clean
from advisor.settings import load_settings
from corpus import Library, Passage


class ArticleRetriever(BaseRetriever):
    """The passages that an answer would be drawn from, in the order in which the reader puts them.

    Each Document's metadata: article, title, publisher, published, interest, section, start, end.
    """

    library: Any
    k: int = 8

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        reading = retrieve(self.library, open_reader(load_settings().reranker_model), Query(clean(query)))
        return [document_of(self.library, passage) for passage in reading.passages[: self.k]]


def document_of(library: Library, passage: Passage) -> Document:
    """A passage with what is known of its article."""
    article = library.article(passage.article)
    assert article is not None  # passages are stored with their article, in one transaction
    metadata = {name: getattr(article, name) for name in ("title", "publisher", "published", "interest")}
    place = {"section": " > ".join(passage.headings), "start": passage.start, "end": passage.end}
    return Document(page_content=passage.text, metadata={"article": article.id, **metadata, **place}, id=passage.id)


def as_langchain_retriever(library: Library, k: int = 8) -> BaseRetriever:
    """The advisor's retrieval over a library as a LangChain retriever: the same passages in the same order."""
    return ArticleRetriever(library=library, k=k)
