"""`tbtwatch evaluate`: how well the classifier does on labelled notices, beside simpler ones."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from classifier.contract import Mapping
    from classifier.evaluation import Figures
    from classifier.labelled import Labelled

CORPUS = "seed_corpus.jsonl"  # in data/; what the learned voice and the learned baseline are taught
OURS = "ours"
FILE_HELP = "labelled notices, one JSON object a line: as for `classify`, and industries, optional, origin_limited"
LANGUAGE_COLUMNS = ("language", "notices", "micro_f1", "accepted_precision", "found_recall", "share_flagged")
BIN_COLUMNS = ("score from", "to", "count", "mean_score", "share_right")
INDUSTRY_COLUMNS = ("industry", "right", "wrong", "missed", "f1")
CONFUSION_COLUMNS = ("missed", "suggested", "count")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("evaluate")(evaluate)


def evaluate(
    file: Annotated[Path, typer.Argument(help=FILE_HELP)],
    without_codes: Annotated[
        bool, typer.Option("--without-codes", help="take away HS and ICS codes, also those written in the texts")
    ] = False,
    no_baselines: Annotated[
        bool, typer.Option("--no-baselines", help="only ours: no codes alone, words alone, tf-idf + LinearSVC")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="one object")] = False,
) -> None:
    """Measure the suggestions for the labelled notices of FILE under the published mapping."""
    from classifier.classify import suggest
    from classifier.comparison import bare, measure
    from classifier.labelled import read_labelled
    from classifier.mapping import MappingCache
    from classifier.publishing import ModelCache
    from cli.opening import open_place
    from cli.output import emit
    from cli.train import ensure_model
    from store.engine import reading

    place = open_place()
    ensure_model(place)
    with reading(place.engine) as session:
        mapping, model = MappingCache().current(session), ModelCache().current(session)
    labelled = read_labelled(file, known=mapping.industries)
    asked = bare(labelled) if without_codes else labelled
    figures = measure(suggest, asked, mapping, model)
    baselines = {} if no_baselines else _baselines(asked, mapping)
    if not as_json:
        _print(figures, baselines)
        return
    answer = {
        "file": file.name,
        "notices": len(labelled),
        "mapping": {"number": mapping.number, "fingerprint": mapping.fingerprint},
        "model": None if model is None else {"version": model.version, "fingerprint": model.fingerprint},
        "without_codes": without_codes,
        "figures": figures.as_json(),
        "baselines": {name: each.headline() for name, each in baselines.items()},
    }
    emit(answer, as_json=True)


def _baselines(asked: list[Labelled], mapping: Mapping) -> dict[str, Figures]:
    """name -> figures of each simpler classifier; one that cannot be taught is left out, and that is said."""
    from classifier.comparison import LEARNED_BASELINE, baselines_for, measure
    from classifier.labelled import read_labelled
    from cli.output import say
    from settings import DATA

    path = DATA / CORPUS
    corpus = read_labelled(path, known=mapping.industries) if path.exists() else []
    classifiers = baselines_for(asked, corpus, mapping)
    if LEARNED_BASELINE not in classifiers:
        why = "holds no other text than the file asked about" if corpus else "is not there"
        say(f"data/{CORPUS} {why}: the baseline {LEARNED_BASELINE} is left out")
    return {name: measure(each, asked, mapping) for name, each in classifiers.items()}


def _print(figures: Figures, baselines: Dictionary[str, Figures]) -> None:
    """The tables, the whole first and the parts after it."""
    from cli.output import emit

    told = figures.as_json()
    parts = (
        (_headlines({OURS: figures, **baselines}), ("figure", OURS, *baselines)),
        (_named(told["languages"], "language"), LANGUAGE_COLUMNS),
        (_bins(told["reliability"]), BIN_COLUMNS),
        (_named(told["industries"], "industry"), INDUSTRY_COLUMNS),
        (told["confusions"], CONFUSION_COLUMNS),
    )
    for rows, columns in parts:
        emit(rows, as_json=False, columns=columns)


def _headlines(classifiers: Dictionary[str, Figures]) -> list[dict[str, object]]:
    """A row a figure, a column a classifier."""
    columns = {name: _in_words(figures) for name, figures in classifiers.items()}
    return [{"figure": key} | {name: column[key] for name, column in columns.items()} for key in columns[OURS]]


def _in_words(figures: Figures) -> dict[str, object]:
    told = figures.headline()
    return told | ({"ece": "too few to judge"} if told["ece"] is None else {})


def _named(table: object, name: str) -> list[dict[str, object]]:
    assert isinstance(table, dict)
    return [{name: key, **row} for key, row in table.items()]


def _bins(table: object) -> list[dict[str, object]]:
    assert isinstance(table, list)
    return [{"score from": each["from"], **each} for each in table]
