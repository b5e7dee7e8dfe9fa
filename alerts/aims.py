"""Aims: whose goods a notice names as affected. Pure."""

from __future__ import annotations

import re

_CHINA = re.compile(r"\bchina\b|\bchine\b|中国|中國|guangdong", re.IGNORECASE)
# Customs territories of their own, whose names hold the word.
_APART = re.compile(
    r"(?:hong ?kong|macao|macau|taiwan)[^;]{0,24}\bchina\b|\bchina[,:]? ?(?:hong ?kong|macao|macau|taiwan)|"
    r"中[国國](?:[香]港|[澳][门門]|[台臺][湾灣北])",
    re.IGNORECASE,
)
_DESCRIBES = re.compile(
    r"\ball\b|\bany\b|countr|member|partner|export|import|world|global|todos|tous|pays\b|pa[ií]ses|全部|所有|各国|任何|以外",
    re.IGNORECASE,
)


def aimed_at(regions_affected: str) -> str:
    """Whose goods a notice names as affected: china, others, or all (also when it names none).

    The field is that of SPS notifications, "regions or countries likely to be affected"; where it describes instead of
    naming ("countries that export live birds") nobody can be left out.
    """
    named = _APART.sub(" ", regions_affected)
    if _CHINA.search(named):
        return "china"
    return "others" if regions_affected.strip() and not _DESCRIBES.search(named) else "all"
