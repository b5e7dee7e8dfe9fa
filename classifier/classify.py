"""The classifier: reads notices with every voice, combines them, and keeps the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from classifier.combine import AGREED, Verdict, state_of, verdicts
from classifier.contract import Mapping, Model, NoticeText, State, Suggestion
from classifier.doubts import Doubt, doubts_of
from classifier.evidence import evidence_of
from classifier.voices import Reading, heard, listen

MOST_FLAGGED = 5  # an officer is shown at most so many doubtful industries of one notice


@dataclass(frozen=True, slots=True)
class Chosen:
    """An industry worth showing, before its evidence is gathered."""

    industry: str
    verdict: Verdict
    state: State


@dataclass(frozen=True, slots=True)
class Assessment:
    """What is said of one notice: its suggestions, and the doubts about the notice as a whole."""

    suggestions: tuple[Suggestion, ...]
    doubts: tuple[str, ...]


def suggest(notices: Sequence[NoticeText], mapping: Mapping, model: Model | None = None) -> list[list[Suggestion]]:
    """The industries each notice concerns, with score, state and evidence; see contract.Classifier for the order.

    An empty list is a valid answer: a procedure, a horizontal measure, goods nobody here makes.
    """
    return [list(assess(notice, mapping, model).suggestions) for notice in notices]


def assess(notice: NoticeText, mapping: Mapping, model: Model | None = None) -> Assessment:
    """The suggestions for one notice and the doubts (other_origin, horizontal) that kept some from being accepted."""
    return conclude(listen(notice, mapping), mapping, model)


def conclude(reading: Reading, mapping: Mapping, model: Model | None = None) -> Assessment:
    """The assessment of one reading, evidence included."""
    # An attached text names many countries and all kinds of goods: whom the notice is aimed at, its own words say.
    doubts = doubts_of([part for part in reading.fields if part.name != "document"], mapping.places)
    suggestions = tuple(
        Suggestion(
            item.industry,
            round(item.verdict.score, 4),
            item.state,
            evidence_of(item.industry, item.verdict.notes, reading, mapping, doubts, model),
        )
        for item in decide(reading, mapping, model, doubts)
    )
    return Assessment(suggestions, tuple(doubt.kind for doubt in doubts))


def decide(
    reading: Reading, mapping: Mapping, model: Model | None = None, doubts: Sequence[Doubt] = ()
) -> list[Chosen]:
    """The industries worth showing, best first, without their evidence (which costs more than the decision)."""
    shown = []
    said = _verdicts(reading, mapping, model)
    for name, verdict in said.items():
        usual = mapping.threshold(name)
        state = state_of(verdict.score, usual if model is None else model.threshold(name, usual))
        if state is not None:
            shown.append(Chosen(name, verdict, "flagged" if _is_doubtful(verdict, doubts) else state))
    shown.sort(key=lambda item: (item.state, -item.verdict.score, item.industry))
    accepted = [item for item in shown if item.state == "accepted"]
    chosen = accepted + [item for item in shown if item.state == "flagged"][:MOST_FLAGGED]
    return sorted(chosen, key=lambda item: (-round(item.verdict.score, 4), item.industry))


def _verdicts(reading: Reading, mapping: Mapping, model: Model | None) -> dict[str, Verdict]:
    """The model's verdicts; of an industry that joined the list after it was trained, those of the rules."""
    if model is None:
        return verdicts(heard(reading))
    strange = {name for name in mapping.industries if not model.knows(name)}
    said = model.verdicts(reading)
    if not strange:
        return said
    return said | {name: verdict for name, verdict in verdicts(heard(reading)).items() if name in strange}


def _is_doubtful(verdict: Verdict, doubts: Sequence[Doubt]) -> bool:
    """Aimed at other origins nothing is certain; aimed at all goods only what codes and words agree on."""
    kinds = {doubt.kind for doubt in doubts}
    return "other_origin" in kinds or ("horizontal" in kinds and AGREED not in verdict.notes)
