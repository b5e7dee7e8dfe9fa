"""The classifier: reads notices with every voice, combines them, and keeps the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from classifier.combine import AGREED, Verdict, state_of, verdicts
from classifier.contract import Mapping, Model, NoticeText, State, Suggestion
from classifier.doubts import Doubt, doubts_of
from classifier.evidence import ASKED_TERMS, evidence_of
from classifier.signals import AT_ONCE
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
    return [list(each.suggestions) for each in assess_all(notices, mapping, model)]


def assess(notice: NoticeText, mapping: Mapping, model: Model | None = None) -> Assessment:
    """The suggestions for one notice and the doubts (other_origin, horizontal) that kept some from being accepted."""
    return assess_all([notice], mapping, model)[0]


def assess_all(notices: Sequence[NoticeText], mapping: Mapping, model: Model | None = None) -> list[Assessment]:
    """The same for many, one each: what is said of a notice does not depend on the others, it is only quicker said."""
    return [
        each
        for start in range(0, len(notices), AT_ONCE)
        for each in conclude([listen(notice, mapping) for notice in notices[start : start + AT_ONCE]], mapping, model)
    ]


def conclude(readings: Sequence[Reading], mapping: Mapping, model: Model | None = None) -> list[Assessment]:
    """The assessment of each reading, evidence included."""
    doubts = [doubts_about(reading, mapping) for reading in readings]
    chosen = decide(readings, mapping, model, doubts)
    return [_explained(*each, mapping, model) for each in zip(readings, chosen, doubts, strict=True)]


def doubts_about(reading: Reading, mapping: Mapping) -> tuple[Doubt, ...]:
    """An attached text names many countries and all kinds of goods: whom it is aimed at, a notice's own words say."""
    return doubts_of([part for part in reading.fields if part.name != "document"], mapping.places)


def decide(
    readings: Sequence[Reading],
    mapping: Mapping,
    model: Model | None = None,
    doubts: Sequence[Sequence[Doubt]] | None = None,
) -> list[list[Chosen]]:
    """The industries worth showing of each reading, best first, without evidence (which costs more than the decision).

    `doubts`: those about each reading.
    """
    said = _verdicts(readings, mapping, model)
    return [_chosen(*each, mapping, model) for each in zip(said, doubts or [()] * len(readings), strict=True)]


def _explained(
    reading: Reading, chosen: Sequence[Chosen], doubts: Sequence[Doubt], mapping: Mapping, model: Model | None
) -> Assessment:
    names = [item.industry for item in chosen]
    terms = model.strongest(reading, names, ASKED_TERMS) if model is not None and names else {}
    suggestions = [
        Suggestion(
            item.industry,
            round(item.verdict.score, 4),
            item.state,
            evidence_of(item.industry, item.verdict.notes, reading, mapping, doubts, terms.get(item.industry, ())),
        )
        for item in chosen
    ]
    return Assessment(tuple(suggestions), tuple([doubt.kind for doubt in doubts]))


def _chosen(said: dict[str, Verdict], doubts: Sequence[Doubt], mapping: Mapping, model: Model | None) -> list[Chosen]:
    shown = []
    for name, verdict in said.items():
        usual = mapping.threshold(name)
        state = state_of(verdict.score, usual if model is None else model.threshold(name, usual))
        if state is not None:
            shown.append(Chosen(name, verdict, "flagged" if _is_doubtful(verdict, doubts) else state))
    shown.sort(key=lambda item: (item.state, -item.verdict.score, item.industry))
    accepted = [item for item in shown if item.state == "accepted"]
    chosen = accepted + [item for item in shown if item.state == "flagged"][:MOST_FLAGGED]
    return sorted(chosen, key=lambda item: (-round(item.verdict.score, 4), item.industry))


def _verdicts(readings: Sequence[Reading], mapping: Mapping, model: Model | None) -> list[dict[str, Verdict]]:
    """The model's verdicts; of an industry that joined the list after it was trained, those of the rules."""
    if model is None:
        return [verdicts(heard(reading)) for reading in readings]
    said = model.verdicts(readings)
    if not (strange := model.strangers(mapping.industries)):
        return said
    return [
        each | {name: verdict for name, verdict in verdicts(heard(reading)).items() if name in strange}
        for each, reading in zip(said, readings, strict=True)
    ]


def _is_doubtful(verdict: Verdict, doubts: Sequence[Doubt]) -> bool:
    """Aimed at other origins nothing is certain; aimed at all goods only what codes and words agree on."""
    if not doubts:
        return False
    kinds = {doubt.kind for doubt in doubts}
    return "other_origin" in kinds or ("horizontal" in kinds and AGREED not in verdict.notes)
