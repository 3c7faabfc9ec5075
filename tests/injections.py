"""Hostile texts, and what HTML may hold beside them: whichever of them runs, sets `window.ran`."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from typing import Any

import lxml.html

from advisor.answer import Cell, Claim, Disagreement
from advisor.web.turn import Piece, Turn

_RUN = "window.ran=1"

HOSTILE = {
    # HTML
    "script": f"<script>{_RUN}</script>",
    "script in capitals": f"<ScRiPt >{_RUN}</sCrIpT>",
    "script cut in two": f"<scr<script>ipt>{_RUN}</scr</script>ipt>",
    "script without an end": f"<script src=data:text/javascript,{_RUN}",
    "image": f'<img src=x onerror="{_RUN}">',
    "image with slashes": f"<img/src=x/onerror={_RUN}>",
    "image with new lines": f"<img\nsrc=x\nonerror\n=\n{_RUN}>",
    "frame": f'<iframe src="javascript:parent.{_RUN}"></iframe>',
    "frame with a page": f"<iframe srcdoc='<script>parent.{_RUN}</script>'></iframe>",
    "object": f'<object data="data:text/html,<script>parent.{_RUN}</script>"></object>',
    "embed": f"<embed src=javascript:{_RUN}>",
    "body": f"<body onload={_RUN}>",
    "details": f"<details open ontoggle={_RUN}>x</details>",
    "video": f"<video><source onerror={_RUN}></video>",
    "audio": f"<audio src=x onerror={_RUN}></audio>",
    "marquee": f"<marquee onstart={_RUN}>x</marquee>",
    "focus": f"<input autofocus onfocus={_RUN}>",
    "form": f"<form action=javascript:{_RUN}><button id=question>Ask</button></form>",
    "form that takes over": '<form id="question" class="composer"><textarea id="question-box"></textarea></form>',
    "base": "<base href=https://evil.example/>",
    "refresh": '<meta http-equiv="refresh" content="0;url=https://evil.example/">',
    "a button of the page": '<button data-do="remove" data-article="joinai-three-roles-2026">x</button>',
    "a question of the page": '<a data-ask="owned" href="#">x</a>',
    "template": f"<template shadowrootmode=open><img src=x onerror={_RUN}></template>",
    "math": f'<math><mi xlink:href="javascript:{_RUN}">x</mi></math>',
    "noscript": f'<noscript><p title="</noscript><img src=x onerror={_RUN}>">',
    "comment": f"<!--><img src=x onerror={_RUN}>-->",
    "cdata": f"<![CDATA[><img src=x onerror={_RUN}>]]>",
    "instruction": "<?php echo 1 ?>",
    # what ends what it stands in
    "end of elements": "</p></li></cite></mark></article></section></aside></dialog></div><h1>owned</h1>",
    "end of title": f"</title><script>{_RUN}</script>",
    "end of textarea": f"</textarea><img src=x onerror={_RUN}>",
    "end of style": f"</style><script>{_RUN}</script>",
    "end of an attribute": f'"><img src=x onerror={_RUN}>',
    "end of an attribute in single quotes": f"'><img src=x onerror={_RUN}>",
    "a handler": f'" onmouseover="{_RUN}" autofocus onfocus="{_RUN}" x="',
    "a handler in single quotes": f"' onmouseover='{_RUN}' x='",
    "a handler without quotes": f" onmouseover={_RUN} ",
    "backticks": f"`` onmouseover={_RUN} ``",
    # SVG
    "svg": f"<svg onload={_RUN}></svg>",
    "svg with a script": f"<svg><script>{_RUN}</script></svg>",
    "svg that moves": f"<svg><animate onbegin={_RUN} attributeName=x dur=1s></svg>",
    "svg with HTML": f"<svg><foreignObject><img src=x onerror={_RUN}></foreignObject></svg>",
    "svg of elsewhere": '<svg><use href="https://evil.example/x.svg#x"></use></svg>',
    # links
    "javascript": f"javascript:{_RUN}",
    "javascript in disguise": f"java\tscript:{_RUN}",
    "javascript in capitals": f" JaVaScRiPt:{_RUN}//",
    "data": f"data:text/html,<script>parent.{_RUN}</script>",
    "vbscript": "vbscript:msgbox(1)",
    "a web address with a handler": f'https://evil.example/"onmouseover="{_RUN}',
    "an anchor": f'<a href="javascript:{_RUN}">x</a>',
    # Markdown
    "Markdown link": f"See [x](javascript:{_RUN})",
    "Markdown image": f"See ![x](x){{onerror={_RUN}}} ![y](https://evil.example/y.png)",
    "Markdown reference": f"[x]: javascript:{_RUN}",
    "Markdown autolink": f"<javascript:{_RUN}>",
    "Markdown code": f"```html\n<script>{_RUN}</script>\n```",
    "Markdown escape": f"\\<img src=x onerror={_RUN}\\>",
    # templates
    "literal": "${window.ran=1}",
    "nested literal": "`${(()=>{window.ran=1})()}`",
    "handlebars": "{{constructor.constructor 'window.ran=1'}}",
    "raw handlebars": "{{{value}}} {{#each this}}{{@key}}{{/each}}",
    "jinja": "{% if 1 %}{{ 7*7 }}{% endif %}",
    "children": "@children {@html '<img src=x onerror=window.ran=1>'}",
    # entities, styles, signs that are not seen
    "entities": f"&lt;img src=x onerror={_RUN}&gt; &#60;script&#62;{_RUN}&#60;/script&#62;",
    "entities without ends": f"&lt&#60script&#x3e{_RUN}",
    "style": "<style>*{background:url(https://evil.example/)}</style>",
    "style of an element": '<p style="position:fixed;inset:0;background:url(javascript:1)">x</p>',
    "expression": f'<div style="width:expression({_RUN})">x</div> @import url(//evil.example);',
    "sheet": "<link rel=stylesheet href=https://evil.example/x.css>",
    "turned around": "abc \u202e\u2066 gpj.exe \u2069\u202c <b>x</b>",
    "unseen": "a\u200b\ufeff\u00ad\u2028b <b>x</b>",
    "control characters": "a\x01\x08\x1b[31m b <b>x</b>",
    "null": f"<scr\x00ipt>{_RUN}</scr\x00ipt>",
    "wide": "\uff1cscript\uff1ewindow.ran=1\uff1c/script\uff1e",
}

_ATTRIBUTES = {
    "id", "class", "href", "target", "rel", "type", "value", "checked", "hidden", "open", "scope", "tabindex", "title",
    "viewbox", "d", "aria-label", "aria-hidden", "aria-busy", "aria-expanded", "aria-controls", "data-do", "data-ask",
    "data-quote", "data-quotes", "data-topic", "data-who", "data-article", "data-title", "data-reason", "data-words",
    "data-publisher", "data-label", "data-column",
}  # fmt: skip
_ELEMENTS = {
    "a", "article", "aside", "b", "button", "caption", "cite", "details", "div", "h2", "h3", "h4", "h5", "h6", "header",
    "input", "li", "mark", "p", "path", "q", "section", "span", "summary", "svg", "table", "tbody", "td", "th", "thead",
    "tr", "ul",
}  # fmt: skip


def parsed(html: str) -> Any:
    """The HTML as a browser would have it, in one element."""
    return lxml.html.document_fromstring(f"<html><body><main>{unnulled(html)}</main></body></html>").find("body")[0]


def shape(html: str) -> list[tuple[str, tuple[str, ...]]]:
    """Every element and the names of its attributes, in order: no text may change it."""
    return [(one.tag, tuple(sorted(one.keys()))) for one in parsed(html).iter()]


def harmless(html: str, key: str) -> Any:
    """The parsed HTML, after a look that nothing but what the page is made of is in it."""
    tree = parsed(html)
    for one in list(tree.iter())[1:]:
        assert one.tag in _ELEMENTS, one.tag
        assert {name.lower() for name in one.keys()} <= _ATTRIBUTES, one.attrib  # noqa: SIM118
        href = one.get("href")
        assert href is None or re.match(rf"#{key}-source-\d+$|https?://", href), href
        for name in ("id", "aria-controls", "data-quote"):
            assert re.fullmatch(rf"{key}-[a-z0-9-]+", one.get(name, f"{key}-x")), one.get(name)
        assert re.fullmatch(r"[a-z -]*", one.get("class", "")), one.get("class")
    assert tree.getparent().getchildren() == [tree], "it ends what it stands in"
    return tree


def seen(text: str) -> str:
    """A text as far as it is seen: blanks are one, signs that have no shape are none."""
    unseen = ("Cc", "Cf")
    shown = "".join(char for char in text if unicodedata.category(char) not in unseen or char in "\n\t ")
    return " ".join(shown.split())


def unnulled(html: str) -> str:
    """The HTML as a browser reads it, which passes over a null, and which libxml2 does not."""
    return "".join(char for char in html if unicodedata.category(char) != "Cc" or char in "\n\t")


def turn_of(text: str, whole: Turn) -> Turn:
    """A turn in which every text that can come from outside is that text; `whole` is a real one."""
    citations = tuple(
        dataclasses.replace(
            one, title=f"A {text}", publisher=text, author=text, interest=text, section=text, published=text
        )
        for one in whole.citations
    )
    noted = Disagreement(text, ((text, 1), (text, 2)), "figure")
    pieces = (
        Piece(f"A {text}", "\n\n", (1, 2)),
        Piece(f"Row {text}", " ", (1,)),
        Piece(f"A {text}", " "),
        Piece(f"A {text}", text, is_notice=True),
        Piece(f"B {text}", "\n\n", is_notice=True, topic=text),
        Piece(text, " ", (1,), topic=text),
        Piece(text, " ", (2,), topic=text),
        Piece("C", "\n\n", is_notice=True, topic="another"),
    )
    withheld = (Claim(text, (1,), "unsupported", 0.0, text),)
    answer = dataclasses.replace(
        whole.answer,
        question=text,
        standalone_question=f"Before: {text}",
        text=text,
        citations=citations,
        withheld=withheld,
        disagreements=(noted, dataclasses.replace(noted, topic="another")),
        follow_ups=(text, text),
        table=((Cell(""), Cell(text)), (Cell(text, (1,)), Cell(text, (1,)))),
        mode=text,
        fingerprint=text,
    )
    return Turn(text, text, pieces, citations, withheld, answer)
