"""A letter of one page as a PDF, made of plain text: small, whole, and without anything that runs."""

from __future__ import annotations

import textwrap


def pdf(heading: str, text: str) -> bytes:
    """A letter of one page as a PDF (ISO 32000-2), in the letter that every reader has."""
    lines = [line for part in paragraphs(text) for line in (*textwrap.wrap(part, 86), "")]
    shown = [f"/F2 15 Tf 72 770 Td ({_quoted(heading)}) Tj /F1 11 Tf 0 -34 Td 15 TL"]
    shown += [f"({_quoted(line)}) Tj T*" for line in lines]
    stream = f"BT {' '.join(shown)} ET".encode("cp1252")
    fonts = "/Font << /F1 5 0 R /F2 6 0 R >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (nl) >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << {fonts} >> >>".encode(),
        f"<< /Length {len(stream)} >>\nstream\n".encode() + stream + b"\nendstream",
        *(
            f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>".encode()
            for name in ("Helvetica", "Helvetica-Bold")
        ),
    ]
    made, places = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(made))
        made += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    end = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    end += f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(made)}\n%%EOF\n"
    return made + end.encode()


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text, each as one line."""
    return [" ".join(part.split()) for part in text.split("\n\n")]


def _quoted(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
