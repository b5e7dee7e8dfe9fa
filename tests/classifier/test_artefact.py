"""A model as bytes: what is read is what was written, and nothing else is taken for a model."""

from __future__ import annotations

import io

import numpy as np
import pytest

from classifier import artefact
from classifier.artefact import BadModel, read_model, write_model
from classifier.classify import suggest
from tests.classifier.learned import reference, rules, small_model


def test_what_is_read_decides_as_what_was_written() -> None:
    model = small_model()
    content, fingerprint = write_model(model)
    again = read_model(content, 3)
    notices = [each.notice for each in reference()[:80]]
    assert suggest(notices, rules(), again) == suggest(notices, rules(), model)
    assert (again.version, again.fingerprint) == (3, fingerprint)
    assert write_model(again)[1] == fingerprint


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "text"])
def test_a_damaged_one_is_refused_with_the_cure(damage: str) -> None:
    content = bytearray(write_model(small_model())[0])
    middle = len(content) // 2
    broken = {
        "cut": bytes(content[:middle]),
        "flipped": bytes(content[:middle]) + bytes([content[middle] ^ 0xFF]) + bytes(content[middle + 1 :]),
        "empty": b"",
        "text": b"no model at all",
    }[damage]
    with pytest.raises(BadModel, match="tbtwatch train"):
        read_model(broken)


def test_one_of_an_older_format_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artefact, "FORMAT", 0)
    content, _ = write_model(small_model())
    monkeypatch.undo()
    with pytest.raises(BadModel, match="has format 0, this release reads 1"):
        read_model(content)


def test_one_of_another_program_is_refused() -> None:
    file = io.BytesIO()
    np.savez_compressed(file, said=np.frombuffer(b'{"kind": "other"}', dtype=np.uint8))
    with pytest.raises(BadModel, match="not one of tbtwatch"):
        read_model(file.getvalue())


def test_changed_weights_do_not_give_the_fingerprint() -> None:
    content, _ = write_model(small_model())
    with np.load(io.BytesIO(content)) as kept:
        arrays = dict(kept)
    arrays["weights"] = arrays["weights"].copy()
    arrays["weights"][0, 0] += 1
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    with pytest.raises(BadModel, match="does not give its fingerprint"):
        read_model(file.getvalue())
