"""What was taken from elsewhere is unchanged, licensed, and complete."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENDOR = ROOT / "static" / "vendor"


def test_every_vendored_file_is_the_one_that_was_fetched():
    manifest = dict(reversed(line.split("  ", 1)) for line in (VENDOR / "manifest.sha256").read_text().splitlines())
    files = [p for p in VENDOR.rglob("*") if p.is_file() and p.name != "manifest.sha256"]
    found = {str(p.relative_to(VENDOR)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}
    assert found == manifest


def test_every_vendored_folder_has_its_licence():
    assert all((folder / "LICENSE").exists() for folder in VENDOR.iterdir() if folder.is_dir())


def test_every_icon_that_a_template_names_is_in_the_sprite():
    sprite = (VENDOR / "lucide" / "icons.svg").read_text()
    drawn = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    assert drawn == set(json.loads((ROOT / "frontend" / "icons.json").read_text()))
    pages = [page.read_text() for page in (ROOT / "templates").rglob("*.html")]
    named = {name for text in pages for name in re.findall(r'(?:\{% icon |\bicon=)"([^"]+)"', text)}
    assert named <= drawn, f"not in frontend/icons.json: {sorted(named - drawn)}"


def test_no_template_carries_style_or_script_inline():
    to_keep = ROOT / "templates" / "rights" / "copy_letter.html"  # one file in a download, opened from a disk
    for page in set((ROOT / "templates").rglob("*.html")) - {to_keep}:
        text = page.read_text()
        assert not re.search(r'\sstyle="|\son[a-z]+="|<style|<script(?![^>]*\bsrc=)', text), page
