"""Which notices want their documents, and which files those are. Pure: a notice in, links out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from urllib.parse import unquote, urlsplit

from crawlers.addresses import is_public_address
from crawlers.changes import OLD_AFTER
from crawlers.items import Link
from store.notice import NEWS, Notice

MOST_DOCUMENTS = 3  # a notice; a fourth annex rarely says what the goods are
FEW_LETTERS = 160  # some 25 words: half of notices have three times as much in title, products and description
LONGEST_URL = 1000  # characters; an address is part of a unique index
READ_LANGUAGES = ("en", "zh", "es", "fr")  # what the rules have words in, the preferred one first
# An addendum that only moves a date says so in its type; what it is about stands in the notice it adds to.
DATES_ONLY = ("deadline_changed", "adopted", "in_force", "withdrawn", "corrected")

_BOILERPLATE = re.compile(
    r"https?://\S+|G/(?:TBT|SPS)/N\S*|\b(?:HS|ICS|CCCN)\b[^;)\n]*[;)\n]?"
    r"|(?:(?:addendum|revision|corrigendum|supplement) to )?(?:regular|emergency) notifications?"
    r"|the following communication[^.]*?delegation of [^.\n]+"
    r"|(?:see|as (?:in|stated in)) (?:the )?(?:title|attached|attachment|document|annex)[^.\n]*"
    r"|not (?:stated|specified|applicable)|\bn/a\b|no aplica|sans objet|ver (?:el )?(?:documento|anexo)[^.\n]*",
    re.IGNORECASE,
)
_RESIDUES = re.compile(
    r"\bresidue|\bresiduos\b|\brésidus?\b|\bMRLs?\b|\bLMRs?\b|\btolerances? (?:for|of|level)"
    r"|pesticide|plaguicida|\bagrotóxico|农药|残留",
    re.IGNORECASE,
)
# Common names of pesticides (ISO 1750) and of veterinary drugs end in these; a CAS number names any substance.
_ENDINGS = """
    thrine? azole? azol strobin[ae]? (?:ph|f)os carbe? uron prid oxam mectine? cycline floxacin[ae]? zide
    pyrad pyram pyr amide? anilide prole ximate quat osate oxynil axyl afen diclofen butide tetramat mesifen
    fipronil anil orane chlor flumid butate propargite mazine trazine butoxide spinosad spinetoram thiram zeb
    folpet captan ethephon dicofol endosulfan dicamba picloram pyralid bentazone diclomezine
""".split()
_SUBSTANCE = re.compile(
    r"\b\d{2,7}-\d\d-\d\b|\b2,4-DB?\b|\bDDT\b|\b\w*(?:" + "|".join(_ENDINGS) + r")\b"
    r"|[\u4e00-\u9fff](?:膦|菊酯|虫脒|虫啉|虫嗪|菌酯|草酮|草胺|环唑|磷酯|磺隆|双酰胺|死蜱|菌清)",
    re.IGNORECASE,
)
_SUFFIX = re.compile(r"\.(?:docx?|pdf)$", re.IGNORECASE)
_ANNEX = re.compile(r"_([a-z])(\.\w+)$", re.IGNORECASE)  # crnattachments: <yy>_<nnnnn>_<nn>_<e|f|s|x>.pdf


def wanted_documents(notice: Notice, today: date) -> tuple[Link, ...]:
    """The files to fetch for a notice: none for history, nor where the notice itself says enough; at most three."""
    if notice.admitted != NEWS or notice.merged_into_id is not None or not is_current(notice, today):
        return ()
    return chosen_links(notice.links) if lacks_text(notice) else ()


def is_current(notice: Notice, today: date) -> bool:
    """Whether somebody may still act: open for comment, or no older than what is admitted as news; dateless ones are.

    Else a store that begins to read documents would warn of everything it has been silent about for months.
    """
    if notice.comment_deadline is not None and notice.comment_deadline >= today:
        return True
    return notice.published_on is None or today - notice.published_on <= OLD_AFTER


def lacks_text(notice: Notice) -> bool:
    """Whether a notice says too little to be classified, or tells of residues without naming of what."""
    if notice.thread_reason in DATES_ONLY:
        return False
    return letters_in(notice) < FEW_LETTERS or names_no_substance(notice)


def letters_in(notice: Notice) -> int:
    """Letters that say something in title, description and products; a Chinese character counts as three."""
    said = _BOILERPLATE.sub(" ", " \n".join(_texts(notice)))
    return sum(3 if "\u3400" <= letter <= "\u9fff" else 1 for letter in said if letter.isalpha())


def names_no_substance(notice: Notice) -> bool:
    """True for an SPS notice on residues, limits or pesticides whose texts name no substance."""
    said = "\n".join(_texts(notice))
    about = "\n".join((said, *notice.keywords))
    return notice.domain == "SPS" and bool(_RESIDUES.search(about)) and not _SUBSTANCE.search(said)


def _texts(notice: Notice) -> list[str]:
    """Title, description and products, each said once: an addendum may repeat its title."""
    return list(dict.fromkeys(text for text in (notice.title, notice.description, notice.products) if text))


def chosen_links(links: Iterable[Mapping[str, str]]) -> tuple[Link, ...]:
    """At most three files, the notification itself first; of one file in several languages the one we read best."""
    best: dict[str, Link] = {}
    for link in (Link(each["rel"], each.get("lang", ""), each["url"]) for each in links):
        if not _is_file(link) or _rank(link) is None:
            continue
        file = "notification" if link.rel == "notification" else _ANNEX.sub(r"_\2", link.url.lower())
        if file not in best or (_rank(link) or 0) < (_rank(best[file]) or 0):
            best[file] = link
    ordered = sorted(best.values(), key=lambda link: link.rel != "notification")
    return tuple(ordered[:MOST_DOCUMENTS])


def _is_file(link: Link) -> bool:
    if link.rel not in ("notification", "document") or len(link.url) > LONGEST_URL or not is_public_address(link.url):
        return False
    parts = urlsplit(link.url)
    host, path = (parts.hostname or "").lower(), parts.path.lower()
    if host == "docs.wto.org" and "/directdoc.asp" in path:
        return True
    if host == "members.wto.org" and path.startswith("/crnattachments/"):
        return True
    return bool(_SUFFIX.search(path) or _SUFFIX.search(unquote(parts.query)))


def _rank(link: Link) -> int | None:
    """How well we read its language, 0 best; None for a language that the rules have no words in."""
    lang = link.lang or ("other" if link.rel == "document" and _annex_letter(link.url) == "x" else "")
    if not lang:
        return len(READ_LANGUAGES)
    return READ_LANGUAGES.index(lang) if lang in READ_LANGUAGES else None


def _annex_letter(url: str) -> str:
    found = _ANNEX.search(urlsplit(url).path)
    return found[1].lower() if found else ""
