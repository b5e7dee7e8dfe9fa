"""A trained model as bytes and back: arrays and JSON in one npz, checked against its own fingerprint, no pickle."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from classifier.contract import Threshold
from classifier.learned import Combiner, LearnedModel
from classifier.scorer import NONE, TextModel
from classifier.signals import NAMES
from settings import TbtwatchError

FORMAT = 1  # raised whenever features, signals or arrays change their meaning
KIND = "tbtwatch-model"
ARRAYS = ("features", "weights", "lengths", "bias", "mean", "scale", "coefficients", "lean")


class BadModel(TbtwatchError):
    """Raised when bytes are no model of this release: damaged, of another program, or of another format."""


def write_model(model: LearnedModel) -> tuple[bytes, str]:
    """(the serving artefact, its fingerprint: sha256 over every array and the JSON)."""
    names = sorted(model.text.features, key=model.text.features.__getitem__)
    arrays = {
        "features": np.frombuffer("\n".join(names).encode(), dtype=np.uint8),
        "weights": model.text.weights,
        "lengths": model.text.lengths,
        "bias": model.text.bias,
        "mean": model.combiner.mean,
        "scale": model.combiner.scale,
        "coefficients": model.combiner.weights,
        "lean": model.combiner.lean,
    }
    said = {
        "kind": KIND,
        "format": FORMAT,
        "industries": list(model.industries),
        "signals": list(NAMES),
        "unit": model.text.unit,
        "bias": model.combiner.bias,
        "trust": dict(sorted(model.trust.items())),
        "thresholds": {name: [each.accepted, each.flagged] for name, each in sorted(model.thresholds.items())},
        "manifest": dict(model.manifest),
    }
    fingerprint = _fingerprint(arrays, said)
    file = io.BytesIO()
    text = json.dumps(said | {"fingerprint": fingerprint}, ensure_ascii=False, sort_keys=True)
    np.savez_compressed(file, said=np.frombuffer(text.encode(), dtype=np.uint8), **arrays)  # type: ignore[arg-type]
    return file.getvalue(), fingerprint


def read_model(content: bytes, version: int = 0) -> LearnedModel:
    """The model in `content`; raises BadModel, which says what is wrong and what to do."""
    arrays, said = _unpacked(content)
    if said.get("kind") != KIND:
        raise BadModel("the model is not one of tbtwatch; run `tbtwatch train` to make one")
    if said.get("format") != FORMAT or said.get("signals") != list(NAMES):
        raise BadModel(
            f"the model has format {said.get('format')}, this release reads {FORMAT}; run `tbtwatch train` to make one"
        )
    fingerprint = str(said.pop("fingerprint", ""))
    if _fingerprint(arrays, said) != fingerprint:
        raise BadModel("the model is damaged: its content does not give its fingerprint; run `tbtwatch train`")
    names = arrays["features"].tobytes().decode().split("\n")
    text = TextModel(
        (*said["industries"], NONE),
        {name: row for row, name in enumerate(names)},
        arrays["weights"],
        arrays["lengths"],
        arrays["bias"],
        float(said["unit"]),
    )
    combiner = Combiner(arrays["mean"], arrays["scale"], arrays["coefficients"], float(said["bias"]), arrays["lean"])
    thresholds = {name: Threshold(*pair) for name, pair in said["thresholds"].items()}
    return LearnedModel(text, combiner, said["trust"], thresholds, said["manifest"], version, fingerprint)


def _unpacked(content: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            said = json.loads(file["said"].tobytes())
            return {name: file[name] for name in ARRAYS if name in file}, said
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise BadModel(
            f"the model cannot be read ({type(error).__name__}: {error}); run `tbtwatch train` to make one"
        ) from error


def _fingerprint(arrays: Mapping[str, Any], said: Mapping[str, Any]) -> str:
    """sha256 over what decides; where it comes from (the manifest) counts, too."""
    digest = hashlib.sha256()
    for name in ARRAYS:
        array = arrays.get(name)
        if array is not None:
            digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
            digest.update(np.ascontiguousarray(array).tobytes())
    digest.update(json.dumps(said, ensure_ascii=False, sort_keys=True).encode())
    return digest.hexdigest()
