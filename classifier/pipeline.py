"""The same text model as one plain scikit-learn pipeline: what training keeps, and what serving is held against."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from classifier.contract import NoticeText
from classifier.evaluation import strip_codes
from classifier.scorer import BODY_SHARE, HEAD_SHARE, TextModel, factor_of
from classifier.terms import bags_of, parts_of
from classifier.text import read_fields


def values_of(notice: NoticeText, model: TextModel) -> dict[str, int]:
    """feature -> how much of it a notice's text has: the rows that the pipeline takes."""
    values: dict[str, int] = {}
    for bag, share in zip(bags_of(read_fields(strip_codes(notice))), (HEAD_SHARE, BODY_SHARE), strict=True):
        named = [name for term in bag for name in parts_of(term) if name in model.features]
        factor = factor_of(share, int(sum(model.lengths[model.features[name]] for name in named)))
        for name in named:
            values[name] = values.get(name, 0) + factor
    return values


def plain_pipeline(model: TextModel) -> Any:
    """DictVectorizer and OneVsRestClassifier(LinearSVC) with the model's whole-numbered weights, as if just fitted."""
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import LabelBinarizer
    from sklearn.svm import LinearSVC

    vectorizer = DictVectorizer(dtype=np.float64)
    vectorizer.feature_names_ = sorted(model.features, key=model.features.__getitem__)
    vectorizer.vocabulary_ = dict(model.features)
    machines = []
    for column in range(len(model.columns)):
        machine = LinearSVC()
        machine.classes_ = np.array([0, 1])
        machine.coef_ = csr_matrix(model.weights[:, column].astype(np.float64))
        machine.intercept_ = np.array([float(model.bias[column])])
        machine.n_features_in_ = len(model.features)
        machines.append(machine)
    labels = LabelBinarizer(sparse_output=True).fit(np.eye(len(model.columns), dtype=int))
    together = OneVsRestClassifier(LinearSVC())
    together.estimators_, together.label_binarizer_ = machines, labels
    together.n_features_in_ = len(model.features)
    return Pipeline([("vectorizer", vectorizer), ("machines", together)])


def keep_pipeline(model: TextModel, path: Path) -> None:
    """Write the pipeline with skops: no pickle, and no type in it that would have to be trusted."""
    from skops.io import dump

    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    dump(plain_pipeline(model), partial, compression=8)
    partial.replace(path)


def decisions(pipeline: Any, rows: Iterable[dict[str, int]]) -> Any:
    """(rows, columns): the whole numbers that `TextModel.sums` gives, by scikit-learn."""
    return pipeline.decision_function(list(rows))
