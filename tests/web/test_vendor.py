from __future__ import annotations

import hashlib
import re

from followup.web.assets import HERE, read_assets

VENDOR = HERE / "vendor"
ROW = re.compile(r"\| `(?P<name>[^`]+)` \|.*\| (?P<version>[\d.]+) \| (?P<licence>\S+) \| `(?P<sum>[0-9a-f]{64})` \|")
README = (VENDOR / "README.md").read_text(encoding="utf-8")
ROWS = {row["name"]: row for row in ROW.finditer(README)}


def test_every_file_that_is_not_ours_stands_in_the_list_with_its_licence_and_is_as_it_was_published() -> None:
    files = {path.name: path for path in VENDOR.iterdir() if path.name != "README.md"}
    assert files.keys() == ROWS.keys()
    for name, path in files.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == ROWS[name]["sum"]
        assert ROWS[name]["licence"] == "0BSD"
    assert "Zero-Clause BSD" in README


def test_htmx_is_of_the_version_in_the_list() -> None:
    said = re.search(r'this\.version="([\d.]+)"', (VENDOR / "htmx.min.js").read_text(encoding="utf-8"))
    assert said is not None
    assert said[1] == ROWS["htmx.min.js"]["version"] == ROWS["hx-sse.min.js"]["version"]


def test_they_are_given_out_like_our_own_files_and_no_two_files_have_one_name() -> None:
    names = [path.name for path in HERE.rglob("*") if path.suffix in {".js", ".css", ".svg"}]
    assert sorted(names) == sorted(read_assets().by_name)
    assert ROWS.keys() <= set(names)
