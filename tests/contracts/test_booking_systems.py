"""The booking systems' adapters: who signed, what each event means, and the traps each system sets."""

from __future__ import annotations

import base64
import hmac
import json
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from followup.bookings import Fetch, QuarantinedError, RejectedError, Request, Setting
from followup.bookings.find import find_adapters
from followup.bookings.said import consent, names, phone
from followup.bookings.tolerant import end_after, instant, local_span, read_object, words
from followup.domain.inputs import Booking, BookingStatus, Consent
from kit.booking_facts import Desk
from kit.booking_lives import ROOT, sample_body, sample_request

ADAPTERS = find_adapters()
NOW = datetime(2026, 12, 2, 9, 0, tzinfo=UTC)
SECRET = "a-secret"
PATHS = sorted(path for path in ROOT.glob("*/samples/*.http") if path.parts[-3] != "native")
SHARED = Path(__file__).parents[3] / "shared" / "fixtures" / "booking"

every_sample = pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parts[-3]}/{path.stem}")


@dataclass(frozen=True)
class Signed:
    system: str
    request: Request
    secret: str
    at: datetime

    def holds(self, *secrets: str, **changes: Any) -> bool:
        at = changes.pop("at", self.at)
        return ADAPTERS[self.system].is_signed(replace(self.request, **changes), secrets or (self.secret,), at)


def signed(path: Path) -> Signed:
    said = json.loads(path.with_suffix(".json").read_text())["signed"]
    request = sample_request(path.parts[-3], path.stem)
    return Signed(path.parts[-3], request, said["secret"], datetime.fromisoformat(said["at"]))


def facts(found: Any) -> list[Booking]:
    return [each for each in found if isinstance(each, Booking)]


def read(system: str, name: str, body: Any = None, **setting: Any) -> list[Booking | Fetch]:
    request = sample_request(system, name, body)
    return list(ADAPTERS[system].read(replace(request, setting=replace(request.setting, **setting))))


# Which header carries the proof, and whether it covers the body.
PROOFS = {
    "calcom": ("x-cal-signature-256", True),
    "square": ("x-square-hmacsha256-signature", True),
    "acuity": ("x-acuity-signature", True),
    "calendly": ("calendly-webhook-signature", True),
    "easyappointments": ("x-ea-token", False),
    "fhir": ("authorization", False),
    "mapped": ("x-webhook-secret", False),
}


@every_sample
def test_a_changed_byte_a_changed_secret_and_no_signature_are_refused(path: Path) -> None:
    sample = signed(path)
    header, covers_body = PROOFS[sample.system]
    header = (sample.request.setting.mapping.header if sample.request.setting.mapping else None) or header
    header = sample.request.setting.header or header
    proof = sample.request.headers[header]
    others = {name: value for name, value in sample.request.headers.items() if name != header}

    assert sample.holds()
    assert sample.holds("another", sample.secret)
    assert not sample.holds("another")
    assert not sample.holds("")
    assert not sample.holds(headers=others)
    assert not sample.holds(headers={**others, header: ""})
    assert not sample.holds(headers={**others, header: proof[:-2]})
    assert not sample.holds(headers={**others, header: proof + "a"})
    if covers_body:
        flipped = bytes([sample.request.body[0] ^ 1]) + sample.request.body[1:]
        assert not sample.holds(body=flipped)
        assert not sample.holds(body=sample.request.body + b" ")


