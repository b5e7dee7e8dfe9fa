"""Which industries a warning version concerns: what the machine suggests, and what officers settled before. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

ACCEPTED, FLAGGED, GIVEN, REMOVED = "accepted", "flagged", "given", "removed"
PROPOSED = "proposed"  # a lead bureau would remove it; until that is settled it is told of neither way


@dataclass(frozen=True, slots=True)
class Concern:
    """An industry of a warning version; `state` as in WarningIndustry."""

    industry_id: int
    score: float
    state: str

    @property
    def counts(self) -> bool:
        """False once an officer took it out, or a lead bureau would."""
        return self.state not in (REMOVED, PROPOSED)


def concerns_of(
    own: Sequence[Concern],
    earlier: Sequence[Concern],
    decided: Sequence[Concern],
    *,
    is_addendum: bool,
    is_new_text: bool = False,
    signed_off: bool = False,
) -> tuple[Concern, ...]:
    """The industries of a new version, the surest first.

    `own` are the suggestions for this notice, `earlier` those for the notices it adds to, `decided` the industries of
    the latest version. An addendum says too little to stand alone, so it keeps what the thread concerned before. What
    an officer gave stays; what one removed or signed off stays so unless the measure's text or scope is new.
    """
    found: dict[int, Concern] = {}
    for concern in (*(earlier if is_addendum else ()), *own):
        known = found.get(concern.industry_id)
        found[concern.industry_id] = surer(known, concern) if known else concern
    for concern in decided:
        settled = found.get(concern.industry_id)
        if concern.state == GIVEN or (concern.state in (REMOVED, PROPOSED) and not is_new_text):
            found[concern.industry_id] = concern
        elif settled and signed_off and concern.state == FLAGGED and not is_new_text:
            found[concern.industry_id] = replace(settled, state=ACCEPTED)
    if not any(c.counts for c in found.values()):  # a new text that names nothing: a person must look, not silence
        found |= {c.industry_id: replace(c, state=FLAGGED) for c in decided if c.counts}
    return tuple(sorted(found.values(), key=lambda c: (-c.score, c.industry_id)))


def surer(one: Concern, other: Concern) -> Concern:
    """The better of two suggestions of one industry: accepted before flagged, then the higher score."""
    return max(one, other, key=lambda c: (c.state == ACCEPTED, c.score))


def corrected(present: Sequence[Concern], wanted: Sequence[int], *, taken_out: str = REMOVED) -> tuple[Concern, ...]:
    """`present` as an officer corrects it to exactly the industries `wanted`: the rest are removed, new ones given.

    `taken_out` is the state of the rest: PROPOSED where a lead bureau's word does not settle it for all.
    """
    kept = {c.industry_id: c for c in present}
    changed: Mapping[int, Concern] = {
        key: (c if c.counts else replace(c, state=GIVEN))
        if key in wanted
        else replace(c, state=taken_out if c.counts else c.state)
        for key, c in kept.items()
    }
    given = [Concern(key, 1.0, GIVEN) for key in dict.fromkeys(wanted) if key not in kept]
    return (*changed.values(), *given)
