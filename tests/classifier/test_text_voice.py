"""The text voice: its terms, and that serving adds up to exactly what scikit-learn's pipeline says."""

from __future__ import annotations

import numpy as np
import pytest

from classifier import scorer
from classifier.evaluation import strip_codes
from classifier.pipeline import decisions, keep_pipeline, plain_pipeline, values_of
from classifier.scorer import TextModel, factor_of
from classifier.terms import bags_of, parts_of
from classifier.text import read_fields
from tests.classifier.learned import reference, small_model
from tests.classifier.samples import notice


def test_words_pairs_and_chinese_characters_are_terms() -> None:
    head, body = bags_of(read_fields(notice("Électric toys for 3 dogs", "锂电池", "Batteries")))
    assert {"electric", "toys", "electric toys", "锂", "锂电", "电池", "锂电池"} <= head
    assert "3" not in head
    assert "toys for" not in head  # small words join nothing
    assert body == {"batteries"}


def test_a_document_teaches_nothing() -> None:
    assert bags_of(read_fields(notice("Toys", document="Washing machines"))) == ({"toys"}, set())


@pytest.mark.parametrize(
    ("term", "parts"),
    [
        ("toys", ["toys", "#<to", "#toy", "#oys", "#ys>", "#<toy", "#toys", "#oys>", "#<toys", "#toys>"]),
        ("toy car", ["toy car"]),
        ("电池", ["电池"]),
    ],
)
def test_only_single_latin_words_have_parts(term: str, parts: list[str]) -> None:
    assert parts_of(term) == parts


def test_a_bag_without_known_terms_counts_nothing() -> None:
    assert factor_of(1024, 0) == 0
    assert factor_of(1024, 16) == 256


def test_serving_gives_the_numbers_of_the_pipeline() -> None:
    """Not close ones: the same whole numbers, for every industry of every notice, so no decision can differ."""
    model = small_model().text
    notices = [strip_codes(each.notice) for each in reference()]
    theirs = decisions(plain_pipeline(model), [values_of(each, model) for each in notices])
    ours = np.array([model.sums(read_fields(each)) for each in notices])
    assert (ours == theirs).all()
    assert np.unique(ours).size > 1000  # they do say something


def test_a_full_cache_is_emptied_and_changes_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = small_model().text
    notices = [each.notice for each in reference()[:60]]
    wanted = [whole.sums(read_fields(each)) for each in notices]
    monkeypatch.setattr(scorer, "MOST_ROWS", 400)
    small = TextModel(whole.columns, whole.features, whole.weights, whole.lengths, whole.bias, whole.unit)
    found = [small.sums(read_fields(each)) for each in notices]
    assert (np.array(wanted) == np.array(found)).all()


def test_a_notice_with_more_terms_than_the_cache_has_rows_is_still_read(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = small_model().text
    long = notice(" ".join(each.notice.title for each in reference()))
    wanted = whole.sums(read_fields(long))
    monkeypatch.setattr(scorer, "MOST_ROWS", 50)
    small = TextModel(whole.columns, whole.features, whole.weights, whole.lengths, whole.bias, whole.unit)
    assert (small.sums(read_fields(long)) == wanted).all()


def test_the_strongest_terms_speak_for_their_industry() -> None:
    fields = read_fields(notice("Safety of toys", "Dolls, plush toys"))
    terms = [term for term, _ in small_model().text.strongest(fields, ["toys"], 3)["toys"]]
    assert any("toy" in term for term in terms)


def test_the_pipeline_is_kept_without_a_pickle(tmp_path) -> None:  # type: ignore[no-untyped-def]
    from skops.io import get_untrusted_types, load

    model = small_model().text
    keep_pipeline(model, tmp_path / "models" / "0001.skops")
    path = tmp_path / "models" / "0001.skops"
    unknown = get_untrusted_types(file=path)
    assert unknown == ["scipy.sparse._csr.csr_matrix"]  # arrays of numbers, named because skops does not know them
    rows = [values_of(each.notice, model) for each in reference()[:20]]
    assert (decisions(load(path, trusted=unknown), rows) == decisions(plain_pipeline(model), rows)).all()
