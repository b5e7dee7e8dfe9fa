"""Which industries a version concerns: what officers settled stays, whatever the machine says next. Pure."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from alerts.concerns import ACCEPTED, FLAGGED, GIVEN, REMOVED, Concern, concerns_of, corrected

CONCERNS = st.lists(
    st.builds(Concern, st.integers(1, 9), st.floats(0, 1), st.sampled_from([ACCEPTED, FLAGGED])),
    max_size=5,
    unique_by=lambda c: c.industry_id,
)
DECIDED = st.lists(
    st.builds(Concern, st.integers(1, 9), st.floats(0, 1), st.sampled_from([ACCEPTED, FLAGGED, GIVEN, REMOVED])),
    max_size=5,
    unique_by=lambda c: c.industry_id,
)


@given(DECIDED, st.lists(st.integers(1, 12), min_size=1, max_size=5))
def test_a_correction_leaves_exactly_what_was_asked(present: list[Concern], wanted: list[int]) -> None:
    after = corrected(present, wanted)
    assert {c.industry_id for c in after if c.counts} == set(wanted)
    assert {c.industry_id for c in present} <= {c.industry_id for c in after}
    assert len({c.industry_id for c in after}) == len(after)


@given(CONCERNS, CONCERNS, DECIDED, st.booleans(), st.booleans(), st.booleans())
def test_a_new_version_keeps_what_officers_settled(
    own: list[Concern],
    earlier: list[Concern],
    decided: list[Concern],
    addendum: bool,
    new_text: bool,
    signed: bool,
) -> None:
    found = concerns_of(own, earlier, decided, is_addendum=addendum, is_new_text=new_text, signed_off=signed)
    state = {c.industry_id: c.state for c in found}
    assert len(state) == len(found)
    assert all(state[c.industry_id] == GIVEN for c in decided if c.state == GIVEN)
    if not new_text:
        assert all(state[c.industry_id] == REMOVED for c in decided if c.state == REMOVED)
    assert {c.industry_id for c in own} <= set(state)
    if any(c.counts for c in decided):
        assert any(c.counts for c in found)  # a warned industry never vanishes in silence
    assert [c.score for c in found] == sorted((c.score for c in found), reverse=True)