def test_square_signs_our_address_too_as_its_published_vector_shows() -> None:
    # github square/square-python-sdk, tests/integration/test_webhooks_helper.py (MIT)
    url = "https://webhook.site/679a4f3a-dcfa-49ee-bac5-9d0edad886b9"
    body = (
        b'{"merchant_id":"MLEFBHHSJGVHD","type":"webhooks.test_notification",'
        b'"event_id":"ac3ac95b-f97d-458c-a6e6-18981597e05f","created_at":"2022-07-13T20:30:59.037339943Z",'
        b'"data":{"type":"webhooks","id":"bc368e64-01aa-407e-b46e-3231809b1129"}}'
    )
    headers = {"x-square-hmacsha256-signature": "GF4YkrJgGBDZ9NIYbNXBnMzqb2HoL4RW/S6vkZ9/2N4="}
    square, key = ADAPTERS["square"], "Ibxx_5AKakO-3qeNVR61Dw"

    assert square.is_signed(Request(headers, body, Setting(url=url)), [key], NOW)
    assert not square.is_signed(Request(headers, body, Setting(url=url + "/")), [key], NOW)
    assert not square.is_signed(Request(headers, body), [key], NOW)
    assert square.read(Request(headers, body, Setting(url=url))) == ()


def test_calcom_without_a_secret_is_refused_whatever_the_secret() -> None:
    for said in ("no-secret-provided", "NO-SECRET-PROVIDED", "", "é"):
        request = Request({"x-cal-signature-256": said}, b"{}")
        assert not ADAPTERS["calcom"].is_signed(request, ["no-secret-provided", SECRET], NOW)


