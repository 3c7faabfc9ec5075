"""The text of a Markdown file goes in; its front matter and what comes after it come out, or why it is not read.

It is read by whoever adds a file, in the process that serves the page: so nothing in it may grow. An alias or a merge
of YAML repeats what it names, and a few hundred bytes of them stand for gigabytes.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from corpus.errors import UnreadableError

MOST = 30_000  # characters of it; its fields at their longest are less
_OPENING = re.compile(r"---[ \t]*\r?\n")
_CLOSING = re.compile(r"^---[ \t]*\r?\n", re.MULTILINE)
_LONGEST_FIGURE = 20  # characters
_REPEATS = "repeats values by *, & or <<; write each of them out"


class _Loader(yaml.SafeLoader):
    """YAML without what repeats other parts of it, and without figures that are none."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise UnreadableError("front matter", _REPEATS)
        return super().compose_node(parent, index)

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        if any(key.tag == "tag:yaml.org,2002:merge" for key, _ in node.value):
            raise UnreadableError("front matter", _REPEATS)
        super().flatten_mapping(node)

    def figure(self, node: yaml.ScalarNode) -> Any:
        """A number; but 12:30 is no number of seconds, as YAML has it, and what has no end is none either."""
        text = str(self.construct_scalar(node))
        if ":" in text or len(text) > _LONGEST_FIGURE:
            return text
        return self.construct_yaml_int(node) if node.tag.endswith(":int") else self.construct_yaml_float(node)

    def moment(self, node: yaml.ScalarNode) -> Any:
        """A date; of a day that does not exist its text, so that whoever reads the field can say so."""
        try:
            return self.construct_yaml_timestamp(node)
        except (ValueError, OverflowError):
            return str(self.construct_scalar(node))


for _tag in ("int", "float"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_tag}", _Loader.figure)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.moment)


def split(source: str) -> tuple[Any, str]:
    """What the front matter of a Markdown file holds (None without one), and what comes after it.

    Raises UnreadableError where it is no YAML, or more than anybody writes there.
    """
    opening = _OPENING.match(source)
    closing = opening and _CLOSING.search(source, opening.end())
    if not opening or not closing:
        return None, source
    if closing.start() > MOST:
        raise UnreadableError("front matter", f"is longer than {MOST:,} characters; shorten it")
    try:
        return yaml.load(source[opening.end() : closing.start()], _Loader), source[closing.end() :]
    except UnreadableError:
        raise
    except Exception as exc:  # PyYAML lets errors of many classes out
        mark = getattr(exc, "problem_mark", None)
        line = f" on line {mark.line + 2}" if mark else ""
        fix = f"not valid YAML{line}; put quotes around values with ':' or '#'"
        raise UnreadableError("front matter", fix) from exc
