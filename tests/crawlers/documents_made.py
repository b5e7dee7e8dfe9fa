"""Files as notices have them, made by the test: DOCX by python-docx, PDF by hand; and a notice that wants them."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from typing import Any

import docx
from sqlmodel import Session

from store.notice import Notice
from tests.rows import insert_notice

SYMBOL = "G/SPS/N/JPN/1400"
FORM_URL = "https://docs.wto.org/imrd/directdoc.asp?DDFDocuments/t/G/SPS/NJPN1400.DOCX"
ANNEX_URL = "https://members.wto.org/crnattachments/2026/SPS/JPN/26_00400_00_e.pdf"
DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ITEMS = (
    ("1.", "Notifying Member: Japan"),
    ("2.", "Agency responsible: Ministry of Health, Department of Food Safety. Telephone: 1234, Telefax: 5678"),
    ("3.", "Products covered (provide tariff item number(s); ICS numbers where applicable): Green tea (HS 0902)"),
    ("4.", "Regions or countries likely to be affected: [X] All trading partners"),
    ("5.", "Title of the notified document: Revision of the Standards. Language(s): English. Number of pages: 4"),
    ("6.", "Description of content: limits for imidacloprid in green tea and in tea leaves"),
    ("7.", "Objective and rationale: [X] food safety, [ ] animal health, [ ] plant protection"),
)


def form_docx(items: tuple[tuple[str, str], ...] = ITEMS) -> bytes:
    """The WTO's form: a heading, then a table of a row an item."""
    document = docx.Document()
    document.add_paragraph("NOTIFICATION")
    table = document.add_table(rows=0, cols=2)
    for number, said in items:
        cells = table.add_row().cells
        cells[0].text, cells[1].text = number, said
    return saved(document)


def saved(document: Any) -> bytes:
    """The bytes of a python-docx document."""
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def made_pdf(*pages: str) -> bytes:
    """A PDF with a line of text a page; "" is a page without any, as in a scan."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    kids = []
    for text in pages:
        content = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET" if text else "0 0 10 10 re f"
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
        kids.append(f"{len(objects) + 1} 0 R")
        font = "<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {len(objects)} 0 R /Resources {font} >>"
        )
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(kids)}] >>"
    return _with_objects(objects)


def _with_objects(objects: list[str], trailer: str = "") -> bytes:
    out, places = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(objects) + 1
    out += f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R {trailer}>>\n"
    return f"{out}startxref\n{out.index('xref')}\n%%EOF\n".encode("latin-1")


def encrypted_pdf() -> bytes:
    """A PDF that asks for a password: its keys belong to none that anybody tries."""
    key = "<" + "41" * 32 + ">"
    encrypt = f"/Encrypt << /Filter /Standard /V 1 /R 2 /O {key} /U {key} /P -4 >> /ID [{key} {key}] "
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Count 0 /Kids [] >>"]
    return _with_objects(objects, encrypt)


def bomb_docx() -> bytes:
    """A DOCX of some kilobytes that unpacks to more than is read."""
    file = io.BytesIO(form_docx())
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/media/image1.bin", b"\0" * 120_000_000)
    return file.getvalue()


def with_more(paragraphs: bytes) -> bytes:
    """The form with further paragraphs, as XML."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(form_docx())) as whole, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in whole.infolist():
            archive.writestr(part, whole.read(part).replace(b"<w:sectPr", paragraphs + b"<w:sectPr", 1))
    return file.getvalue()


def insert_wanting(session: Session, now: datetime, **fields: Any) -> Notice:
    """News on residue limits that names neither substance nor goods, unclassified, with two files."""
    values: dict[str, Any] = {
        "domain": "SPS",
        "issuer": "JPN",
        "title": "Revision of the Specifications and Standards",
        "products": "",
        "description": "Proposed residue limits for the following agricultural chemical.",
        "hs": [],
        "links": [
            {"rel": "notification", "lang": "en", "url": FORM_URL},
            {"rel": "document", "lang": "en", "url": ANNEX_URL},
        ],
    } | fields
    return insert_notice(session, now, values.pop("symbol", SYMBOL), None, **values)
