"""The pieces of a turn go in; its answer comes out, as escaped HTML: whose words follow, the quotes, our own words."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import groupby, pairwise

from advisor.answer import BEYOND, Disagreement
from advisor.answering.compose import DOUBTED, SILENT
from advisor.web.sources import who
from advisor.web.table import folded, is_row, table_html
from advisor.web.turn import Piece, Turn, introduces, joins, opens_item

_DRAWN = "No article states it: it is drawn from what is cited"
_GAPS = {"not_covered": "Not in the articles", "partial": "Not all of it is in the articles"}  # by an answer's status


def body(turn: Turn, key: str) -> str:
    """The answer as far as it is there, or why there is none; `key` is the turn's."""
    if turn.error:
        return f'<p class="problem">{escape(turn.error)}</p>'
    parts, seen = [], list[str]()
    for topic, pieces in groupby(turn.pieces, key=lambda piece: piece.topic):
        if topic:
            parts.append(_difference(list(pieces), topic, turn, key, is_first=not seen))
            seen.append(topic)
        else:
            told = folded(list(_parts(pieces)), turn.table)
            parts.extend(_paragraph(paragraph, turn, key) for paragraph in told)
    stopped = '<p class="stopped">Stopped here.</p>' if turn.is_stopped else ""
    return "".join((*parts, stopped, _original(turn, key), _beyond(turn)))


def _original(turn: Turn, key: str) -> str:
    """The sentences of an answer in another language as they were verified, in English."""
    claims = [claim for claim in turn.answer.claims if claim.original] if turn.answer else []
    pieces = (_piece(Piece(str(claim.original), citations=claim.citations), key) for claim in claims)
    lines = "".join(f"<li>{piece}</li>" for piece in pieces)
    summary = "<summary>In English, as it was checked against the sources</summary>"
    return f'<details class="original">{summary}<ul lang="en">{lines}</ul></details>' if lines else ""


def _beyond(turn: Turn) -> str:
    """What the model says without the articles: apart from the answer, and without a number to any source."""
    said = turn.answer.beyond if turn.answer else None
    if not said:
        return ""
    words = "".join(f'<p><span class="piece">{escape(one)}</span></p>' for one in said.split("\n\n"))
    return f'<section class="beyond" aria-label="{BEYOND}"><p class="label">{BEYOND}</p>{words}</section>'


