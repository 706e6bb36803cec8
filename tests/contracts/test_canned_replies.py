"""What staff often write is the clinic's own, and a mistake in it is named with its line before anybody uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.catalogue.problems import Problems
from followup.catalogue.replies import read_replies
from followup.domain.segments import Encoding, segments
from kit.builders import a_clinic
from kit.sources import TOP

if TYPE_CHECKING:
    from pathlib import Path


def test_the_shipped_ones_are_plain_short_and_without_mistakes() -> None:
    problems = Problems()
    replies = read_replies(TOP / "templates" / "replies", problems)
    problems.raise_if_any()
    for reply in (reply for listed in replies.values() for reply in listed):
        filled = reply.filled(a_clinic(), "Zara")
        assert "{" not in filled
        assert segments(filled).encoding is Encoding.GSM_7, reply.id
        assert segments(filled).count <= 2, reply.id


def test_a_clinic_need_not_have_any(tmp_path: Path) -> None:
    assert read_replies(tmp_path / "replies", Problems()) == {}


def test_an_unknown_placeholder_an_empty_file_and_one_that_is_no_text_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "en"
    folder.mkdir()
    (folder / "a.txt").write_text("# hello\nring {fone}\n", encoding="utf-8")
    (folder / "b.txt").write_text("# nothing\n", encoding="utf-8")
    (folder / "c.txt").write_bytes(b"\xff\xfe")
    problems = Problems()
    read_replies(tmp_path, problems)
    said = [str(problem) for problem in problems.found]
    assert len(said) == 3
    assert 'a.txt:2: no placeholder of a reply is called {fone}, did you mean "phone"?' in said[0]


def test_a_patient_without_a_name_is_greeted_without_a_gap() -> None:
    [reply] = [one for one in read_replies(TOP / "templates" / "replies", Problems())["en"] if "{given}" in one.text]
    assert "hello, thank" in reply.filled(a_clinic(), "")
