"""Countries that a text says goods are from: "Made in China", "Product of Viet Nam", "country of origin: Taiwan"."""

from __future__ import annotations

import re

from crawlers.members import member_code

_PHRASE = re.compile(
    r"\b(?:made|manufactured|produced|packed|grown)\s+in(?:\s+the)?\s+|\bproduct\s+of(?:\s+the)?\s+"
    r"|\bcountry of origin:?\s+",
    re.IGNORECASE,
)
_NAME = re.compile(r"[A-Z][\w']*(?:[ -](?:of |and )?[A-Z][\w']*){0,3}")
_CHINA = re.compile(
    r"People['\u2019]?s Republic of China|P\.\s?R\.\s?(?:of )?China|PR China|PRC\b|P\.R\.C\.", re.IGNORECASE
)


def origins_named(text: str) -> list[str]:
    """The wto_symbols of the countries named after such a phrase, in their order; names no table knows give none."""
    found = []
    text = _CHINA.sub("China", text)
    for phrase in _PHRASE.finditer(text):
        name = _NAME.match(text, phrase.end())
        words = name[0].split() if name else []
        codes = (member_code(" ".join(words[:n])) for n in range(len(words), 0, -1))
        found += [code for code in codes if code][:1]
    return list(dict.fromkeys(found))
