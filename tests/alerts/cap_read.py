"""Reading CAP messages in tests: held against the schema, then by name."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from lxml import etree

from alerts.cap import NAMESPACE

NAMES = {"c": NAMESPACE}


@cache
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(Path(__file__).parent / "cap-1.2.xsd"))


def read_cap(message: bytes) -> etree._Element:
    """The message, once it holds against the schema of CAP 1.2."""
    root = etree.fromstring(message)
    schema().assertValid(root)
    return root


def texts(root: etree._Element, path: str) -> list[str]:
    """The texts at a path such as `info/headline`, in order."""
    found = root.findall("/".join(f"c:{name}" for name in path.split("/")), NAMES)
    return [element.text or "" for element in found]


def pairs(root: etree._Element, path: str) -> list[tuple[str, str]]:
    """The (valueName, value) pairs at a path such as `info/parameter`."""
    return list(zip(texts(root, f"{path}/valueName"), texts(root, f"{path}/value"), strict=True))
