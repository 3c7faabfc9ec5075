"""The HTML of a page goes in; its article as Markdown and what it says of itself come out, without the furniture.

trafilatura finds the article. Before it looks, everything that a reader does not see is dropped, as are the parts
that a page names as furniture: its fallbacks would take them for text.
"""

from __future__ import annotations

import datetime
import re
from typing import Any

import lxml.etree
import lxml.html
import trafilatura
from htmldate import find_date
from trafilatura.settings import use_config
from trafilatura.xpaths import BODY_XPATH

from corpus.documents.extract import Extract
from corpus.documents.hidden import prune
from corpus.documents.plain import person, without_title
from corpus.errors import UnreadableError

_FURNITURE = re.compile(
    r"(?:^|[\s_-])(?:cookies?|consent|gdpr|share|sharing|social|comments?|newsletter|breadcrumbs?|disqus_thread"
    r"|related-posts|advert|advertisement|sponsored)(?:[\s_-]|$)",
    re.IGNORECASE,
)
_ROLES = {"navigation", "dialog", "alertdialog", "contentinfo", "search", "complementary", "menu", "menubar"}
_NEVER_FURNITURE = {"html", "head", "body", "main", "article", "h1", "meta", "link"}
_OTHER_DATES = re.compile(r"modif|updat|copyright|og:url|expir|valid", re.IGNORECASE)
_DATED = (
    "//time[not(ancestor::nav or ancestor::footer or ancestor::aside)]",
    "//*[@itemprop='datePublished']",
    "//*[contains(@class, 'publish') or contains(@class, 'post-date') or contains(@class, 'entry-date') "
    "or contains(@class, 'byline')][not(ancestor::nav or ancestor::footer or ancestor::aside)]",
)


def read_page(html: str, url: str | None) -> Extract:
    """Read a page. Raises UnreadableError."""
    tree = _parse(html)
    prune(tree)
    for element in list(tree.iter("*")):
        if _is_furniture(element):
            element.drop_tree()
    _mark_article(tree)
    said = trafilatura.extract_metadata(tree, default_url=url)
    config = use_config()
    config.set("DEFAULT", "MIN_EXTRACTED_SIZE", "40")  # a short page keeps its headings and lists, too
    text = trafilatura.extract(
        tree,
        url=url,
        output_format="markdown",
        include_comments=False,
        include_tables=True,
        include_formatting=True,
        config=config,
    )
    if not text or not text.strip():
        raise UnreadableError("text", "has none without its scripts; save the page from a browser as PDF and add that")
    title = said.title or None
    return Extract(
        text=without_title(re.sub(r"(?<![ \t])[ \t]+$", "", text, flags=re.MULTILINE), title),
        title=title,
        author=person(said.author),
        published=_published(tree, url),
        site=said.sitename or None,
        url=said.url or url,
    )


def _parse(html: str) -> Any:
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        tree = lxml.html.document_fromstring(html.encode("utf-8", "replace"), parser=parser)
    except lxml.etree.LxmlError as exc:
        raise UnreadableError("HTML", "holds nothing that can be read; open it in a browser and save it again") from exc
    for entry in parser.error_log:
        if "XML_PARSE_HUGE" in entry.message:  # the parser has stopped there: the rest of the page is missing
            raise UnreadableError(
                "HTML", "is nested too deep or has too long a piece; save its text as Markdown and add that"
            )
    return tree


def _is_furniture(element: Any) -> bool:
    if element.tag in _NEVER_FURNITURE or not isinstance(element.tag, str) or element.getparent() is None:
        return False
    if element.tag == "nav" or element.get("role", "").lower() in _ROLES:
        return True
    names = f"{element.get('class', '')} {element.get('id', '')}"
    return bool(_FURNITURE.search(names)) and element.find(".//h1") is None and element.find(".//article") is None


def _mark_article(tree: Any) -> None:
    """Where a page does not mark its article, take its whole body: else only bare paragraphs would be found."""
    body = tree.find("body")
    if body is not None and not any(find(tree) for find in BODY_XPATH):
        article = lxml.etree.Element("article")
        article.text, body.text = body.text, None
        article.extend(list(body))
        body.append(article)


def _published(tree: Any, url: str | None) -> str | None:
    """The date of publication, where the page states one: htmldate is shown nothing that it could guess from."""
    stated = lxml.html.document_fromstring("<html><head></head><body></body></html>")
    head, body = stated.find("head"), stated.find("body")
    for element in tree.iter("meta"):
        name = " ".join(element.get(key, "") for key in ("name", "property", "itemprop"))
        if name.strip() and not _OTHER_DATES.search(name):
            lxml.etree.SubElement(head, "meta", dict(element.attrib))
    for element in tree.iter("script"):
        lxml.etree.SubElement(head, "script", type="application/ld+json").text = element.text
    for path in _DATED:
        for element in tree.xpath(path):
            words = element.get("datetime") or element.get("content") or " ".join(element.text_content().split())
            if len(words) <= 80 and not _OTHER_DATES.search(f"{words} {element.get('class', '')}"):
                time = lxml.etree.SubElement(body, "time", datetime=words, pubdate="pubdate")
                time.text = words
                break
    today = datetime.date.today().isoformat()
    found: str | None = find_date(
        stated, extensive_search=False, original_date=True, url=url, deferred_url_extractor=True, max_date=today
    )
    return found
