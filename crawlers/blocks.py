"""The passages of a watched page, and what of them is new or gone since the last visit. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from parsel import Selector

from crawlers.declaration_parts import Blocks
from crawlers.errors import PageShrunk, ShellInstead, TooMany, WrongFormat
from crawlers.markup import one_line, plain_text

LONGEST_EXCERPT = 60  # characters of a passage that are remembered, so that it can be named when it is gone
_GUARDED = re.compile(
    r"captcha|challenge-platform|just a moment|attention required|are you (?:a robot|human)|unusual traffic|"
    r"access denied|request unsuccessful|incapsula|verify you are human",
    re.IGNORECASE,
)
_NEEDS_SCRIPT = re.compile(
    r"(?:enable|turn on|activate|requires?)\s+java\s?script|javascript (?:is )?(?:required|disabled)", re.I
)
_INLINE = frozenset("a abbr b bdi cite code em font i mark q s small span strong sub sup time u var wbr".split())
Remembered = Sequence[Sequence[str]]  # (digest, beginning) of each passage, as the cursor keeps it


@dataclass(frozen=True)
class Block:
    """One passage: its words on one line, and the addresses that it links to."""

    text: str
    digest: str
    links: tuple[str, ...] = ()


@dataclass(frozen=True)
class Change:
    """What two visits differ by: the new passages, and the beginnings of those that are gone."""

    new: tuple[Block, ...]
    gone: tuple[str, ...]


def blocks_of(page: Selector, rules: Blocks, url: str) -> list[Block]:
    """The passages of the page at `url`, each once, in their order.

    Raises ShellInstead and WrongFormat when the main part is not there or holds too little, TooMany when it holds more
    than is remembered.
    """
    main = page.css(rules.main)
    found: dict[str, Block] = {}
    for root in main:
        for block in _blocks_in(root, rules, url):
            found.setdefault(block.digest, block)
    if len(found) < rules.least:
        refuse_shell(page)
        what = f"{len(found)} passages" if main else "no main part"
        raise WrongFormat(f"the page has {what} at '{rules.main}', at least {rules.least} passages expected")
    if main.css("input[type=password]"):
        raise ShellInstead("the page's main part is a sign-in")
    if len(found) > rules.most:
        raise TooMany(f"{len(found)} passages, at most {rules.most} are remembered: narrow blocks.main in the YAML")
    return list(found.values())


def _blocks_in(root: Selector, rules: Blocks, url: str) -> Iterator[Block]:
    left_out = {node.root for css in rules.without for node in root.css(css)}
    matched = {node.root for node in root.css(rules.block)}
    rows = {node for node in matched if node.tag == "tr" and not any(n is not node for n in node.iter("tr"))}
    for node in root.root.iter():
        if node not in matched or any(above in rows or above in left_out for above in node.iterancestors()):
            continue
        own_part = set() if node in rows else matched - {node}
        text = _shortened(plain_text("".join(_words(node, own_part | left_out))), rules)
        if text and node not in left_out:
            yield Block(text, _digest(text), tuple(dict.fromkeys(_links(node, own_part | left_out, url))))


def _words(node: Any, without: set[Any]) -> Iterator[str]:
    """The words of `node` as they stand, cells parted by bars, without the nodes that are left out."""
    yield node.text or ""
    for child in node:
        if isinstance(child.tag, str) and child not in without:
            yield from _words(child, without)
            if child.tag not in _INLINE:
                yield " | " if child.tag in ("td", "th") and child.getnext() is not None else " "
        yield child.tail or ""


def _links(node: Any, without: set[Any], url: str) -> Iterator[str]:
    for child in node.iter("a"):
        href = (child.get("href") or "").strip()
        inside = without.intersection((child, *child.iterancestors()))
        if href and not href.startswith("#") and not inside:
            address = urljoin(url, href)
            if address.startswith(("http://", "https://")):
                yield address


def _shortened(text: str, rules: Blocks) -> str:
    text = one_line(text)
    for pattern in rules.omit:
        text = re.sub(pattern, "", text)
    return one_line(text).strip(" |")


def _digest(text: str) -> str:
    return hashlib.sha256(text.casefold().encode()).hexdigest()[:16]


def refuse_shell(page: Selector) -> None:
    """Raises ShellInstead when the page wants a person or a browser."""
    text = " ".join(page.css("title::text, h1::text, h2::text, body ::text").getall())
    if page.css("input[type=password]"):
        raise ShellInstead("a sign-in came instead of the page")
    if _GUARDED.search(text) or page.css("[class*=captcha], [id*=captcha], [src*=captcha]"):
        raise ShellInstead("a page that wants a person came instead: a captcha or a guard against programs")
    if _NEEDS_SCRIPT.search(text):
        raise ShellInstead("an empty page came that only a browser's scripts would fill")


def compare(before: Remembered, now: Sequence[Block]) -> Change:
    """The passages of `now` that were not there, and the beginnings of those that are there no more."""
    known, present = {digest for digest, _ in before}, {block.digest for block in now}
    new = tuple(block for block in now if block.digest not in known)
    return Change(new, tuple(beginning for digest, beginning in before if digest not in present))


def refuse_shrunken(before: Remembered, now: Sequence[Block], page: Selector) -> None:
    """Raises ShellInstead or PageShrunk when less than half of the number of passages is left."""
    if 2 * len(now) < len(before):
        refuse_shell(page)
        raise PageShrunk(
            f"{len(now)} passages where {len(before)} were: look at the page; if it is right so, "
            "set blocks.agreed_on in the YAML to today"
        )


def remembered(blocks: Sequence[Block]) -> list[list[str]]:
    """What the cursor keeps of the passages."""
    return [[block.digest, _beginning(block.text)] for block in blocks]


def _beginning(text: str) -> str:
    return text if len(text) <= LONGEST_EXCERPT else text[: LONGEST_EXCERPT - 1].rstrip() + "…"


def joint_digest(url: str, parts: Sequence[str]) -> str:
    """One digest of an address and several passages, whatever their order on the page."""
    return hashlib.sha256("\n".join([url, *sorted(parts)]).encode()).hexdigest()[:16]
