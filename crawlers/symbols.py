"""WTO document symbols: reading, normal form, families, and why an addendum was issued."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from crawlers.items import NoticeItem

_PART = r"/\s*(?:Rev|Add|Corr|Suppl)\s*\.?\s*\d{1,8}(?!\d)"
_WHOLE = r"(?!\s*/\s*[A-Za-z])"  # with an ending that is not known it is another document, not this one
_MODERN = re.compile(
    rf"G\s*/\s*(TBT|SPS)\s*/\s*N\s*/\s*([A-Z]{{2,4}})\s*/\s*(\d{{1,12}})(?!\d)((?:\s*{_PART}){{0,4}}){_WHOLE}",
    re.IGNORECASE,
)
# Before 2000: G/TBT/Notif.00/15, with the year and no member.
_OLD = re.compile(
    rf"G\s*/\s*(TBT|SPS)\s*/\s*Notif\s*\.\s*(\d\d)\s*/\s*(\d{{1,6}})(?!\d)((?:\s*{_PART}){{0,4}}){_WHOLE}",
    re.IGNORECASE,
)
_STEP = re.compile(r"(Rev|Add|Corr|Suppl)\s*\.?\s*(\d+)", re.IGNORECASE)
_FOLLOWS = ("Add", "Corr", "Suppl")

LEGACY_CODES = {"EEC": "EU"}  # countries.csv, legacy_symbols


@dataclass(frozen=True, slots=True)
class Symbol:
    """A symbol in its parts: G/TBT/N/USA/1234/Rev.1/Add.2 -> TBT, USA, 1234, (("Rev", 1), ("Add", 2))."""

    domain: str
    member: str  # the code as printed; "Notif.00" in the old form
    number: int
    steps: tuple[tuple[str, int], ...]

    def __str__(self) -> str:
        middle = "" if self.is_old else "N/"
        return f"G/{self.domain}/{middle}{self.member}/{self.number}" + "".join(f"/{k}.{n}" for k, n in self.steps)

    @property
    def is_old(self) -> bool:
        """True for the form used before 2000, which names no member."""
        return self.member.startswith("Notif.")

    @property
    def code(self) -> str:
        """The member's present code: EEC is EU; "" in the old form."""
        return "" if self.is_old else LEGACY_CODES.get(self.member, self.member)

    @property
    def family(self) -> str:
        """The key all documents on one notification share: domain, code, number."""
        return f"{self.domain}/{self.code or self.member}/{self.number}"

    @property
    def is_original(self) -> bool:
        """True for the notification itself, without Rev, Add, Corr or Suppl."""
        return not self.steps

    @property
    def follows(self) -> bool:
        """True for an addendum, corrigendum or supplement; a revision is a new full text."""
        return bool(self.steps) and self.steps[-1][0] in _FOLLOWS


def find_symbols(text: str) -> tuple[Symbol, ...]:
    """The symbols in `text`, in printed order, each once: a list joined by commas, a cell, or running text."""
    found = [(m.start(), _symbol(m, m[2].upper())) for m in _MODERN.finditer(text)]
    if "otif" in text:
        found += [(m.start(), _symbol(m, f"Notif.{m[2]}")) for m in _OLD.finditer(text)]
        found.sort(key=lambda pair: pair[0])
    return tuple(dict.fromkeys(symbol for _, symbol in found))


def _symbol(match: re.Match[str], member: str) -> Symbol:
    steps = tuple((kind.capitalize(), int(number)) for kind, number in _STEP.findall(match[4])) if match[4] else ()
    return Symbol(match[1].upper(), member, int(match[3]), steps)


def family_of(symbol: str) -> str:
    """The family key of one symbol in normal form; raises ValueError when it is no symbol."""
    return _read(symbol).family


@lru_cache(maxsize=8192)  # of one batch: threads, symbol rows and reasons each ask
def _read(symbol: str) -> Symbol:
    found = find_symbols(symbol)
    if not found:
        raise ValueError(f"'{symbol}' is no WTO document symbol")
    return found[0]