def _parts(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """The pieces as they are, but a reply of ours that has paragraphs of its own as these."""
    for piece in pieces:
        first, *others = piece.text.split("\n\n") if piece.is_notice else [piece.text]
        yield dataclasses.replace(piece, text=first) if others else piece
        yield from (Piece(text, "\n\n", is_notice=True) for text in others)


def _paragraph(pieces: Sequence[Piece], turn: Turn, key: str) -> str:
    """Quotes after whose they are; or words of our own, which a bar beside them and a label tell from quotes."""
    first = pieces[0]
    if first.is_notice and not introduces(pieces):
        return _own(pieces, _label(first, turn), key)
    if opens_item(first) and not is_row(first, turn.table):
        return _list(pieces, key)
    runs = groupby(pieces, key=lambda piece: is_row(piece, turn.table))
    return "".join(_drawn(turn, key) if are_rows else _words(list(run), key) for are_rows, run in runs)


def _list(pieces: Sequence[Piece], key: str) -> str:
    """The items of a list that was written, each with all of its sentences."""
    items = list[list[Piece]]()
    for piece in pieces:
        if opens_item(piece):
            items.append([])
        items[-1].append(piece)
    kind = "ul" if pieces[0].join.endswith("- ") else "ol"
    lines = "".join(f"<li>{_piece(item[0], key)}{_following(item, key)}</li>" for item in items)
    return f'<{kind} class="items">{lines}</{kind}>'


def _words(pieces: Sequence[Piece], key: str) -> str:
    framed = _piece(pieces[0], key, "frame" if pieces[0].is_notice else "")
    return f"<p>{framed}{_following(pieces, key)}</p>"


def _drawn(turn: Turn, key: str) -> str:
    return table_html(turn.table, lambda number: _link(number, key)) if turn.table else ""


def _label(piece: Piece, turn: Turn) -> str:
    """What stands above words of ours that admit a gap; "" above others."""
    if piece.text.startswith(DOUBTED):
        return "Perhaps not in the articles"
    return _GAPS.get(turn.answer.status, "") if turn.answer and piece is _gap(turn) else ""


def _gap(turn: Turn) -> Piece | None:
    """The words of ours that say what the articles do not."""
    own = [piece for piece in turn.pieces if piece.is_notice]
    said = next((piece for piece in own if SILENT in piece.text), None)
    return said or (own[0] if own and turn.answer and turn.answer.status == "not_covered" else None)


def _own(pieces: Sequence[Piece], gap: str, key: str) -> str:
    label = f'<p class="label">{gap}</p>' if gap else ""
    words = f"<p>{_piece(pieces[0], key)}{_following(pieces, key)}</p>"
    return f'<div class="own{" gap" if gap else ""}">{label}{words}</div>'


def _following(pieces: Sequence[Piece], key: str) -> str:
    """All pieces but the first, each after what joins it to the one before."""
    return "".join(f"{escape(joins(before, piece))}{_piece(piece, key)}" for before, piece in pairwise(pieces))


def _piece(piece: Piece, key: str, kind: str = "") -> str:
    """Escaped text with links to its sources; a mark such as [1] in an article's text is only text."""
    links = "".join(f"&#8288;{_link(number, key)}" for number in piece.citations)
    text = re.sub(r"^\[[^\]]+\]", r'<span class="heading">\g<0></span>', escape(piece.text))
    if piece.is_notice:
        text = re.sub(r"\[(\d+)\]", lambda mark: _link(int(mark.group(1)), key), text)
    if kind == "frame":
        text = re.sub(r"under “.*”:$", r'<span class="under-heading">\g<0></span>', text, flags=re.IGNORECASE)
    mark = f' <span class="drawn" title="{_DRAWN}">conclusion</span>' if piece.is_conclusion else ""
    return f'<span class="{f"piece {kind}".strip()}">{text}{links}{mark}</span>'


def _link(number: int, key: str) -> str:
    return f'<a class="cite" href="#{key}-source-{number}" aria-label="source {number}">{number}</a>'


def _difference(pieces: Sequence[Piece], topic: str, turn: Turn, key: str, is_first: bool) -> str:
    """Both sides of a point of difference beside each other, below them what they do not share; the first open."""
    sides = [_told(piece, turn, key) for piece in pieces if len(piece.citations) == 1]
    if not sides and turn.answer:
        point = next((d for d in turn.answer.disagreements if d.topic == topic), None)
        sides = _held(point, turn, key) if point else []
    notes = [piece for piece in pieces if len(piece.citations) != 1 and not (piece.is_notice and sides)]
    columns = f'<div class="sides">{"".join(sides)}</div>' if sides else ""
    below = "".join(f'<p class="note">{_piece(piece, key)}</p>' for piece in notes)
    named = (piece.text.partition(":")[0].rstrip(".") for piece in pieces if piece.is_notice)
    title = f"<summary>{escape(next(named, 'The articles differ'))}</summary>"
    return f'<details class="differ"{" open" if is_first else ""}>{title}{columns}{below}{_more(topic)}</details>'


def _more(topic: str) -> str:
    about = f'data-do="differences" data-topic="{escape(topic)}"'
    return f'<p class="links"><button type="button" class="action" {about}>More differences</button></p>'


def _told(piece: Piece, turn: Turn, key: str) -> str:
    named = {citation.number: who(citation) for citation in turn.citations}
    publisher = named.get(piece.citations[0], "")
    says = piece.text.removeprefix(publisher).strip()
    return _side(publisher, f'<span class="piece">{escape(says)}&#8288;{_link(piece.citations[0], key)}</span>')


def _held(point: Disagreement, turn: Turn, key: str) -> list[str]:
    named = {citation.number: who(citation) for citation in turn.citations}
    return [
        _side(named.get(number, ""), f'<span class="piece">{escape(text)}&#8288;{_link(number, key)}</span>')
        for text, number in point.sides
    ]


def _side(publisher: str, says: str) -> str:
    return f'<div class="side"><p class="publisher">{escape(publisher)}</p><p>{says}</p></div>'
