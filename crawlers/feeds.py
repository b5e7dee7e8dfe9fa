"""RSS 2.0 (and 0.9x), RSS 1.0 and Atom feeds from bytes to entries: what feedparser reads, many times faster.

lxml reads what is well-formed; what is not goes to feedparser (crawlers/broken_feeds.py). Texts are given as the
publisher wrote them: `summary` is HTML source, unescaped once, and must pass through crawlers/markup.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from lxml import etree

from crawlers.errors import EmptyAnswer, HtmlInstead, TruncatedAnswer, WrongCharset, WrongFormat


class FeedLink(NamedTuple):
    """A link as printed; `rel` is "alternate" and `type` "text/html" where nothing is said."""

    rel: str
    href: str
    type: str


@dataclass(slots=True)
class Entry:
    """One entry: plain strings, "" where there is nothing. Not frozen, for the reason given at NoticeItem."""

    id: str = ""  # guid, id or rdf:about
    title: str = ""
    link: str = ""
    links: tuple[FeedLink, ...] = ()
    summary: str = ""  # description or summary; content:encoded or content where there is none
    published: str = ""  # as printed
    updated: str = ""  # as printed; dc:date too
    categories: tuple[str, ...] = ()
    lang: str = ""
    extra: dict[str, str] = field(default_factory=dict)  # other elements: "dc:date", "leg:year" -> text


@dataclass(slots=True)
class Feed:
    """A feed by feedparser's name of its form (rss20, rss10, atom10, ...); `version` is "" when the XML is no feed."""

    version: str = ""
    title: str = ""
    entries: list[Entry] = field(default_factory=list)
    next_url: str = ""  # Atom's link rel=next


# Comments and processing instructions are dropped so that the text around them is one text.
OPTIONS: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
    "collect_ids": False,
}
# What may stand before the first element; atomic, so that no prolog can make the search go back and forth.
_ROOT = re.compile(rb"(?>\s+|<\?.*?\?>|<!--.*?-->|<![^>\[]*(?:\[.*?\])?\s*>)*+<([A-Za-z_][\w.:-]*)", re.DOTALL)
_HEAD_BYTES = 65_536
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)["'][^>]*\?>""")
_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030"}  # declared by habit, written in the wider one


def read_feed(body: bytes) -> Feed:
    """The feed in `body`. XML that is whole but no feed gives a Feed without `version`.

    Raises EmptyAnswer, HtmlInstead, TruncatedAnswer, WrongCharset, and WrongFormat for what is no XML or declares
    entities (which no feed needs and bombs are made of).
    """
    root_name = _root_name(body)
    try:
        root = etree.fromstring(body, etree.XMLParser(**OPTIONS))
    except etree.XMLSyntaxError as error:
        return _mended(body, root_name, error)
    from crawlers.feed_trees import feed_of

    if root.getroottree().docinfo.internalDTD is not None:
        _refuse_entities(body)
        return _by_feedparser(_as_utf8(body))  # old feeds name a DTD, whose &nbsp; only feedparser knows
    return feed_of(root, body)


def _root_name(body: bytes) -> bytes:
    """The first element's name. Raises EmptyAnswer, HtmlInstead, WrongFormat."""
    if not body.strip():
        raise EmptyAnswer("the answer is empty")
    head = body[:_HEAD_BYTES]
    if head[:2] in _MARKS:
        head = head.decode("utf-16", "ignore").encode()
    found = _ROOT.match(head.removeprefix(b"\xef\xbb\xbf"))
    if found is None:
        raise WrongFormat("the answer is no XML: the address gives something else than a feed now")
    if found[1].lower() in (b"html", b"head", b"body", b"meta", b"title"):
        raise HtmlInstead("an HTML page came instead of the feed: maintenance, or a person is wanted")
    return found[1]


def _mended(body: bytes, root_name: bytes, error: etree.XMLSyntaxError) -> Feed:
    """What to do with XML that is not well-formed: name what is broken, or let feedparser read it."""
    text = _as_utf8(body)
    _refuse_entities(text)
    if text is not body:
        try:
            from crawlers.feed_trees import feed_of

            return feed_of(etree.fromstring(text, etree.XMLParser(**OPTIONS)), text)
        except etree.XMLSyntaxError:
            pass
    if not re.search(rb"</" + re.escape(root_name) + rb"\s*>", text):
        raise TruncatedAnswer(f"the feed ends in the middle, after {len(body)} bytes ({error.msg})")
    return _by_feedparser(text)


def _by_feedparser(text: bytes) -> Feed:
    from crawlers.broken_feeds import read_broken

    return read_broken(text)


def _refuse_entities(body: bytes) -> None:
    if b"<!ENTITY" in body or b"<\0!\0E\0N\0T" in body or b"\0<\0!\0E\0N\0T" in body:
        raise WrongFormat("the XML declares entities: it is not read, since that is what bombs are made of")


def _as_utf8(body: bytes) -> bytes:
    """`body` in UTF-8 without a declaration, or itself when it is that already. Raises WrongCharset."""
    mark = next((name for start, name in _MARKS.items() if body.startswith(start)), "")
    declared = _DECLARED.match(body)
    said = (declared[1].decode("ascii") if declared else "utf-8").lower()
    name = mark or _WIDER.get(said, said)
    try:
        text = body.decode(name)
    except (UnicodeDecodeError, LookupError) as error:
        raise WrongCharset(f"the bytes are no text in '{said}', which the feed declares ({error})") from None
    if name == "utf-8" and declared is None:
        return body
    return re.sub(r"^\s*<\?xml[^>]*\?>", "", text, count=1).encode()