# The addendum form has a box for each of these, and SPS notices repeat the box as a keyword: sources/wto 5.2.
_KEYWORD_REASONS = (
    ("withdrawal of the measure", "withdrawn"),
    ("modification of final date for comments", "deadline_changed"),
    ("modification of content/scope of regulation", "scope_changed"),
    ("adoption/publication/entry into force of reg.", "adopted"),
)
_WITHDRAWN = re.compile(
    r"\bwithdr[ae]w|\bis no longer (?:in force|applicable)|\b(?:lifts|lifted|lifting) the\b"
    r"|\brepeal(?:s|ed)? the measure"
    r"|\bretir(?:a|ada|ado|o|ar) (?:de )?la (?:notificaci|medida)|\bse levanta la\b|\bdeja sin efecto"
    r"|\bretrait\b|\bretire(?:r)? (?:la|sa) (?:notification|mesure)|撤回|撤销",
    re.IGNORECASE,
)
_DEADLINE = re.compile(
    r"(?:extend\w*|extension of|postpon\w*|prolong\w*|reopen\w*|new|chang\w*|modif\w*)[^.;]{0,80}"
    r"(?:comment(?:s|ing)?[ -](?:period|deadline|time)|"
    r"(?:period|deadline|final date|date|time[ -]?limit) (?:for|of) (?:\w+ )?comments?)"
    r"|(?:comment period|deadline for comments|period for comments)[^.;]{0,60}(?:extended|postponed|reopened|prolonged)"
    r"|(?:amplía|prórroga|prorroga|ampliación)[^.;]{0,60}(?:plazo|observaciones|comentarios)"
    r"|(?:prolong\w+|report\w*)[^.;]{0,60}(?:délai|date limite|observations)"
    r"|(?:延长|推迟|更改|修改)[^。;]{0,20}(?:评议|意见)",
    re.IGNORECASE,
)
_IN_FORCE = re.compile(
    r"(?:enter(?:s|ed|ing)?|entry|c[ao]m(?:e|es|ing)|came) into (?:force|effect)"
    r"|\b(?:is|became|becomes|be|being) effective\b"
    r"|\btakes? effect|effective (?:date|as of|from|on)|entr(?:a|ó|ará|ada) en vigor|entrée en vigueur|entre en vigueur"
    r"|生效",
    re.IGNORECASE,
)
_ADOPTED = re.compile(
    r"\badopt(?:s|ed|ion)\b|\bpublish(?:ed)?\b|\bpublication of the final|\bpromulgated|\bfinal rule\b|\bissuance of\b"
    r"|\bwas issued|\bhas issued|\bapproved\b|\bpublicad[ao]|\badopción|\baprobad[ao]|\badopté|\bpublié"
    r"|通过|批准|发布|颁布",
    re.IGNORECASE,
)
_SCOPE = re.compile(
    r"\bamend(?:s|ed|ing|ment|ments)?\b|\bmodif(?:y|ies|ied|ying|ication)\b|\bnew version|\brevised draft"
    r"|\bpropos(?:es|ed|ing)\b"
    r"|\bscope\b|\bmodifica|\bnueva versión|\bmodifi(?:e|ant|é)|修改|修订|范围",
    re.IGNORECASE,
)
# (pattern, pieces of lower-case text of which every match holds one, reason): the pieces are looked for first, since a
# search through a page of text costs as much as writing the notice.
_WORD_REASONS = (
    (
        _WITHDRAWN,
        ("withdr", "no longer", "lift", "repeal", "retir", "levanta", "sin efecto", "retrait", "撤"),
        "withdrawn",
    ),
    (
        _DEADLINE,
        ("comment", "plazo", "observac", "comentarios", "délai", "date limite", "observations", "评议", "意见"),
        "deadline_changed",
    ),
    (_IN_FORCE, ("force", "effect", "vigor", "vigueur", "生效"), "in_force"),
    (
        _ADOPTED,
        ("adop", "publi", "promulgated", "final rule", "issu", "approved", "aproba", "通过", "批准", "发布", "颁布"),
        "adopted",
    ),
    (
        _SCOPE,
        ("amend", "modif", "new version", "revised draft", "propos", "scope", "nueva", "修", "范围"),
        "scope_changed",
    ),
)

# The same with the pieces that text in ASCII can hold.
_ASCII_REASONS = tuple(
    (pattern, tuple(piece for piece in pieces if piece.isascii()), reason) for pattern, pieces, reason in _WORD_REASONS
)


REASONS = frozenset(reason for _, reason in _KEYWORD_REASONS) | {"in_force", "corrected", "other"}


def thread_reason(item: NoticeItem) -> str | None:
    """Why this addendum was issued: deadline_changed, adopted, in_force, withdrawn, scope_changed, corrected, other.

    None when the item is no addendum, corrigendum or supplement. The box ticked (an SPS keyword) goes before words,
    and what a source says itself of a notice that it changed under the same id (attribute `reason`) before both.
    """
    if (declared := item.attributes.get("reason")) in REASONS:
        return str(declared)
    symbols = [_read(symbol) for symbol in item.symbols]
    if not any(symbol.follows for symbol in symbols):
        return None
    if any(symbol.steps[-1][0] == "Corr" for symbol in symbols if symbol.steps):
        return "corrected"
    text = f"{item.title}\n{item.description}"
    ticked = {word.casefold() for word in item.keywords}
    for keyword, reason in _KEYWORD_REASONS:
        if keyword in ticked:
            return "in_force" if reason == "adopted" and _IN_FORCE.search(text) else reason
    low = text.lower()
    for pattern, pieces, reason in _ASCII_REASONS if low.isascii() else _WORD_REASONS:
        if any(piece in low for piece in pieces) and pattern.search(text):
            return reason
    return "other"
