"""A question and the turns before it go in; a chat model's text on what a retriever finds comes out, as LCEL chains.

`condense | retrieve | prompt | model`, in two parts, as the pipeline's gate stands between them: of what the articles
do not answer nothing is written. `RunnablePassthrough.assign(question=condense_chain(calls)) | write_chain(calls,
retriever)` is the whole. Its text is shown to nobody before it is verified: see writer.py.
"""

from __future__ import annotations

import re
from operator import itemgetter

from langchain_core.documents import Document
from langchain_core.retrievers import RetrieverLike
from langchain_core.runnables import Runnable, RunnableBranch, RunnableLambda, RunnablePassthrough

from advisor.errors import ModelError
from advisor.models.chat import Calls
from advisor.question.condense import condense, leans
from advisor.question.words import GENERIC_STEMS, clean, stems
from advisor.written.prompts import CONDENSE, WRITE, Asked
from corpus import Article, Passage

_CONDENSED = 80  # tokens of a rewritten question
_LONGEST_QUESTION = 400  # characters


def condense_chain(calls: Calls) -> Runnable[Asked, str]:
    """The question as it would be asked alone: the model's rewriting, if there is one that adds nothing."""
    plain = RunnableLambda(_plain)
    model = RunnableLambda(calls.stream).bind(max_tokens=_CONDENSED)
    rewriting = RunnablePassthrough.assign(said=CONDENSE | model) | RunnableLambda(_rewritten)
    return RunnableBranch((_leans, rewriting.with_fallbacks([plain], exceptions_to_handle=(ModelError,))), plain)


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


def _leans(asked: Asked) -> bool:
    return bool(asked.get("history", ())) and leans(asked["question"])


def _plain(asked: Asked) -> str:
    return condense(asked["question"], asked.get("history", ()))


def _rewritten(asked: Asked) -> str:
    said = clean(asked["said"]).strip(" \"'“”")
    return said if _adds_nothing(said, asked) else _plain(asked)


def _adds_nothing(said: str, asked: Asked) -> bool:
    """Whether a rewritten question has no name, figure or other word of content that the conversation has not."""
    if not re.search(r"\w", said) or len(said) > _LONGEST_QUESTION:
        return False
    held = " ".join((asked["question"], *(text for _, text in asked.get("history", ()))))
    return stems(said) <= GENERIC_STEMS | stems(held)