@pytest.mark.parametrize("off", [-301, 301])
def test_calendly_is_refused_when_its_time_is_more_than_five_minutes_off(off: int) -> None:
    sample = signed(ROOT / "calendly" / "samples" / "booked.http")
    sent_at = sample.at - timedelta(seconds=2)

    assert sample.holds(at=sent_at + timedelta(seconds=off - off // abs(off)))
    assert not sample.holds(at=sent_at + timedelta(seconds=off))


def test_calendly_takes_one_good_signature_among_several() -> None:
    sample = signed(ROOT / "calendly" / "samples" / "booked.http")
    proof = sample.request.headers["calendly-webhook-signature"]
    headers = {"calendly-webhook-signature": proof.replace(",v1=", ",v1=abcd,v0=é,v1=")}

    assert sample.holds(headers=headers)


@pytest.mark.parametrize(
    "proof", ["t=,v1=", "v1=aa", "t=1796202000", "t=1e9,v1=aa", "t=99999999999999,v1=aa", "t==,=", ","]
)
def test_a_signature_header_that_is_none_is_refused_and_nothing_stumbles(proof: str) -> None:
    assert not ADAPTERS["calendly"].is_signed(Request({"calendly-webhook-signature": proof}, b"{}"), [SECRET], NOW)


def test_a_fhir_server_may_send_the_secret_bare_or_as_a_bearer_token() -> None:
    for given in (SECRET, f"Bearer {SECRET}"):
        assert ADAPTERS["fhir"].is_signed(Request({"authorization": given}, b""), [SECRET], NOW)
    own = Setting(header="x-fhir-secret")
    assert ADAPTERS["fhir"].is_signed(Request({"x-fhir-secret": SECRET}, b"", own), [SECRET], NOW)
    assert not ADAPTERS["fhir"].is_signed(Request({"authorization": SECRET}, b"", own), [SECRET], NOW)


def test_a_mapped_call_that_lacks_the_prefix_is_refused() -> None:
    sample = signed(ROOT / "mapped" / "samples" / "list.hmac_hex.http")
    bare = hmac.digest(sample.secret.encode(), sample.request.body, "sha256").hex()

    assert sample.holds()
    assert not sample.holds(headers={"x-hub-signature-256": bare})


def test_two_moves_of_an_acuity_appointment_are_the_same_bytes_and_none_is_taken_for_the_other() -> None:
    request = sample_request("acuity", "rescheduled")

    assert ADAPTERS["acuity"].key(request) is None
    assert ADAPTERS["acuity"].read(request) == [Fetch("appointment", "54321")]


def test_the_end_of_a_meeting_is_known_at_its_end_and_not_when_it_was_booked() -> None:
    row = {**sample_body("calcom", "completed"), "createdAt": "2026-11-01T00:00:00.000Z"}
    moved = sample_body("calcom", "booked")
    moved["createdAt"] = "2026-11-30T11:00:00.000Z"
    desk = Desk()

    desk.hear(facts(read("calcom", "booked", moved)))
    desk.hear(facts(read("calcom", "completed", row)))

    [episode] = desk.episodes.values()
    assert episode.state.value == "active"
    assert str(episode.completion) == "explicit"


def test_the_end_of_one_meeting_does_not_bring_back_a_consent_withdrawn_since() -> None:
    later = sample_body("calcom", "booked.no_phone")
    later["createdAt"], later["payload"]["uid"] = "2026-11-25T11:00:00.000Z", "cal-later"
    desk = Desk()
    for told in (read("calcom", "booked"), read("calcom", "booked", later), read("calcom", "completed")):
        desk.hear(facts(told))

    [patient] = desk.people.values()
    assert patient.consent == Consent.WITHDRAWN
    assert patient.phone == "+39 333 010 0199"


def test_of_guests_nobody_is_followed_up_and_of_seats_everybody() -> None:
    desk = Desk()
    seats = sample_body("calcom", "booked.seat")
    for email in ("ada@example.com", "bea@example.com"):
        seats["payload"]["attendees"][0]["email"] = email
        desk.hear(facts(read("calcom", "booked.seat", seats)))
    assert len(desk.episodes) == 2

    desk = Desk()
    desk.hear(facts(read("calcom", "booked.guests")))
    assert len(desk.episodes) == 1


def test_one_seat_that_moves_leaves_the_others_where_they_are() -> None:
    desk = Desk()
    seats = sample_body("calcom", "booked.seat")
    for email in ("zoe.dangelo@example.com", "bea@example.com"):
        seats["payload"]["attendees"][0]["email"] = email
        desk.hear(facts(read("calcom", "booked.seat", seats)))
    desk.hear(facts(read("calcom", "rescheduled.seat")))

    states = sorted((booking, episode.state.value) for (booking, _), episode in desk.episodes.items())
    assert states == [("cal-meso-1", "cancelled"), ("cal-meso-1", "planned"), ("cal-meso-2", "planned")]


@pytest.mark.parametrize("system", ["calcom", "square", "calendly"])
def test_a_no_show_taken_back_goes_on_with_the_plan(system: str) -> None:
    desk = Desk()
    desk.hear(facts(read(system, "booked")))
    desk.hear(facts(read(system, "no_show")))
    [episode] = desk.episodes.values()
    assert episode.state.value == "cancelled"

    body = sample_body(system, "no_show.undone")
    if system == "calcom":
        body["createdAt"] = "2026-12-01T12:40:00.000Z"
    desk.hear(facts(read(system, "no_show.undone", body)))

    [episode] = desk.episodes.values()
    assert episode.state.value == ("planned" if system == "square" else "active")


def test_a_missing_phone_is_asked_for_and_what_is_known_is_not_held_up_by_it() -> None:
    assert Fetch("booking", "cal-meso-1", is_vital=False) in read("calcom", "booked.no_phone")
    assert Fetch("customer", "CUSTZOE", is_vital=False) in read("square", "booked")
    assert Fetch("appointment", "11", is_vital=False) in read("easyappointments", "booked")
    for system in ("calcom", "square", "easyappointments"):
        assert facts(read(system, "booked.no_phone" if system == "calcom" else "booked"))


def test_a_deleted_appointment_is_off_although_its_row_says_booked() -> None:
    desk = Desk()
    for name in ("deleted", "booked", "rescheduled"):
        desk.hear(facts(read("easyappointments", name)))

    [episode] = desk.episodes.values()
    assert episode.state.value == "cancelled"


def test_a_status_that_nobody_explained_is_for_a_person() -> None:
    with pytest.raises(QuarantinedError):
        read("easyappointments", "quarantined.unknown_status")

    explained = read("easyappointments", "quarantined.unknown_status", statuses={"Annullato": BookingStatus.CANCELLED})
    assert facts(explained)[0].status is BookingStatus.CANCELLED


def test_encounter_appointment_and_procedure_of_one_treatment_are_one_follow_up() -> None:
    desk = Desk()
    for name in ("completed.procedure", "under_way", "booked", "completed.encounter"):
        desk.hear(facts(read("fhir", name)))

    [(booking, episode)] = [(booking, episode) for (booking, _), episode in desk.episodes.items()]
    assert booking == "Appointment/appt-1"
    assert (episode.state.value, str(episode.completion)) == ("active", "explicit")


def test_a_procedure_entered_in_error_says_nothing_of_its_appointment() -> None:
    body = sample_body("fhir", "completed.procedure")
    body["entry"][1]["resource"]["status"] = "entered-in-error"

    assert [fact.id for fact in facts(read("fhir", "completed.procedure", body))] == [""]


@pytest.mark.parametrize("body", [b"", b"  "])
def test_a_fhir_hook_without_any_content_means_ask_what_changed(body: bytes) -> None:
    assert ADAPTERS["fhir"].read(Request({}, body)) == [Fetch("changed", "")]
    assert ADAPTERS["fhir"].key(Request({}, body)) is None


@every_sample
def test_an_events_name_is_its_own_for_ever(path: Path) -> None:
    request = sample_request(path.parts[-3], path.stem)
    adapter = ADAPTERS[path.parts[-3]]
    with suppress(QuarantinedError):
        assert adapter.key(request) == adapter.key(replace(request))
        assert len(adapter.key(request) or "") <= 500


def test_local_times_in_a_clock_change_are_taken_once_and_keep_their_length() -> None:
    rome = sample_request("easyappointments", "booked").setting.zone
    skipped = local_span("2027-03-28 02:30:00", "2027-03-28 03:15:00", rome)
    doubled = local_span("2026-10-25 02:30:00", "2026-10-25 03:15:00", rome)

    assert [at and at.isoformat() for at in skipped] == ["2027-03-28T01:30:00+00:00", "2027-03-28T02:15:00+00:00"]
    assert [at and at.isoformat() for at in doubled] == ["2026-10-25T00:30:00+00:00", "2026-10-25T01:15:00+00:00"]


@pytest.mark.parametrize(
    "value",
    [None, 5, "", "2026-12-01", "soon", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "2026-13-01T00:00:00Z"],
)
def test_what_is_no_time_is_none(value: Any) -> None:
    assert instant(value) is None
    assert instant(value, UTC) is None


def test_an_end_that_is_none_is_left_out() -> None:
    start = datetime(2026, 12, 1, 9, tzinfo=UTC)
    for end in (start, start - timedelta(hours=1), start + timedelta(days=8), None):
        assert end_after(start, end) is None


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        (True, Consent.GRANTED),
        (False, Consent.WITHDRAWN),
        (["Yes, text me"], Consent.GRANTED),
        ([], None),
        ("sms_consent: yes", Consent.GRANTED),
        ("sms_consent: no", Consent.WITHDRAWN),
        ("I agree", Consent.GRANTED),
        ("Sì", Consent.GRANTED),
        ("maybe", None),
        ("I do not agree", None),
        ("", None),
        (None, None),
        ({"value": "on"}, Consent.GRANTED),
        (1, Consent.GRANTED),
    ],
)
def test_consent_is_what_was_ticked_or_the_first_word_written(value: Any, meant: Consent | None) -> None:
    assert consent(value) == meant


