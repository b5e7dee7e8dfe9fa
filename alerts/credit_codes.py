"""The unified social credit code (统一社会信用代码) of a firm and its check character, by GB 32100-2015. Pure."""

from __future__ import annotations

import unicodedata

from settings import TbtwatchError

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015, table 1: no I, O, S, V, Z
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))


class BadCreditCode(TbtwatchError):
    """Raised when a code is not of 18 characters, or its last one does not fit the others."""


def checked_credit_code(text: str) -> str:
    """The code in capitals without blanks; "" stays "". Raises BadCreditCode."""
    code = "".join(unicodedata.normalize("NFKC", text).upper().replace("-", " ").split())
    if not code:
        return ""
    if len(code) != 18 or any(char not in ALPHABET for char in code):
        raise BadCreditCode("统一社会信用代码应为18位数字或大写字母（不含I、O、S、V、Z），请对照营业执照核对。")
    if check_character(code[:17]) != code[17]:
        raise BadCreditCode("统一社会信用代码的校验位不符，可能有一位写错了，请对照营业执照核对。")
    return code


def check_character(body: str) -> str:
    """The eighteenth character for the first seventeen: 31 minus the sum of value times 3^place, modulo 31."""
    total = sum(ALPHABET.index(char) * weight for char, weight in zip(body, _WEIGHTS, strict=True))
    return ALPHABET[-total % 31]
