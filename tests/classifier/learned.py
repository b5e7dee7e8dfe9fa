"""A small model for tests: trained in a second on a part of the corpus, with the project's own rules."""

from __future__ import annotations

from functools import lru_cache

from classifier.contract import Mapping
from classifier.examples import Example
from classifier.labelled import Labelled, read_labelled
from classifier.learned import LearnedModel
from classifier.mapping import mapping_from_files
from classifier.training import Material, train
from settings import DATA

KEPT = 6  # of the corpus every so-manieth notice: enough to learn something, little enough to be quick


@lru_cache(maxsize=1)
def rules() -> Mapping:
    """The mapping of the shipped files."""
    return mapping_from_files()


@lru_cache(maxsize=1)
def material() -> Material:
    """A sixth of the corpus and of the notices held out."""
    corpus = read_labelled(DATA / "seed_corpus.jsonl")[::KEPT]
    examples = [Example(each.notice, each.gold.industries, "seed") for each in corpus]
    return Material(examples, read_labelled(DATA / "held_out.jsonl")[::KEPT])


@lru_cache(maxsize=1)
def small_model() -> LearnedModel:
    """The model of that material."""
    return train(material(), rules())


@lru_cache(maxsize=1)
def reference() -> list[Labelled]:
    """The reference set."""
    return read_labelled(DATA / "reference_set.jsonl")
