"""A question that stands alone goes in; a chat model's text on what a retriever finds comes out, as an LCEL chain.

`retrieve | prompt | model`. Before it stands `understand_chain`, with the pipeline's gate between them: of what is
plainly off the topic nothing is written. `RunnablePassthrough.assign(question=understand_chain(calls) |
attrgetter("question")) | write_chain(calls, retriever)` is the whole. Its text is shown to nobody before it is
verified: see writer.py.
"""

from __future__ import annotations

from operator import itemgetter

from langchain_core.documents import Document
from langchain_core.retrievers import RetrieverLike
from langchain_core.runnables import Runnable, RunnableLambda, RunnablePassthrough

from advisor.models.chat import Calls
from advisor.written.prompts import WRITE, Asked
from corpus import Article, Passage


def write_chain(calls: Calls, retriever: RetrieverLike) -> Runnable[Asked, str]:
    """The model's answer from what the retriever finds, in pieces; the documents' keys are p1, p2, ... in their order.

    A Document's metadata may hold publisher, author, published and interest.
    """
    retrieve = RunnablePassthrough.assign(documents=itemgetter("question") | retriever)
    return retrieve | WRITE | RunnableLambda(calls.stream)


def document_of(passage: Passage, article: Article | None) -> Document:
    """A passage, as a retriever gives it."""
    fields = {name: getattr(article, name, None) for name in ("title", "publisher", "author", "published", "interest")}
    return Document(page_content=passage.content, metadata={"article": passage.article, **fields}, id=passage.id)
