"""LangChain's stock retrieval pipeline over the same articles and model, for the benchmark to stand beside.

HuggingFaceEmbeddings, Chroma, RecursiveCharacterTextSplitter 1000/200, the four nearest passages: what a first
tutorial builds. `python -m evals.stock index|ask|warm|ingest FOLDER` prints milliseconds (warm), passages a second
(ingest).
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from pathlib import Path

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
    """Run one command; the import of LangChain's packages belongs to what is measured."""
    from langchain_chroma import Chroma
    from langchain_huggingface import HuggingFaceEmbeddings

    from corpus.export import bundled_weights

    embeddings = HuggingFaceEmbeddings(model_name=str(bundled_weights()))
    store = Chroma(persist_directory=folder, embedding_function=embeddings)
    if command == "index":
        from langchain_text_splitters import RecursiveCharacterTextSplitter

        from corpus import read_article

        splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
        articles = Path(__file__).parent.parent / "corpus" / "articles"
        store.add_documents(splitter.create_documents([read_article(p).text for p in sorted(articles.glob("*.md"))]))
        return
    if command == "ingest":
        embeddings.embed_query("ready")
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
    from corpus import read_article

    folder, order = Path(__file__).parent.parent / "corpus" / "articles", random.Random(1)
    articles = map(read_article, sorted(folder.glob("*.md")))
    sentences = [one.statement for article in articles for one in article.sentences() if one.kind == "sentence"]
    made = []
    for _ in range(PASSAGES):
        words: list[str] = []
        while len(words) < PASSAGE_WORDS:
            words += order.choice(sentences).split()
        made.append(" ".join(words))
    return made


def _milliseconds(function: object, question: str) -> float:
    started = time.perf_counter()
    function(question)  # type: ignore[operator]
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main(*sys.argv[1:])
