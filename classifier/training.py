"""Training: the text voice from the examples, combiner and thresholds from notices held out, one model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from classifier.calibrating import fit_combiner, hear, judged
from classifier.contract import Mapping
from classifier.examples import Example, fingerprint_of
from classifier.fitting import fit_text
from classifier.labelled import Labelled
from classifier.learned import LearnedModel
from classifier.thresholds import thresholds_of
from classifier.trust import trust_of


@dataclass(frozen=True)
class Material:
    """What a model is made of: examples to learn the text from, and labelled notices held out from them."""

    examples: Sequence[Example]
    held_out: Sequence[Labelled]


def train(material: Material, mapping: Mapping) -> LearnedModel:
    """The model of this material under `mapping`; the same material gives the same model."""
    text = fit_text(material.examples, mapping.industries)
    trust = trust_of([(item.notice, item.industries) for item in material.examples if item.is_notice], mapping)
    heard = hear(material.held_out, mapping, text, trust)
    combiner = fit_combiner(heard, mapping.industries)
    thresholds = thresholds_of(judged(heard, combiner, mapping.industries))
    calibrating = [Example(item.notice, item.gold.industries, "seed") for item in material.held_out]
    manifest: dict[str, object] = {
        "mapping_version": mapping.number,
        "mapping_fingerprint": mapping.fingerprint,
        "examples": len(material.examples),
        "held_out": len(material.held_out),
        "data_fingerprint": fingerprint_of([*material.examples, *calibrating]),
    }
    return LearnedModel(text, combiner, trust, thresholds, manifest)
