"""Names of libraries go in; their cases come out, and each library opened to ask them of, over its own articles alone.

`articles` are those that the advisor was made on, in the library that the environment names; the others are the
folders of `libraries/`, which it was not made for: articles and a `cases.jsonl` each.
"""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
import tempfile
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import yaml

from corpus import Article, Embedder, Library, Settings, read_article
from evals.case import CASES, Case, CaseError, alter, load_cases
from evals.foreign import LEFT_OUT, as_ours, folder_of, graded_cases
from evals.run import ARTICLES, Sources
from evals.turns import CONVERSATIONS, load_turns

LIBRARIES = Path(__file__).parent / "libraries"


@dataclasses.dataclass(frozen=True)
class CaseSet:
    """The cases of one library, the turns of its conversations among them; `chosen` are those to be asked."""

    library: str
    folder: Path | None  # with its articles; None: those that the environment names
    is_foreign: bool = dataclasses.field(default=False, kw_only=True)  # its articles' front matter is not as ours
    cases: tuple[Case, ...]
    chosen: tuple[Case, ...]

    def only(self, ids: Collection[str]) -> CaseSet:
        """The same, of which only some cases are chosen."""
        return dataclasses.replace(self, chosen=tuple(case for case in self.cases if case.id in ids))


@dataclasses.dataclass(frozen=True)
class Scene:
    """A library, its copy with the edits of its cases (itself where none is asked), both's articles, what is asked."""

    library: Library
    altered: Library
    sources: Sources
    cases: tuple[Case, ...]

    @property
    def asked(self) -> tuple[Library, Library]:
        """Both libraries."""
        return self.library, self.altered

    @property
    def is_default(self) -> bool:
        """Whether the library is the one that the environment names."""
        return self.sources.library == ARTICLES


def names(folder: Path = LIBRARIES) -> tuple[str, ...]:
    """Every library that has cases, `articles` first."""
    return (ARTICLES, *sorted(path.parent.name for path in folder.glob("*/cases.jsonl")))


def case_sets(
    plain: Library, wanted: Sequence[str] = (), folder: Path = LIBRARIES, graded: Path | None = None
) -> list[CaseSet]:
    """The cases of the libraries wanted (none: of all), all of them chosen; `plain` is the one with `articles`.

    `graded` is a folder with others' libraries: those of them that nothing was trained on are asked too.

    Raises CaseError at the first bad line, for an unknown library, and for an id that two libraries have.
    """
    if graded and not graded.is_dir():
        raise CaseError(f"--graded: there is no folder {graded}")
    places = {name: folder_of(name, graded) for name in LEFT_OUT} if graded else {}
    foreign = {name: place for name, place in places.items() if place.is_dir()}
    known = (*names(folder), *foreign)
    if unknown := [name for name in wanted if name not in known]:
        raise CaseError(f"--library: '{unknown[0]}' is none of {', '.join(known)}")
    chosen = [name for name in known if not wanted or name in wanted]
    sets = [_case_set(name, plain, folder) for name in chosen if name not in foreign]
    for name in chosen:
        if name in foreign:
            cases = graded_cases(foreign[name])
            sets.append(CaseSet(name, foreign[name], cases, cases, is_foreign=True))
    taken: dict[str, str] = {}
    for one in sets:
        for case in one.cases:
            if case.id in taken:
                raise CaseError(f"{one.library}: id: '{case.id}' is taken in {taken[case.id]}; choose another")
            taken[case.id] = one.library
    return sets


def _case_set(name: str, plain: Library, folder: Path) -> CaseSet:
    place = None if name == ARTICLES else folder / name
    articles = plain.articles() if place is None else [read_article(path) for path in sorted(place.glob("*.md"))]
    try:
        questions = load_cases(articles, place or CASES)
        cases = (*questions, *load_turns(articles, CONVERSATIONS / f"{name}.jsonl"))
    except CaseError as exc:
        raise CaseError(f"{name}: {exc}" if place else str(exc)) from exc
    return CaseSet(name, place, cases, cases)


@contextlib.contextmanager
def opened(cases: CaseSet, plain: Library) -> Iterator[Scene]:
    """The library of the cases, ready to be asked; what is made for it is gone afterwards."""
    with contextlib.ExitStack() as stack:
        library = plain
        if cases.folder:
            files = stack.enter_context(as_ours(cases.folder)) if cases.is_foreign else cases.folder
            library = stack.enter_context(_library_of(files, plain.settings, plain.embedder))
        is_altered = any(case.edits for case in cases.chosen)
        altered = stack.enter_context(altered_library(library, cases.cases if is_altered else ()))
        sources = Sources(_by_id(library), _by_id(altered), cases.library)
        yield Scene(library, altered, sources, cases.chosen)


@contextlib.contextmanager
def altered_library(library: Library, cases: Sequence[Case]) -> Iterator[Library]:
    """A copy of the library in a folder of its own, with the edits of all cases made; itself where there are none."""
    if not any(case.edits for case in cases):
        yield library
        return
    articles = _by_id(library)
    plain = {id_: article.text for id_, article in articles.items()}
    texts = alter(plain, ((case.id, *edit) for case in cases for edit in case.edits))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as made:
        files = Path(made)
        for id_, article in articles.items():
            fields = {name: value for name, value in dataclasses.asdict(article).items() if name != "text"}
            source = f"---\n{yaml.safe_dump(fields, allow_unicode=True, sort_keys=False)}---\n\n{texts[id_]}\n"
            (files / f"{id_}.md").write_text(source, encoding="utf-8")
        for noted in library.noted_files():
            shutil.copy(noted, files)
        with _library_of(files, library.settings, library.embedder) as copy:
            yield copy


@contextlib.contextmanager
def _library_of(files: Path, settings: Settings, embedder: Embedder) -> Iterator[Library]:
    """The library of a folder of articles and nothing else; gone afterwards."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        library = Library(dataclasses.replace(settings, home=Path(home), articles=(files,)), embedder)
        if refused := library.sync().refused:
            raise CaseError(f"{files}: {refused[0]}")
        yield library


def _by_id(library: Library) -> dict[str, Article]:
    return {article.id: article for article in library.articles()}
