"""The one table of display names (store/display_names.py), as the pages ask for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from store.display_names import WTO, display_name, issuer_name


@dataclass(frozen=True)
class Names:
    """Chinese names of codes; `source_names` are those the declarations of the sources give."""

    source_names: Mapping[str, str] = field(default_factory=dict)

    def of(self, kind: str, code: str | None) -> str:
        """The Chinese name of a code; the code itself when the table lacks it, so that nothing is hidden."""
        return display_name(kind, code) if code else ""

    def market(self, symbol: str | None, notice_kind: str | None = None) -> str:
        """A country or region by WTO symbol; as a WTO member's name when the notice is a WTO notification."""
        if not symbol:
            return ""
        return issuer_name(symbol, context=WTO if notice_kind == "notification" else None)

    def markets(self, symbols: Iterable[str], notice_kind: str | None = None) -> str:
        """Several countries or regions, joined by 、."""
        return "、".join(self.market(symbol, notice_kind) for symbol in symbols)

    def notification_type(self, printed: str | None) -> str:
        """The type of a notification by the first word of what the source prints ("Regular notification")."""
        word = (printed or "").split(" ")[0].lower()
        named = display_name("notification_type", word)
        return named if named != word else printed or ""

    def source(self, source: str | None) -> str:
        """What a source is called on pages; its id when its declaration gives no Chinese name."""
        return self.source_names.get(source, source) if source else ""


def names_for(sources: Iterable[Mapping[str, object]]) -> Names:
    """The names, with those of the declared sources (`id`, and `name_zh` where it is given)."""
    return Names({str(s["id"]): str(s["name_zh"]) for s in sources if s.get("name_zh")})
