"""JSON lines and CSV read no further than they are asked for, and say the same as when read at once."""

from __future__ import annotations

import io
import zipfile

import pytest

from crawlers.declaration_parts import Format
from crawlers.errors import SourceError, TruncatedAnswer, WrongCharset, WrongFormat
from crawlers.formats import each_record, find_records

LINES = b'{"id": 1, "name": "a\xe2\x80\xa8b"}\n\n{"id": 2}\n'
TABLE = b'id,name\r\n1,"two\r\nlines"\r\n2,b\r\n'


def zipped(**members: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name + ".CSV", body)
    return made.getvalue()


@pytest.mark.parametrize(
    ("form", "body"),
    [
        (Format(type="jsonl"), LINES),
        (Format(type="jsonl"), b"\xef\xbb\xbf" + LINES.rstrip()),
        (Format(type="csv"), TABLE),
        (Format(type="csv", root="rows*.csv"), zipped(ROWS_2026=TABLE, CHARGES=b"x,y\n")),
        (Format(type="json", root="rows"), b'{"rows": [{"id": 1}, {"id": 2}]}'),
    ],
)
def test_one_by_one_gives_what_all_at_once_gives(form: Format, body: bytes) -> None:
    records = list(each_record(body, form))
    assert [str(record["id"]) for record in records] == ["1", "2"]
    assert records == find_records(body, form).records


@pytest.mark.parametrize(
    ("form", "body", "error"),
    [
        (Format(type="jsonl"), b'{"id": 1}\n{"id": 2}\n{"id": 3,\n{"id": 4}\n', WrongFormat),
        (Format(type="jsonl"), b'{"id": 1}\n{"id": 2}\n{"id": 3,', TruncatedAnswer),
        (Format(type="jsonl"), b'{"id": 1}\n{"id": 2}\n[3]\n', WrongFormat),
        (Format(type="csv"), b"id,name\n1,a\n2,b\n3,c,d\n4,e\n", WrongFormat),
        (Format(type="csv"), b"id,name\n1,a\n2,b\n3", TruncatedAnswer),
    ],
)
def test_what_stands_before_a_fault_is_given_first(form: Format, body: bytes, error: type[SourceError]) -> None:
    records = each_record(body, form)
    assert [str(next(records)["id"]), str(next(records)["id"])] == ["1", "2"]
    with pytest.raises(error):
        next(records)


def test_a_marker_must_stand_in_the_answer() -> None:
    assert len(list(each_record(LINES, Format(type="jsonl"), marker='"name"'))) == 2
    with pytest.raises(WrongFormat, match="lacks 'price'"):
        next(each_record(LINES, Format(type="jsonl"), marker="price"))


def test_bytes_that_the_encoding_has_not_cost_the_file_or_are_shown_as_such() -> None:
    body = b"id,name\n1,caf\xe9 \x92\n2,\x81\n"
    strict = Format(type="csv", encoding="cp1252")
    with pytest.raises(WrongCharset, match="not cp1252"):
        list(each_record(body, strict))
    lenient = strict.model_copy(update={"lenient": True})
    assert [record["name"] for record in each_record(body, lenient)] == ["café \u2019", "\ufffd"]
    with pytest.raises(WrongCharset, match="UTF-16"):
        list(each_record("id,name\n1,a\n".encode("utf-16-le"), lenient))
    with pytest.raises(WrongCharset, match="not known"):
        list(each_record(body, Format(type="csv", encoding="klingon")))


def test_one_member_of_a_zip_must_fit() -> None:
    form = Format(type="csv", root="rows*.csv")
    for archive in (zipped(CHARGES=TABLE), zipped(ROWS_1=TABLE, ROWS_2=TABLE)):
        with pytest.raises(WrongFormat, match="one is wanted"):
            list(each_record(archive, form))
    with pytest.raises(TruncatedAnswer):
        list(each_record(zipped(ROWS=TABLE)[:-30], form))
