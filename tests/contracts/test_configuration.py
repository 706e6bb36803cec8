"""What is shipped can be run, and every mistake in it is pointed at: file, line, meaning."""

from __future__ import annotations

import shutil
import tomllib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from followup.catalogue.catalogue import Catalogue, read_catalogue
from followup.catalogue.problems import BadConfigurationError, Problem
from followup.domain.message import Kind
from followup.domain.segments import Encoding, segments
from followup.domain.wording import KINDS
from followup.flows.check_config import examine

ROOT = Path(__file__).parents[2]
SECRETS = {"GLOW_BOOKING_SECRET": "whsec_bmV3, whsec_b2xk"}
GLOW = "config/clinics/glow.toml"
MESO = "config/protocols/mesotherapy.toml"
ASK = "templates/sms/en/ask.txt"
NAMES = "templates/sms/en/names.toml"
BY = datetime(2026, 7, 15, 8, 30, tzinfo=UTC)


def read(root: Path = ROOT, environment: dict[str, str] | None = None) -> Catalogue:
    return read_catalogue(root / "config", root / "templates", SECRETS if environment is None else environment)


def problems_in(root: Path, environment: dict[str, str] | None = None) -> list[Problem]:
    found = examine(root / "config", root / "templates", SECRETS if environment is None else environment)
    return list(found.problems)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of what is shipped, to make mistakes in."""
    for folder in ("config", "templates/sms"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


@dataclass(frozen=True)
class Mistake:
    """`old` becomes `new` in `file`; the problem stands on the line of `at` (`new` if empty) and says `says`."""

    file: str
    old: str
    new: str
    says: str
    at: str = ""
    in_file: str = ""

    def __str__(self) -> str:
        return f"{Path(self.file).name}-{self.says}"

    def make(self, root: Path) -> None:
        path = root / self.file
        text = path.read_text(encoding="utf-8")
        assert self.old in text, f"{self.old!r} is not in {self.file}"
        path.write_text(text.replace(self.old, self.new, 1), encoding="utf-8")

    def line(self, root: Path) -> int:
        text = (root / (self.in_file or self.file)).read_text(encoding="utf-8")
        marker = self.at or self.new
        assert marker in text
        return text[: text.index(marker)].count("\n") + 1


def read_mistakes() -> dict[str, list[Mistake]]:
    tables = tomllib.loads((Path(__file__).parent / "mistakes.toml").read_text(encoding="utf-8"))
    return {name: [Mistake(**table) for table in found] for name, found in tables.items()}


MISTAKES = read_mistakes()


@pytest.mark.parametrize("mistake", [each for found in MISTAKES.values() for each in found], ids=str)
def test_a_mistake_is_named_with_its_file_and_line(house: Path, mistake: Mistake) -> None:
    mistake.make(house)
    found = problems_in(house)
    place = f"{house / (mistake.in_file or mistake.file)}:{mistake.line(house)}: "
    assert [each for each in map(str, found) if each.startswith(place) and mistake.says in each], found


def test_what_is_shipped_has_no_mistake() -> None:
    assert problems_in(ROOT) == []


@pytest.mark.parametrize("file", sorted((ROOT / "config").glob("[cp]*/*.toml")), ids=lambda file: file.stem)
def test_every_shipped_file_is_in_the_catalogue(file: Path) -> None:
    catalogue = read()
    assert file.stem in {"clinics": catalogue.clinics, "protocols": catalogue.protocols}[file.parent.name]


@pytest.mark.parametrize("language", sorted(folder.name for folder in (ROOT / "templates/sms").iterdir()))
@pytest.mark.parametrize("kind", KINDS)
def test_every_shipped_text_fits_one_gsm_part_for_the_usual_symptoms(language: str, kind: Kind) -> None:
    catalogue = read()
    asked = ("swelling",) if kind is Kind.ASK_REST else ("redness", "swelling")
    text = catalogue.texts.render(kind, language, catalogue.clinics["glow"], symptoms=asked, by=BY)
    counted = segments(text)
    assert (counted.encoding, counted.count, counted.offending) == (Encoding.GSM_7, 1, ())


def test_the_sample_clinic_is_what_the_contract_shows() -> None:
    catalogue = read()
    clinic = catalogue.clinics["glow"]
    assert catalogue.source("glow-native") == (clinic, clinic.sources[0])
    assert catalogue.source("unknown") is None
    assert clinic.sources[0].secrets == ("whsec_bmV3", "whsec_b2xk")
    assert clinic.sources[0].complete_after == timedelta(minutes=30)
    assert catalogue.clinic_of_sender("+447400123456") is clinic
    assert catalogue.clinic_of_sender("+447400000000") is None
    assert catalogue.protocol_of(clinic, "lipo") is catalogue.protocols["mesotherapy_lipolytic"]
    assert catalogue.protocol_of(clinic, "laser") is None
    assert catalogue.protocol_of(clinic, None) is None
    assert clinic.sending_hours.by_weekday[5] == (time(9), time(20))
    assert clinic.sending_hours.by_weekday[6] == (time(12), time(20))
    assert 6 not in clinic.opening_hours.by_weekday
    assert "whsec" not in repr(catalogue.clinics)


def test_the_shipped_windows_are_those_of_the_care_table() -> None:
    expected = read().protocols["mesotherapy"].expected
    hours = {symptom: window.window / timedelta(hours=1) for symptom, window in expected.items() if window.window}
    assert hours == {"redness": 48, "swelling": 48, "bruising": 168, "pain": 48, "itching": 48, "bumps": 48}
    lipolytic = read().protocols["mesotherapy_lipolytic"]
    assert [plan.after / timedelta(hours=1) for plan in lipolytic.check_ins] == [24, 72, 168, 336, 672, 2016]


def test_nobody_has_approved_what_is_shipped() -> None:
    assert not any(protocol.approved_by for protocol in read().protocols.values())


def test_the_most_specific_hours_win_wherever_they_stand(house: Path) -> None:
    Mistake(
        GLOW,
        'every_day = "09:00-20:00"\nsunday = "12:00-20:00"',
        'sunday = "closed"\nmonday = "10:00-24:00"\nweekdays = "00:00-24:00"\nevery_day = "08:00-12:00"',
        "",
    ).make(house)
    spans = read(house).clinics["glow"].sending_hours.by_weekday
    assert spans[0] == (time(10), time(0))
    assert spans[1] == (time(0), time(0))
    assert spans[5] == (time(8), time(12))
    assert 6 not in spans


@pytest.mark.parametrize(
    ("written", "length"), [("never", None), ("2d", timedelta(days=2)), ("1h30m", timedelta(minutes=90))]
)
def test_a_source_may_wait_for_the_completion_itself(house: Path, written: str, length: timedelta | None) -> None:
    Mistake(GLOW, 'complete_after = "30m"', f'complete_after = "{written}"', "").make(house)
    assert read(house).clinics["glow"].sources[0].complete_after == length


def test_a_secret_may_stand_in_a_file(house: Path) -> None:
    file = house / "secret"
    file.write_text("whsec_ZmlsZQ==\n", encoding="utf-8")
    catalogue = read(house, {"GLOW_BOOKING_SECRET_FILE": str(file)})
    assert catalogue.clinics["glow"].sources[0].secrets == ("whsec_ZmlsZQ==",)


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({}, "the environment has no GLOW_BOOKING_SECRET (and no GLOW_BOOKING_SECRET_FILE)"),
        ({"GLOW_BOOKING_SECRET": "  "}, "the environment has no GLOW_BOOKING_SECRET"),
        ({"GLOW_BOOKING_SECRET": " , "}, "the environment has no GLOW_BOOKING_SECRET"),
        ({"GLOW_BOOKING_SECRET_FILE": "/nowhere/at/all"}, "GLOW_BOOKING_SECRET_FILE names a file that cannot be read"),
    ],
)
def test_a_missing_secret_is_named(house: Path, environment: dict[str, str], says: str) -> None:
    (problem,) = problems_in(house, environment)
    assert says in problem.what
    assert problem.file == house / GLOW
    assert "secret =" in (house / GLOW).read_text(encoding="utf-8").splitlines()[problem.line - 1]


def test_a_value_that_may_be_a_secret_is_never_repeated(house: Path) -> None:
    Mistake(GLOW, '"env:GLOW_BOOKING_SECRET"', '"whsec_hunter2"', "").make(house)
    assert "hunter2" not in "\n".join(map(str, problems_in(house)))


def test_all_mistakes_are_named_at_once_in_the_order_of_the_files(house: Path) -> None:
    chosen = [found[0] for found in MISTAKES.values()]
    for mistake in chosen:
        mistake.make(house)
    with pytest.raises(BadConfigurationError) as refusal:
        read(house)
    said = [str(problem) for problem in refusal.value.problems]
    assert said == sorted(said)
    for mistake in chosen:
        assert any(f"{mistake.file}:{mistake.line(house)}: " in line and mistake.says in line for line in said)


def test_a_second_clinic_may_not_take_the_firsts_sources_or_sender(house: Path) -> None:
    text = (house / GLOW).read_text(encoding="utf-8").replace('id = "glow"', 'id = "shine"')
    (house / "config/clinics/shine.toml").write_text(text, encoding="utf-8")
    said = {problem.what for problem in problems_in(house)}
    assert 'the clinic "glow" has a booking source "glow-native" already' in said
    assert 'the clinic "glow" texts from this sender already: a reply could be to either' in said


def test_two_files_may_not_hold_one_clinic(house: Path) -> None:
    shutil.copy(house / GLOW, house / "config/clinics/copy.toml")
    said = [str(problem) for problem in problems_in(house)]
    assert any('copy.toml:4: another clinic has the id "glow" too' in line for line in said)
    assert any('the id is "glow" but the file is copy.toml' in line for line in said)


def test_a_live_clinic_runs_on_an_approved_protocol(house: Path) -> None:
    Mistake(GLOW, 'gateway = "simulator"', 'gateway = "twilio"', "").make(house)
    for file in (house / "config/protocols").glob("*.toml"):
        name = f"config/protocols/{file.name}"
        Mistake(name, 'approved_by = ""', 'approved_by = "Dr A. Example"', "").make(house)
        Mistake(name, 'approved_on = ""', "approved_on = 2026-11-24", "").make(house)
    protocol = read(house).protocols["mesotherapy"]
    assert (protocol.approved_by, protocol.approved_on) == ("Dr A. Example", "2026-11-24")


@pytest.mark.parametrize(
    "gone", ["config/clinics", "config/protocols", "config/vocabulary", "templates/sms", "config", "templates"]
)
def test_a_missing_folder_is_named(house: Path, gone: str) -> None:
    shutil.rmtree(house / gone)
    assert any(problem.file.is_relative_to(house / gone) for problem in problems_in(house))


def test_a_folder_without_clinics_is_no_configuration(house: Path) -> None:
    (house / GLOW).unlink()
    assert [problem.what for problem in problems_in(house)] == [
        "no clinic: there should be one file for each, such as glow.toml"
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_a_language_needs_a_text_of_every_kind(house: Path, kind: Kind) -> None:
    file = house / f"templates/sms/es/{kind}.txt"
    file.unlink()
    (problem,) = problems_in(house)
    assert (problem.file, problem.line) == (file, 1)
    assert "a language needs a text of every kind" in problem.what


def test_a_text_nobody_sends_is_a_misspelt_one(house: Path) -> None:
    (house / "templates/sms/en/remindd.txt").write_text("{clinic}", encoding="utf-8")
    (problem,) = problems_in(house)
    assert problem.what == 'no text of ours is called remindd.txt, did you mean "remind.txt"?'


def test_what_we_say_and_what_we_understand_are_one_language(house: Path) -> None:
    shutil.copytree(house / "templates/sms/en", house / "templates/sms/de")
    shutil.copytree(house / "config/vocabulary/en", house / "config/vocabulary/fr")
    said = [(problem.file, problem.what) for problem in problems_in(house)]
    assert (house / "config/vocabulary/de", '"de" has texts but no vocabulary') in said
    assert (house / "templates/sms/fr", '"fr" has a vocabulary but no texts') in said


def test_an_empty_text_is_refused(house: Path) -> None:
    (house / ASK).write_text("# nothing yet\n\n", encoding="utf-8")
    (problem,) = problems_in(house)
    assert problem.what == "has no words"


@pytest.mark.parametrize("file", [GLOW, MESO, ASK, NAMES])
def test_a_file_that_is_not_utf_8_is_named(house: Path, file: str) -> None:
    (house / file).write_bytes('name = "Clínica"'.encode("latin-1"))
    assert any(problem.file == house / file and "not UTF-8" in problem.what for problem in problems_in(house))


@pytest.mark.parametrize("file", [GLOW, MESO, ASK, NAMES])
def test_a_byte_order_mark_and_windows_line_ends_change_nothing(house: Path, file: str) -> None:
    text = (house / file).read_text(encoding="utf-8")
    (house / file).write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert problems_in(house) == []
    changed, shipped = read(house), read()
    assert (changed.clinics, changed.protocols, changed.texts) == (shipped.clinics, shipped.protocols, shipped.texts)


def test_lines_are_told_right_after_texts_and_lists_over_several_lines(house: Path) -> None:
    Mistake(
        GLOW,
        'languages = ["en", "es"] ',
        'languages = [\n  "en",  # [sms]\n  "es",\n]\nemergency_numbr = """\n[sms]\nper_day = 5\n"""\n',
        "",
    ).make(house)
    mistake = Mistake(GLOW, "per_day = 1", 'per_day = "1"', "should be a whole number")
    mistake.make(house)
    lines = {problem.line for problem in problems_in(house) if mistake.says in problem.what}
    assert lines == {mistake.line(house)}


def test_a_script_that_gsm_lacks_is_no_mistake_of_the_clinic(house: Path) -> None:
    replace(Mistake(GLOW, "Glow Clinic", "Клиника Сияние", "")).make(house)
    said = [problem.what for problem in problems_in(house)]
    assert not [what for what in said if "GSM-7" in what]
