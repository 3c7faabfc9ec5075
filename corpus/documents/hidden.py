"""An element goes in, whether a reader sees it comes out; a tree goes in and loses what no reader sees.

Considered are its tag, its attributes, its inline style and the page's own style sheets, as far as their selectors
are tags, classes and ids of one element. What scripts and linked style sheets hide cannot be told without a browser.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

_NEVER_SEEN = {
    *("script", "style", "template", "noscript", "iframe", "object", "embed", "canvas", "audio", "video", "svg"),
    *("button", "select", "input", "textarea", "datalist"),
}
_FAR = r"-\s*(?:\d{3,}(?:\.\d+)?(?:px|pt)?|\d{2,}(?:\.\d+)?r?em|[1-9]\d{2,}(?:\.\d+)?(?:%|vw|vh))"
_NONE = r"0*\.?0*(?:px|pt|r?em|%)?"
_UNSEEN = {
    "display": re.compile("none"),
    "visibility": re.compile("hidden|collapse"),
    "content-visibility": re.compile("hidden"),
    "opacity": re.compile(r"0*\.?0*[01]?%?"),
    "font-size": re.compile(rf"{_NONE}|0*[01](?:\.\d+)?px"),
    "text-indent": re.compile(_FAR),
    "left": re.compile(_FAR),
    "right": re.compile(_FAR),
    "top": re.compile(_FAR),
    "bottom": re.compile(_FAR),
    "margin-left": re.compile(_FAR),
    "clip": re.compile(r"rect\(\s*[01](?:px)?(?:[,\s]+[01](?:px)?){3}\s*\)"),
    "clip-path": re.compile(r"inset\(\s*(?:[5-9]\d|100)%.*\)|circle\(\s*0.*\)"),
    "transform": re.compile(r"scale\(\s*0\s*(?:,\s*0\s*)?\)"),
    "color": re.compile(r"transparent|rgba\(.*,\s*0*\.?0*%?\s*\)"),
}
_NO_SIZE = re.compile(rf"{_NONE}|[01]px")
_COLOURS = {"white": "#ffffff", "black": "#000000", "red": "#ff0000", "yellow": "#ffff00", "gray": "#808080"}
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_AT_RULE = re.compile(r"@[^@{};]*(?:;|\{(?:[^{}]*\{[^{}]*\})*[^{}]*\})")
_RULE = re.compile(r"(?<![^{}])([^{}]+)\{([^{}]*)\}")
_SIMPLE = re.compile(r"([a-z][\w-]*)?((?:[.#][\w-]+)*)", re.IGNORECASE)

Selector = tuple[str, frozenset[str]]  # a tag or "", and ".class" and "#id" that the element must have


def is_hidden(tag: str, attributes: Mapping[str, str], background: str | None = None) -> bool:
    """Whether a reader does not see the element, by itself; `background` is the colour behind it, where known."""
    if tag in _NEVER_SEEN or "hidden" in attributes or attributes.get("aria-hidden", "").strip().lower() == "true":
        return True
    if tag == "dialog" and "open" not in attributes:
        return True
    style = declarations(attributes.get("style", ""))
    if any(name in style for name in ("transform", "transition", "animation")):
        style.pop("opacity", None)  # it fades in as the page is scrolled
    if any(name in style and pattern.fullmatch(style[name]) for name, pattern in _UNSEEN.items()):
        return True
    sizes = (style.get(f"{limit}{side}") for limit in ("", "max-") for side in ("width", "height"))
    if style.get("overflow") in ("hidden", "clip") and any(size and _NO_SIZE.fullmatch(size) for size in sizes):
        return True
    behind = background_of(attributes) or background
    return behind is not None and _colour(style.get("color", "")) == behind


def background_of(attributes: Mapping[str, str]) -> str | None:
    """The colour that the element puts behind its text, as #rrggbb or a name."""
    style = declarations(attributes.get("style", ""))
    return _colour(style.get("background-color") or style.get("background") or attributes.get("bgcolor", "")) or None


def declarations(style: str) -> dict[str, str]:
    """The declarations of an inline style, names and values in lower case."""
    pairs = (part.partition(":") for part in _COMMENT.sub("", style).lower().split(";"))
    return {name.strip(): " ".join(value.replace("!important", "").split()) for name, _, value in pairs}


def _colour(value: str) -> str:
    value = _COLOURS.get(value, value)
    if match := re.fullmatch(r"rgba?\((\d+),? *(\d+),? *(\d+)(?:[,/ ]+1(?:\.0*)?)?\)", value):
        return "#" + "".join(f"{min(int(part), 255):02x}" for part in match.groups())
    if re.fullmatch(r"#[\da-f]{3}", value):
        return "#" + "".join(digit * 2 for digit in value[1:])
    return value


def hiding_selectors(sheets: Iterable[str]) -> set[Selector]:
    """The simple selectors whose elements the style sheets do not show; what is in @media and such is left out."""
    found: set[Selector] = set()
    for sheet in sheets:
        for selectors, body in _RULE.findall(_AT_RULE.sub("", _COMMENT.sub("", sheet))):
            style = declarations(body)
            style.pop("opacity", None)  # scripts show it as the page is scrolled
            unseen = any(name in style and pattern.fullmatch(style[name]) for name, pattern in _UNSEEN.items())
            for selector in selectors.split(","):
                match = _SIMPLE.fullmatch(selector.strip())
                if match is None or not match.group():
                    continue
                key = (match[1] or "").lower(), frozenset(re.findall(r"[.#][\w-]+", match[2]))
                if unseen:
                    found.add(key)
                elif "display" in style or "visibility" in style:  # a later rule that shows it
                    found.discard(key)
    return found


def prune(root: Any) -> None:
    """Drop from an lxml tree what a reader does not see; JSON-LD stays, as it says who wrote the page and when."""
    selectors = hiding_selectors(sheet.text or "" for sheet in root.iter("style"))
    behind: dict[Any, str | None] = {}
    doomed = []
    for element in root.iter("*"):
        background = behind.get(element.getparent())
        behind[element] = background_of(element.attrib) or background
        linked = element.tag == "script" and element.get("type", "").strip().lower() == "application/ld+json"
        if not linked and (is_hidden(element.tag, element.attrib, background) or _selected(element, selectors)):
            doomed.append(element)
    for element in doomed:
        if element.getparent() is not None:
            element.drop_tree()


def _selected(element: Any, selectors: set[Selector]) -> bool:
    if not selectors:
        return False
    marks = {f".{name}" for name in element.get("class", "").split()} | {f"#{element.get('id', '')}"}
    return any(tag in ("", element.tag) and needed <= marks for tag, needed in selectors)
