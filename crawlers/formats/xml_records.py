"""XML into records: each element as a dict of its children and attributes."""

from __future__ import annotations

from typing import Any

from lxml import etree

from crawlers.declaration_parts import Format
from crawlers.errors import TruncatedAnswer, WrongCharset, WrongFormat
from crawlers.formats import Found, Record
from crawlers.formats.texts import refuse_empty, refuse_html

_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"  # its attributes (nil, type) tell of the form, not the thing


def read(body: bytes, form: Format) -> Found:
    """The elements named `form.root` wherever they stand, namespaces dropped; the root's own fields under "page"."""
    refuse_empty(body)
    refuse_html(body, "XML")
    tree = parse_tree(body)
    page = {name: value for name, value in _as_dict(tree, form.root).items() if isinstance(value, str)}
    elements = [node for node in tree.iter() if _name(node) == form.root]
    return Found([{**_as_dict(element), "page": page} for element in elements])


def parse_tree(body: bytes) -> Any:
    """The root element; entities are not resolved. Raises TruncatedAnswer, WrongCharset, WrongFormat."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        tree = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise _named(error, body) from None
    except (ValueError, LookupError) as error:
        raise WrongCharset(f"the XML cannot be decoded ({error})") from None
    declared: Any = tree.getroottree().docinfo.internalDTD
    if declared is not None and declared.entities():
        raise WrongFormat("the XML declares entities of its own: no true answer of this source does")
    return tree


def _named(error: etree.XMLSyntaxError, body: bytes) -> Exception:
    words = str(error.msg)
    if "ncoding" in words or "not proper UTF-8" in words or "Invalid bytes" in words:
        return WrongCharset(f"the XML is not in its declared encoding ({words})")
    if "entity" in words.lower() and "loop" in words.lower():
        return WrongFormat(f"the XML is a bomb of entities ({words})")
    root_closed = body.rstrip().endswith(b">") and "Premature end" not in words
    line = getattr(error, "lineno", 0)
    if not root_closed or "Premature end" in words or "end of" in words.lower() or "EndTag" in words:
        return TruncatedAnswer(f"the XML ends in the middle ({words})")
    return WrongFormat(f"the answer is no XML (line {line}: {words})")


def _name(node: Any) -> str:
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def _as_dict(element: Any, without: str = "") -> Record:
    """Attributes and children by name; a child that occurs twice is a list, one with children a dict."""
    attributes = [(name, value) for name, value in element.attrib.items() if not name.startswith(_INSTANCE)]
    found: Record = {name.rpartition("}")[2]: value for name, value in attributes}
    for child in element:
        name = _name(child)
        if not name or name == without:
            continue
        value: Any = _as_dict(child) if len(child) else _text(child)
        if name in found:
            found[name] = [*(found[name] if isinstance(found[name], list) else [found[name]]), value]
        else:
            found[name] = value
    return found


def _text(element: Any) -> str:
    return "" if element.get(_INSTANCE + "nil") == "true" else (element.text or "").strip()
