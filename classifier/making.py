"""Making a model: gathering its material, training it, judging it on the reference set, refusing a worse one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from classifier.classify import suggest
from classifier.comparison import bare, baselines_for, measure
from classifier.contract import Mapping
from classifier.evaluation import Figures, Gold
from classifier.examples import Example, heading_examples, rule_examples
from classifier.labelled import Labelled, read_labelled
from classifier.splitting import split
from classifier.training import Material, train
from settings import DATA, TbtwatchError

if TYPE_CHECKING:
    from classifier.gathering import Taught
    from classifier.learned import LearnedModel

SEED_CORPUS, HELD_OUT, REFERENCE_SET = "seed_corpus.jsonl", "held_out.jsonl", "reference_set.jsonl"
REAL_ENOUGH = 300  # officers' decisions from which on the reference set is no longer called synthetic
SLACK = 0.005  # a figure may fall so far without being worse: one notice of two hundred
GUARDED = ("micro_f1", "accepted_precision", "found_recall")
MOST_NAMED = 5  # industries named in a refusal


class NoCorpus(TbtwatchError):
    """Raised when the files a model is made of are missing from `data/`."""


class WorseModel(TbtwatchError):
    """Raised when the new model is worse than the one in force; the message says by how much, and where."""


@dataclass(frozen=True)
class Made:
    """A model fit to be published, with the figures the public page shows."""

    model: LearnedModel
    figures: dict[str, object]


def make_model(
    mapping: Mapping, taught: Taught | None, present: LearnedModel | None, now: datetime, folder: Path = DATA
) -> Made:
    """Train on the files of `folder` and what the store taught; raises NoCorpus, BadLine, WorseModel.

    Without `taught` it is the seed model: files alone, the same on every machine, measured without the slow baseline.
    """
    model = train(material_of(mapping, taught, folder), mapping)
    reference = reference_set(mapping, taught, folder)
    both = {"with_codes": list(reference), "without_codes": bare(reference)}
    figures = {name: measure(suggest, asked, mapping, model) for name, asked in both.items()}
    if present is not None:
        _refuse_worse({name: measure(suggest, asked, mapping, present) for name, asked in both.items()}, figures)
    corpus = _labelled(folder, SEED_CORPUS, mapping) if taught is not None else []
    told: dict[str, object] = {
        "evaluated_at": now.isoformat(),
        "set": _about(reference, taught),
        "mapping_version": mapping.number,
        "notices_in_store": taught.notices if taught else 0,
        "baselines": {
            name: {
                each: measure(other, asked, mapping).headline()
                for each, other in baselines_for(asked, corpus, mapping).items()
            }
            for name, asked in both.items()
        },
        **{name: each.as_json() for name, each in figures.items()},
    }
    return Made(model, told)


def material_of(mapping: Mapping, taught: Taught | None, folder: Path = DATA) -> Material:
    """What to learn from and what to calibrate on; raises NoCorpus and BadLine."""
    corpus = _labelled(folder, SEED_CORPUS, mapping)
    held_out = _labelled(folder, HELD_OUT, mapping)
    seeds = [Example(each.notice, each.gold.industries, "seed", date=each.date) for each in corpus]
    examples = [*seeds, *heading_examples(mapping, folder), *rule_examples(mapping)]
    if taught is None:
        return Material(examples, held_out)
    learned, calibrating = split(taught.decisions)
    return Material([*examples, *learned, *taught.weak], [*held_out, *map(_as_labelled, calibrating)])


def reference_set(mapping: Mapping, taught: Taught | None, folder: Path = DATA) -> list[Labelled]:
    """The written notices that judge every model, and the decided ones that have joined them."""
    return [*_labelled(folder, REFERENCE_SET, mapping), *(taught.judging if taught else ())]


def _labelled(folder: Path, name: str, mapping: Mapping) -> list[Labelled]:
    path = folder / name
    if not path.exists():
        raise NoCorpus(f"{path} is missing: it comes with the release; put it back")
    return read_labelled(path, known=mapping.industries)


def _as_labelled(example: Example) -> Labelled:
    return Labelled(example.notice, Gold(example.industries), example.origin, example.date)


def _about(reference: Sequence[Labelled], taught: Taught | None) -> dict[str, object]:
    decisions = len(taught.judging) if taught else 0
    lines = sorted(json.dumps([each.notice.title, sorted(each.gold.industries)]) for each in reference)
    return {
        "name": REFERENCE_SET,
        "notices": len(reference),
        "synthetic": decisions < REAL_ENOUGH,
        "decisions": decisions,
        "fingerprint": hashlib.sha256("\n".join(lines).encode()).hexdigest(),
    }


def _refuse_worse(present: Dictionary[str, Figures], fresh: Dictionary[str, Figures]) -> None:
    fallen = [
        f"{name.replace('_', ' ')} {key} {before:.3f} -> {after:.3f}"
        for name in present
        for key in GUARDED
        if (after := _figure(fresh[name], key)) < (before := _figure(present[name], key)) - SLACK
    ]
    if fallen:
        raise WorseModel(
            f"the new model is worse on the reference set and was not published: {'; '.join(fallen)}."
            f" Most lost: {_most_lost(present['with_codes'], fresh['with_codes'])}"
        )


def _figure(figures: Figures, key: str) -> float:
    return float(str(figures.headline()[key]))


def _most_lost(present: Figures, fresh: Figures) -> str:
    """The industries whose F1 fell most, with how far."""
    falls = sorted(
        (fresh.per_industry[name].f1 - count.f1, name)
        for name, count in present.per_industry.items()
        if name in fresh.per_industry
    )
    return ", ".join(f"{name} {fall:+.2f}" for fall, name in falls[:MOST_NAMED] if fall < 0) or "no single industry"
