"""The form of a sign-up as it was sent. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from alerts.signing_up import MOST_SAID, Asked

_BETWEEN = re.compile(r"[、，,；;\n\r]+")
_MOST = 300  # values of one list: more is no form of a person
_LONGEST = 500


@dataclass(frozen=True)
class SignUpForm:
    """What the fields hold; `seen`: the second step was shown before, so its ticks are the firm's own."""

    said: str = ""
    markets: str = ""
    email: str = ""
    industries: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    hs: tuple[str, ...] = ()
    name: str = ""
    credit_code: str = ""
    place: str = ""
    mobile: str = ""
    severity_floor: str = ""
    lang: str = "zh"
    consent: bool = False
    seen: bool = False
    action: str = ""

    def begun(self, industries: Sequence[str], words: Sequence[str]) -> SignUpForm:
        """The second step as it first opens: what was guessed is ticked, what met nothing is a product word."""
        return replace(self, industries=tuple(industries), words=tuple(words))

    def asked(self, markets: Sequence[str]) -> Asked:
        """The sign-up; `markets` are the wto_symbols that were understood."""
        return Asked(
            email=self.email,
            said=self.said,
            industries=self.industries,
            hs=self.hs,
            words=self.words,
            markets=markets,
            name=self.name,
            credit_code=self.credit_code,
            place=self.place,
            mobile=self.mobile,
            severity_floor=self.severity_floor,
            lang=self.lang,
        )

    def for_preview(self, markets: Sequence[str]) -> Asked:
        """The same as far as it decides what would be sent: a slip elsewhere must not hide that."""
        return Asked(
            email="a@b.example", industries=self.industries, hs=self.hs, words=self.words, markets=markets
        )  # fmt: skip


def form_of(sent: Mapping[str, Sequence[str]]) -> SignUpForm:
    """The form from what a browser sent; unknown fields are left out, long values are cut."""

    def one(name: str) -> str:
        return (sent.get(name) or [""])[0].strip()[:_LONGEST]

    def many(name: str) -> tuple[str, ...]:
        parts = (part.strip() for value in sent.get(name, ()) for part in _BETWEEN.split(value))
        return tuple(dict.fromkeys(part[:_LONGEST] for part in parts if part))[:_MOST]

    return SignUpForm(
        said=one("said")[:MOST_SAID],
        markets=one("markets"),
        email=one("email"),
        industries=many("industry"),
        words=many("words"),
        hs=many("hs"),
        name=one("name"),
        credit_code=one("credit_code"),
        place=one("place"),
        mobile=one("mobile"),
        severity_floor=one("severity_floor"),
        lang=one("lang") or "zh",
        consent=bool(one("consent")),
        seen=one("step") == "2",
        action=one("action"),
    )
