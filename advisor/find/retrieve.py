"""A question goes in; the passages that may answer it come out: dense and lexical, fused, near-copies dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.question.read import Question, read_question
from advisor.question.words import clean, stems
from corpus import Hit, Library

if TYPE_CHECKING:
    import numpy as np
    from langchain_core.retrievers import BaseRetriever
    from numpy.typing import NDArray

PASSAGES = 20
_NEAR_COPY = 0.9  # share of words in common (Jaccard)


def retrieve(
    library: Library, question: Question, k: int = PASSAGES, *, vector: NDArray[np.float32] | None = None
) -> list[Hit]:
    """The k passages that fit best, best first; of near-copies only the best. `vector` is the question's, if known."""
    hits: list[Hit] = []
    for hit in library.search(question.text, k, terms=question.search_terms(), vector=vector):
        words = stems(hit.passage.content)
        if not any(_is_near_copy(words, stems(kept.passage.content)) for kept in hits):
            hits.append(hit)
    return hits


def _is_near_copy(one: frozenset[str], other: frozenset[str]) -> bool:
    small, large = sorted((len(one), len(other)))
    # The sizes alone rule nearly every pair out, at a fraction of the cost.
    return small > _NEAR_COPY * large and len(one & other) > _NEAR_COPY * len(one | other)


def as_langchain_retriever(library: Library, k: int = 8) -> BaseRetriever:
    """The same retrieval as a LangChain `BaseRetriever`, for any chain.

    Each Document's metadata: article, title, publisher, published, interest, section, start, end, score.
    """
    # LangChain's retrievers take half a second to import, and nothing else here needs them.
    from langchain_core.callbacks import CallbackManagerForRetrieverRun
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever

    class ArticleRetriever(BaseRetriever):
        library: Any
        k: int

        def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
            question = read_question(clean(query), self.library.frequencies)
            return [_document(hit) for hit in retrieve(self.library, question, self.k)]

    def _document(hit: Hit) -> Document:
        passage = hit.passage
        article = library.article(passage.article)
        assert article is not None  # passages are stored with their article, in one transaction
        metadata = {
            "article": article.id,
            "title": article.title,
            "publisher": article.publisher,
            "published": article.published,
            "interest": article.interest,
            "section": " > ".join(passage.headings),
            "start": passage.start,
            "end": passage.end,
            "score": hit.score,
        }
        return Document(page_content=passage.text, metadata=metadata, id=passage.id)

    return ArticleRetriever(library=library, k=k)
