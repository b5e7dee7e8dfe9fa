"""The one contract of every classifier: what goes in, what comes out, and the mapping it may consult."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from classifier.combine import Verdict
    from classifier.voices import Reading

Voice = Literal["hs", "ics", "category", "words", "rule", "model"]
State = Literal["accepted", "flagged"]
Kind = Literal["hs", "ics", "word", "umbrella", "exclusion"]


@dataclass(frozen=True, slots=True)
class NoticeText:
    """What a classifier may read of a notice: plain texts, codes as strings, the language of the text ("" unknown)."""

    id: str | int
    title: str = ""
    products: str = ""
    description: str = ""
    hs: tuple[str, ...] = ()
    ics: tuple[str, ...] = ()
    lang: str = ""
    document: str = ""  # the beginning of its documents' text, where they were read
    categories: tuple[str, ...] = ()  # industries that the source's own categories hint at


@dataclass(frozen=True, slots=True)
class Evidence:
    """One checkable reason for (or doubt about) a suggestion; empty fields are left out of the JSON.

    `strength` is 0 to 1, what this reason alone is worth. `rules` are ids of the mapping's rules.
    """

    voice: Voice
    strength: float = 0.0
    code: str = ""  # as the notice gives it
    heading: str = ""  # what the nomenclature calls the code
    prefix: str = ""  # the rule's code that it met
    words: tuple[str, ...] = ()  # as the rules write them
    field: str = ""  # title | products | description | document | codes
    snippet: str = ""  # the sentence in which the first word stands
    marks: tuple[tuple[int, int], ...] = ()  # [start, end) of the words within the snippet
    rules: tuple[str, ...] = ()
    note: str = ""  # a reason in words, by its key: see combine.py

    def as_json(self) -> dict[str, object]:
        """The fields that say something, as plain JSON values."""
        said: dict[str, object] = {"voice": self.voice}
        if self.strength:
            said["strength"] = round(self.strength, 3)
        for name in ("code", "heading", "prefix"):
            if text := getattr(self, name):
                said[name] = text
        if self.words:
            said["words"] = list(self.words)
        for name in ("field", "snippet"):
            if text := getattr(self, name):
                said[name] = text
        if self.marks:
            said["marks"] = [list(mark) for mark in self.marks]
        if self.rules:
            said["rules"] = list(self.rules)
        if self.note:
            said["note"] = self.note
        return said


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An industry (slug) with its score 0 to 1, whether an officer must look, and why."""

    industry: str
    score: float
    state: State
    evidence: tuple[Evidence, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The suggestion as `tbtwatch classify --json` prints it."""
        return {
            "industry": self.industry,
            "score": self.score,
            "state": self.state,
            "evidence": [item.as_json() for item in self.evidence],
        }


@dataclass(frozen=True, slots=True)
class Rule:
    """One mapping rule for one industry: a code prefix, a word or phrase, or words that must not count.

    An umbrella means the goods of each industry that lists it ("electrical and electronic equipment"), undivided.
    """

    id: str
    kind: Kind
    value: str
    industry: str
    lang: str = ""
    weight: float = 1.0
    author: str = "shipped"


@dataclass(frozen=True, slots=True)
class Threshold:
    """From which score a suggestion is accepted, and from which it is flagged; below that it is silent."""

    accepted: float = 0.6
    flagged: float = 0.3


@dataclass(frozen=True)
class Mapping:
    """A published mapping version as a value: the same rules give the same suggestions, whoever asks.

    `headings` names codes ("hs:950300", "ics:97.200.50") for the evidence; `places` are names of countries and
    regions, folded, with their WTO symbol. `built` holds what classifiers derive from the rules, once per mapping.
    """

    number: int
    fingerprint: str
    industries: tuple[str, ...]
    rules: tuple[Rule, ...]
    thresholds: Dictionary[str, Threshold] = field(default_factory=dict)
    headings: Dictionary[str, str] = field(default_factory=dict, repr=False)
    places: Dictionary[str, str] = field(default_factory=dict, repr=False)
    built: dict[str, object] = field(default_factory=dict, repr=False, compare=False)

    def threshold(self, industry: str) -> Threshold:
        """The thresholds of `industry`, the usual ones when the version names none."""
        return self.thresholds.get(industry, USUAL)


USUAL = Threshold()


class Model(Protocol):
    """A learned combiner of all voices, as classifier/learned.py has it; without one fixed weights combine them."""

    @property
    def version(self) -> int:
        """The number of its model version."""
        ...

    @property
    def fingerprint(self) -> str:
        """sha256 of what decides."""
        ...

    def strangers(self, industries: Collection[str]) -> set[str]:
        """Those it was not trained on."""
        ...

    def verdicts(self, readings: Sequence[Reading]) -> list[dict[str, Verdict]]:
        """One a notice: slug -> probability and how the voices go together, only those worth mentioning."""
        ...

    def threshold(self, industry: str, staff: Threshold) -> Threshold:
        """From which probability on an industry is accepted and flagged; `staff` is what the mapping says."""
        ...

    def strongest(self, reading: Reading, industries: Collection[str], most: int) -> dict[str, list[tuple[str, int]]]:
        """For each industry it knows (term, weight) of the text that speaks most for it, the strongest first."""
        ...


class Classifier(Protocol):
    """What `classify.suggest` and each function of baselines.py are.

    One list a notice, in the notices' order; within it score descending, then slug. An empty list is a valid answer.
    """

    def __call__(
        self, notices: Sequence[NoticeText], mapping: Mapping, model: Model | None = None
    ) -> list[list[Suggestion]]: ...