def test_free_fields_are_taken_as_far_as_a_database_can() -> None:
    assert words(" a\x00b\ud800 ") == "ab"
    assert words("x" * 300) == "x" * 200
    assert phone(None, {"value": "n/a"}, 5, " +39 333 010 0199 ") == "+39 333 010 0199"
    assert names(None, None, "Zoë  Maria Hart") == ("Zoë", "Maria Hart")
    for body in (b"\xff", b"[]", b"{", b"[" * 100_000, b"9" * 10_000):
        with pytest.raises(QuarantinedError):
            read_object(body)


@pytest.mark.parametrize("system", sorted(set(ADAPTERS) - {"native", "acuity"}))
@pytest.mark.parametrize("junk", [None, 0, -1, 1e400, "", "\ud800", "x" * 10_000, [], {}, [[]], {"value": {}}, True])
def test_no_value_of_a_wrong_kind_anywhere_makes_an_adapter_stumble(system: str, junk: Any) -> None:
    adapter = ADAPTERS[system]
    for path in sorted(ROOT.glob(f"{system}/samples/*.http")):
        request = sample_request(system, path.stem)
        with suppress(ValueError):
            for changed in _with_each_value(json.loads(request.body), junk):
                with suppress(QuarantinedError, RejectedError):
                    for fact in adapter.read(replace(request, body=json.dumps(changed).encode())):
                        assert "\ud800" not in repr(fact)


