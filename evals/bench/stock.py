"""LangChain's stock retrieval pipeline over the same articles and model, for the benchmark to stand beside.

`python -m evals.bench.stock index|ask|warm|ingest FOLDER` prints milliseconds (warm), passages a second (ingest); of
a question it finds the four nearest passages.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from evals.stock import documents, open_store

if TYPE_CHECKING:
    from corpus import Article

QUESTIONS = (
    "What do mid-level ML engineers earn?",
    "Do I need a master's degree?",
    "What does an AI engineer do all day?",
    "How should I vet an ML engineer before hiring?",
    "Which role pays more, and by how much?",
    "I'm a data analyst. Which way should I go?",
)
WARM_ROUNDS = 30
PASSAGES, PASSAGE_WORDS = 400, 230


def main(command: str, folder: str) -> None:
    """Run one command."""
    store = open_store(persist_directory=folder)
    if command == "index":
        store.add_documents(documents(_articles()))
        return
    if command == "ingest":
        store.embeddings.embed_query("ready")
        started = time.perf_counter()
        store.add_texts(passages())
        print(PASSAGES / (time.perf_counter() - started))  # noqa: T201
        return
    retriever = store.as_retriever(search_kwargs={"k": 4})
    retriever.invoke(QUESTIONS[0])
    if command == "warm":
        print(statistics.median(_milliseconds(retriever.invoke, q) for q in QUESTIONS * WARM_ROUNDS))  # noqa: T201


def passages() -> list[str]:
    """Passages of about 240 words, made of the articles' sentences."""
    order = random.Random(1)
    sentences = [one.statement for article in _articles() for one in article.sentences() if one.kind == "sentence"]
    made = []
    for _ in range(PASSAGES):
        words: list[str] = []
        while len(words) < PASSAGE_WORDS:
            words += order.choice(sentences).split()
        made.append(" ".join(words))
    return made


def _articles() -> list[Article]:
    import corpus  # which a question to the stock pipeline does without

    return [corpus.read_article(path) for path in sorted((Path(corpus.__file__).parent / "articles").glob("*.md"))]


def _milliseconds(function: object, question: str) -> float:
    started = time.perf_counter()
    function(question)  # type: ignore[operator]
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main(*sys.argv[1:])
