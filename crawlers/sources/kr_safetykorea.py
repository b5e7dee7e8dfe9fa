"""SafetyKorea's envelope: `resultCode` 2000 is good; an answer without records is none in the usual form."""

from __future__ import annotations

import json
from typing import Any

from crawlers.errors import KeyRefused, WrongFormat

GOOD = "2000"
MOST_OF_NOTHING = 200  # bytes; the odd answer without records has 69
ABOUT_KEYS = ("key", "auth", "인증")


def unwrap(body: bytes) -> bytes:
    """`body` with an empty list where the service says that there is nothing; raises KeyRefused, WrongFormat."""
    try:
        answer: Any = json.loads(body)
    except ValueError:
        return body  # the format names what is wrong
    if not isinstance(answer, dict):
        return body
    code, words = str(answer.get("resultCode", "")), str(answer.get("resultMsg", ""))
    if code == GOOD and isinstance(answer.get("resultData"), list):
        return body
    if any(word in words.lower() for word in ABOUT_KEYS):
        raise KeyRefused(f"SafetyKorea refuses the key: {code} {words}")
    if code in (GOOD, "") and len(body) < MOST_OF_NOTHING and not answer.get("resultData"):
        return b'{"resultCode": "2000", "resultData": []}'
    raise WrongFormat(f"SafetyKorea answers {code or 'without a code'}: {words or 'no words'}")
