"""Bodies of answers, whatever their form, with their records taken out, halved or doubled, or broken otherwise."""

from __future__ import annotations

import copy
import csv
import io
import json
import re
import zipfile
from collections.abc import Callable
from fnmatch import fnmatch
from typing import Any

from lxml import etree, html
from parsel import Selector

from crawlers.declarations import Declaration
from crawlers.formats.texts import page_encoding

Edit = Callable[[int, int], int]  # (position, number of records) -> how often the record shall stand there
ENTITIES = "".join(f'<!ENTITY b{n} "{f"&b{n - 1};" * 10 if n else "boom"}">' for n in range(9))


def form_of(source: Declaration) -> str:
    """json, jsonl, sparql, csv, xml, feed, html, html_json or workbook."""
    return "workbook" if source.shape == "workbook" else source.format.type


def edited(body: bytes, source: Declaration, edit: Edit) -> bytes:
    """`body` with each record as often as `edit` says; copies stand beside one another, so that headings hold."""
    form = form_of(source)
    if body.startswith(b"PK"):
        pattern = "xl/worksheets/*" if form == "workbook" else source.format.root
        change = _rows if form == "workbook" else _EDITS[form]
        return in_zip(body, pattern, lambda member: change(member, source, edit))
    return _EDITS[form](body, source, edit)


def in_zip(body: bytes, pattern: str, change: Callable[[bytes], bytes]) -> bytes:
    """The zip with `change` applied to the members whose names fit `pattern`."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            member = old.read(name)
            new.writestr(name, change(member) if fnmatch(name, pattern) else member)
    return made.getvalue()


def replaced(body: bytes, source: Declaration, old: str, new: str, count: int = -1) -> bytes:
    """`body` with a text put in place of another; the same body when it does not hold `old`."""
    if body.startswith(b"PK"):
        return in_zip(body, "*", lambda member: replaced(member, source, old, new, count)) if old else body
    encoding = page_encoding(body, source.format.encoding)
    return body.replace(old.encode(encoding), new.encode(encoding), count)


def holds(body: bytes, source: Declaration, text: str) -> bool:
    """Whether the text stands in the body, or in a member of the zip that it is."""
    return replaced(body, source, text, text[::-1] + "~", 1) != body if text else False


def _listed(records: list[Any], edit: Edit) -> list[Any]:
    return [record for n, record in enumerate(records) for _ in range(edit(n, len(records)))]


def _json(body: bytes, source: Declaration, edit: Edit) -> bytes:
    answer = json.loads(body.decode(source.format.encoding))
    root = source.format.root or ("results.bindings" if source.format.type == "sparql" else "")
    return json.dumps(_with_list(answer, root, edit), ensure_ascii=False).encode(source.format.encoding)


def _with_list(answer: Any, root: str, edit: Edit) -> Any:
    if isinstance(answer, list):
        return _listed(answer, edit)
    if not root:  # a reader of its own knows where: the first list of objects
        root = next(name for name, value in answer.items() if isinstance(value, list))
    holder = answer
    *above, last = root.split(".")
    for name in above:
        holder = holder[name]
    holder[last] = _listed(holder[last], edit)
    return answer


def _lines(body: bytes, source: Declaration, edit: Edit) -> bytes:
    return b"".join(line + b"\n" for line in _listed([line for line in body.split(b"\n") if line.strip()], edit))


def _table(body: bytes, source: Declaration, edit: Edit) -> bytes:
    text = body.decode("utf-8-sig" if source.format.encoding == "utf-8" else source.format.encoding)
    header, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=source.format.delimiter)
    made = io.StringIO(newline="")
    kept = _listed([row for row in rows if row], edit)
    csv.writer(made, delimiter=source.format.delimiter).writerows([header, *kept])
    return made.getvalue().encode(source.format.encoding)


def _elements(found: list[Any], edit: Edit) -> None:
    for n, element in enumerate(found):
        wanted = edit(n, len(found))
        for _ in range(wanted - 1):
            element.addnext(copy.deepcopy(element))
        if not wanted:
            element.getparent().remove(element)


def _xml(body: bytes, source: Declaration, edit: Edit) -> bytes:
    tree = etree.fromstring(body)
    names = {source.format.root} if source.format.type == "xml" else {"item", "entry"}
    _elements([node for node in tree.iter(etree.Element) if etree.QName(node).localname in names], edit)
    return bytes(etree.tostring(tree, encoding=page_encoding(body, "utf-8"), xml_declaration=True))


def _rows(body: bytes, source: Declaration, edit: Edit) -> bytes:
    tree = etree.fromstring(body)
    _elements(list(tree.iter("{*}row"))[1:], edit)
    return bytes(etree.tostring(tree, encoding="utf-8", xml_declaration=True))


def _page(body: bytes, source: Declaration, edit: Edit) -> bytes:
    encoding = page_encoding(body, source.format.encoding)
    page = Selector(text=body.decode(encoding), type="html")
    headings = {node.root for css in getattr(source.format, "before", {}).values() for node in page.css(css)}
    cards = [card.root for card in page.css(source.format.root)]
    _elements([card for card in cards if not headings.intersection((card, *card.iterancestors()))], edit)
    return bytes(html.tostring(page.root, encoding=encoding, doctype="<!DOCTYPE html>"))


def _script(body: bytes, source: Declaration, edit: Edit) -> bytes:
    text = body.decode(source.format.encoding)
    script = "".join(Selector(text=text, type="html").css(source.format.script).css("::text").getall())
    made = json.dumps(_with_list(json.loads(script), source.format.root, edit), ensure_ascii=False)
    return text.replace(script, made).encode(source.format.encoding)


_EDITS: dict[str, Callable[[bytes, Declaration, Edit], bytes]] = {
    "json": _json, "sparql": _json, "jsonl": _lines, "csv": _table, "xml": _xml, "feed": _xml, "html": _page,
    "html_json": _script,
}  # fmt: skip


def recoded(body: bytes, source: Declaration) -> bytes:
    """The same words in bytes that are not what is declared: GB 18030 for UTF-8, UTF-16 for an encoding of one byte."""
    if body.startswith(b"PK"):
        return in_zip(body, source.format.root, lambda member: recoded(member, source))
    encoding = page_encoding(body, source.format.encoding)
    text = body.decode(encoding)
    if encoding.lower().replace("-", "") not in ("utf8", "utf8sig"):
        return text.encode("utf-16-le")
    if text.isascii():  # then both encodings give the same bytes: a letter with an accent tells them apart
        text = re.sub(r"(>[^<>]*?[A-Za-z]{2,})(?=[^<>]*<)|([A-Za-z]{3,}(?= [A-Za-z]))", r"\g<0>é", text, count=1)
    assert not text.isascii(), f"{source.id}: no words to put an accent into"
    return text.encode("gb18030")


def with_bomb(body: bytes) -> bytes:
    """XML that declares entities of entities of entities, and uses the last one."""
    text = body.decode(page_encoding(body, "utf-8"))
    root = re.search(r"<(?![?!])([\w:.-]+)[^>]*>", text)
    assert root
    head = text[: root.start()]
    prolog = re.search(r"<\?xml.*?\?>", head)
    doctype = f"<!DOCTYPE {root[1]} [{ENTITIES}]>"
    return f"{prolog[0] if prolog else ''}{doctype}{root[0]}&b8;{text[root.end() :]}".encode(
        page_encoding(body, "utf-8")
    )
