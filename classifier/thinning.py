"""Notices with words taken out: real ones use words that neither the rules nor the text model have met. Pure."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace

from classifier.contract import NoticeText

_PIECE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]{1,2}|[^\W\d_]+")  # two Chinese characters, or one word


def thinned(notice: NoticeText, kept: float) -> NoticeText:
    """The notice with about `kept` (0 to 1) of its words, always the same ones; a word goes from all its places."""

    def keep(found: re.Match[str]) -> str:
        drawn = hashlib.sha256(f"{notice.id}:{found[0].lower()}".encode()).digest()[0] / 256
        return found[0] if drawn < kept else " "

    title, products, description = (
        _PIECE.sub(keep, text) for text in (notice.title, notice.products, notice.description)
    )
    return replace(notice, title=title, products=products, description=description)
