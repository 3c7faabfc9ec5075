"""The command line: `python -m advisor "question"`."""

from __future__ import annotations

import argparse
import json
import os
import sys

from corpus import CorpusError, run_command


def main(arguments: list[str] | None = None) -> int:
    """Ask one question. Exit codes: 0 answered or declined, 2 could not run."""
    parser = argparse.ArgumentParser(
        prog="python -m advisor",
        description="Ask the library's articles; every sentence of the answer is checked against the article it cites.",
        epilog='Example: python -m advisor "Which role pays more?"   All state is under ADVISOR_HOME; README lists the '
        "variables that set a chat model, its address and its limits.",
    )
    parser.add_argument("question", nargs="+", help="the question, or - to read it from standard input")
    parser.add_argument("--json", action="store_true", help="print the whole answer as JSON")
    parser.add_argument("--profile", metavar="TEXT", help='who asks, such as "software engineer, 5 years"')
    parser.add_argument(
        "--model",
        metavar="PROVIDER:NAME",
        help="the chat model that writes, such as openai:gpt-5-mini, ollama:qwen3:8b or huggingface:FOLDER; "
        '"quote" for the articles\' own words (default: ADVISOR_MODEL, else quote)',
    )
    parser.add_argument("--source", metavar="ID", action="append", help="answer from this article only (repeatable)")
    parser.add_argument(
        "--since", metavar="DATE", help="answer only from articles dated this day (YYYY-MM-DD) or later"
    )
    parser.add_argument(
        "--beyond",
        action="store_true",
        help="let the chat model also say what it knows itself: printed apart, unchecked (not in quote mode)",
    )
    options = parser.parse_args(arguments)
    question = " ".join(options.question)
    if question == "-":
        question = sys.stdin.read() if sys.stdin else ""
    from advisor import Advisor, AdvisorError
    from advisor.models.nearby import nearby_hint

    try:
        advisor = Advisor(options.model)
        if options.beyond and advisor.mode == "quote":
            print("advisor: --beyond needs a chat model; name one with --model or in ADVISOR_MODEL", file=sys.stderr)
        advisor.prepare(lambda line: print(line, file=sys.stderr))
        answer = advisor.ask(
            question, profile=options.profile, sources=options.source, since=options.since, beyond=options.beyond
        )
        hint = nearby_hint() if options.model is None and advisor.mode == "quote" and not options.json else None
    except (AdvisorError, CorpusError) as exc:
        print(f"advisor: {exc}", file=sys.stderr)
        return 2
    print(json.dumps(answer.to_dict(), ensure_ascii=False, indent=2) if options.json else answer)
    if hint and sys.stderr.isatty():
        print(f"\n{hint}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    code = run_command(main)
    if sys.stderr is not None:
        sys.stderr.flush()
    os._exit(code)  # all is said and flushed; taking the vector store's threads down would take a fifth of a second
