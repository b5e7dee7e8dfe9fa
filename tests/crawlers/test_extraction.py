"""The text of files, by the real process of its own; and each way in which a file is broken."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile

import docx
import pytest

from crawlers.extracting import Limits, extract_text
from crawlers.extraction import OLE
from settings import ROOT
from tests.crawlers.documents_made import bomb_docx, encrypted_pdf, form_docx, made_pdf, saved, with_more

ENOUGH = "The draft regulation sets limits for residues of imidacloprid in tea."


def test_a_docx_is_read_in_its_order_with_its_tables() -> None:
    document = docx.Document()
    document.add_paragraph("before")
    table = document.add_table(rows=2, cols=2)
    merged = table.cell(0, 0).merge(table.cell(0, 1))
    merged.text = "over both"
    table.cell(1, 0).text = "茶叶"
    table.cell(1, 1).add_table(rows=1, cols=1).cell(0, 0).text = "a table in a cell"
    document.add_paragraph("after")
    found = extract_text(saved(document))
    assert found.text == "before\nover both\n茶叶 | a table in a cell\nafter"
    assert (found.problem, found.pages, found.is_cut) == ("", None, False)


def test_a_pdf_is_read_page_by_page_up_to_the_limit() -> None:
    body = made_pdf(f"{ENOUGH} One.", f"{ENOUGH} Two.", f"{ENOUGH} Three.")
    whole = extract_text(body)
    assert whole.text == "\n".join(f"{ENOUGH} {number}." for number in ("One", "Two", "Three"))
    assert (whole.pages, whole.is_cut) == (3, False)
    some = extract_text(body, Limits(pages=2))
    assert (some.text.count(ENOUGH), some.pages, some.is_cut) == (2, 3, True)


def test_long_texts_are_cut_and_say_so() -> None:
    document = docx.Document()
    for _ in range(50):
        document.add_paragraph("x" * 100)
    found = extract_text(saved(document), Limits(characters=1000))
    assert (len(found.text), found.is_cut, found.problem) == (1000, True, "")


def test_text_fits_both_kinds_of_store() -> None:
    document = docx.Document()
    document.add_paragraph("a\tb\u00a0c")
    archive = io.BytesIO(saved(document))
    assert extract_text(archive.getvalue()).text == "a b c"
    assert "\x00" not in extract_text(made_pdf(ENOUGH + "\\000 end")).text


def _damaged_docx() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", "<w:document><w:body>")
        archive.writestr("[Content_Types].xml", "<Types")
    return file.getvalue()


def _other_archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return file.getvalue()


BROKEN = {
    "a password": (encrypted_pdf(), "encrypted"),
    "an encrypted Office file": (OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
    "a scan": (made_pdf("", ""), "scan"),
    "Word of before 2007": (OLE + b"\0" * 2000, "old_word"),
    "a cut PDF": (made_pdf(ENOUGH)[:60], "damaged"),
    "a cut DOCX": (form_docx()[:-200], "damaged"),
    "no DOCX inside": (_damaged_docx(), "damaged"),
    "a workbook": (_other_archive(), "other_format"),
    "a bomb": (bomb_docx(), "bomb"),
    "an empty DOCX": (saved(docx.Document()), "empty"),
    "a web page": (b"\n<!DOCTYPE html><html><body>Please sign in</body></html>", "web_page"),
    "something else": (b"{\\rtf1 hello}", "other_format"),
    "noise": (bytes(range(256)) * 40, "other_format"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_told_by_name(name: str) -> None:
    body, problem = BROKEN[name]
    found = extract_text(body)
    assert (found.problem, found.text) == (problem, ""), found
    assert found.reason and "\n" not in found.reason


def test_a_file_that_takes_too_long_is_given_up() -> None:
    """A union of so many siblings is put in order in quadratic time: minutes, out of 12 KB."""
    body = with_more(b"<w:p/>" * 1_000_000)
    found = extract_text(body, Limits(seconds=1))
    assert (found.problem, found.text) == ("too_slow", "") and "1 s" in found.reason
    assert len(body) < 60_000


def test_a_file_that_takes_too_much_memory_is_given_up() -> None:
    body = with_more((b"<w:p><w:r><w:t>" + b"x" * 9_000_000 + b"</w:t></w:r></w:p>") * 6)
    found = extract_text(body, Limits(memory_mb=100))
    assert (found.problem, found.text) == ("too_much_memory", ""), found
    assert "imidacloprid" in extract_text(body).text


@pytest.mark.parametrize("name", ["SIGSEGV", "SIGKILL"])
def test_a_process_that_is_killed_marks_the_file(name: str) -> None:
    command = (sys.executable, "-c", f"import os, signal; os.kill(os.getpid(), signal.{name})")
    found = extract_text(form_docx(), command=command)
    assert (found.problem, found.reason) == ("crashed", f"reading it ended by {name}")


def test_a_process_that_says_nothing_marks_the_file() -> None:
    found = extract_text(form_docx(), command=(sys.executable, "-c", "raise SystemExit('no such thing')"))
    assert found.problem == "crashed" and "no such thing" in found.reason


def test_only_that_process_loads_the_libraries() -> None:
    script = (
        "import sys, crawlers.documents, crawlers.document_process, crawlers.extracting\n"
        "print([name for name in ('docx', 'pypdfium2') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