def _with_each_value(value: Any, junk: Any) -> list[Any]:
    """Copies of a payload in which one value after the other is exchanged for something else."""
    if isinstance(value, dict):
        inner = [(name, changed) for name in value for changed in _with_each_value(value[name], junk)]
        return [junk, *({**value, name: changed} for name, changed in inner)]
    if isinstance(value, list):
        spots = [(spot, changed) for spot, each in enumerate(value) for changed in _with_each_value(each, junk)]
        return [junk, *([*value[:spot], changed, *value[spot + 1 :]] for spot, changed in spots)]
    return [junk]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the vendors' documented payloads are not at hand")
def test_the_vendors_own_documented_payloads_are_read() -> None:
    expected = {
        "calcom/booking_created.json": [BookingStatus.BOOKED, None],
        "calcom/booking_rescheduled.json": [BookingStatus.BOOKED, None],
        "calcom/booking_cancelled.json": [BookingStatus.CANCELLED],
        "calcom/meeting_ended.json": [None, BookingStatus.FULFILLED, None],
        "calcom/booking_no_show_updated.json": [BookingStatus.NO_SHOW],
        "calendly/invitee_created.json": [BookingStatus.BOOKED],
        "calendly/invitee_canceled.json": [BookingStatus.CANCELLED],
        "acuity/scheduled.form": [None],
        "square/booking_created.json": [BookingStatus.BOOKED, None],
        "square/booking_updated.json": [BookingStatus.BOOKED, None],
        "easyappointments/appointment_save.booked.json": [BookingStatus.BOOKED, None],
        "easyappointments/appointment_save.rescheduled.json": [BookingStatus.BOOKED, None],
        "easyappointments/appointment_delete.json": [BookingStatus.CANCELLED, None],
        "easyappointments/customer_save.json": [None, None],
        "fhir/Bundle-r4-notification-handshake.json": [],
        "fhir/Bundle-r4-notification-id-only.json": [None],
        "fhir/Bundle-r4-notification-full-resource.json": [None, BookingStatus.ARRIVED],
    }
    setting = sample_request("easyappointments", "booked").setting
    for name, statuses in expected.items():
        request = Request({}, (SHARED / name).read_bytes(), replace(setting, statuses={}))
        found = ADAPTERS[name.partition("/")[0]].read(request)
        assert [getattr(each, "status", None) for each in found] == statuses, name


def test_a_proof_in_base64_is_compared_as_it_was_written() -> None:
    request = sample_request("acuity", "scheduled")
    proof = base64.b64encode(hmac.digest(SECRET.encode(), request.body, "sha256")).decode()

    assert ADAPTERS["acuity"].is_signed(replace(request, headers={"x-acuity-signature": proof}), [SECRET], NOW)
    lowered = {"x-acuity-signature": proof.lower()}
    assert not ADAPTERS["acuity"].is_signed(replace(request, headers=lowered), [SECRET], NOW)
