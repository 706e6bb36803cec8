"""Booking systems that only say that there is news, or half of it: what is asked, and what becomes of the answers."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from followup.flows.drain_inbox import drain_inbox
from followup.flows.fetch_bookings import PAUSES, fetch_bookings
from followup.flows.poll_bookings import poll_bookings
from followup.store import fetches
from kit.booking_desk import API_KEY, open_desk
from kit.booking_lives import sample_body

if TYPE_CHECKING:
    from followup.store import Store
    from kit.hand_clock import HandClock


def appointment(at: str = "2026-12-01T10:00:00+0100", **changes: Any) -> dict[str, Any]:
    """As Acuity's API has it."""
    record = {
        "id": 54321,
        "firstName": "Zoë",
        "lastName": "Hart",
        "phone": "+44 7700 900123",
        "datetime": at,
        "duration": "45",
        "type": "Mesotherapy",
        "appointmentTypeID": 1001,
        "calendar": "Dr Rossi",
        "timezone": "Europe/Rome",
        "forms": [],
        "labels": [{"id": 3, "name": "Completed"}],
    }
    return {**record, **changes}


ACUITY = "/base/api/v1/appointments"


async def test_two_moves_that_are_the_same_bytes_are_both_seen(store: Store, wall: HandClock) -> None:
    async with open_desk("acuity", store, wall) as desk:
        for hour in (10, 12, 14):
            desk.system.records[f"{ACUITY}/54321"] = appointment(f"2026-12-01T{hour}:00:00+0100")
            assert await desk.hear_sample("rescheduled") == (202, "accepted")
            await desk.work()
            [episode] = await desk.episodes("54321")
            assert episode.treated_until.hour == hour - 1
            desk.later(timedelta(minutes=5))

        assert (await desk.patient("appointment-54321")).phone == "+447700900123"
        assert desk.system.asked[0].headers["Authorization"] == "Basic " + base64.b64encode(API_KEY.encode()).decode()


async def test_a_cancelled_a_missed_and_a_vanished_appointment_are_told_apart(store: Store, wall: HandClock) -> None:
    async with open_desk("acuity", store, wall) as desk:
        states = []
        for record in (
            appointment(),
            appointment(canceled=True, noShow=True),
            appointment(),
            appointment(canceled=True),
            appointment(),
            None,
        ):
            desk.system.records[f"{ACUITY}/54321"] = record
            await desk.hear_sample("changed")
            await desk.work()
            desk.later(timedelta(minutes=5))
            [episode] = await desk.episodes("54321")
            states.append((episode.state.value, episode.booked_as))
        assert states == [
            ("planned", "waits"),
            ("cancelled", "no-show"),
            ("planned", "waits"),
            ("cancelled", "cancelled"),
            ("planned", "waits"),
            ("cancelled", "cancelled"),
        ]


async def test_news_about_one_record_is_asked_for_once(store: Store, wall: HandClock) -> None:
    async with open_desk("acuity", store, wall) as desk:
        desk.system.records[f"{ACUITY}/54321"] = appointment()
        for name in ("scheduled", "rescheduled", "changed", "changed"):
            await desk.hear_sample(name)
        await drain_inbox(desk.services)
        assert await desk.waiting() == 1

        await desk.work()

        assert desk.system.paths() == [f"{ACUITY}/54321"]
        assert await desk.waiting() == 0


async def test_news_that_comes_while_we_ask_is_asked_for_again(store: Store, wall: HandClock) -> None:
    async with open_desk("acuity", store, wall) as desk:
        desk.system.records[f"{ACUITY}/54321"] = appointment()
        await desk.hear_sample("scheduled")
        await drain_inbox(desk.services)
        async with store.transaction() as tx:
            taken = await fetches.take(tx, desk.wall() + timedelta(seconds=60))
        assert taken is not None

        await desk.hear_sample("rescheduled")
        await drain_inbox(desk.services)
        assert await fetch_bookings(desk.services) == 0
        async with store.transaction() as tx:
            await fetches.done(tx, taken)

        assert await fetch_bookings(desk.services) == 1
        assert await desk.waiting() == 0


async def test_a_question_whose_asker_died_is_asked_again_after_its_lease(store: Store, wall: HandClock) -> None:
    async with open_desk("acuity", store, wall) as desk:
        desk.system.records[f"{ACUITY}/54321"] = appointment()
        await desk.hear_sample("scheduled")
        await drain_inbox(desk.services)
        async with store.transaction() as tx:
            await fetches.take(tx, desk.wall() + timedelta(seconds=60))
        await desk.work()
        assert desk.system.asked == []

        desk.later(timedelta(seconds=61))
        await desk.work()
        assert len(await desk.episodes("54321")) == 1


async def test_a_system_that_is_down_is_asked_again_with_pauses_and_then_it_is_for_staff(
    store: Store, wall: HandClock
) -> None:
    async with open_desk("acuity", store, wall) as desk:
        desk.system.status = 503
        await desk.hear_sample("scheduled")
        await desk.work()
        for pause in PAUSES:
            assert await desk.strays() == []
            await desk.work()
            desk.later(pause + timedelta(seconds=1))
            await desk.work()

        assert len(desk.system.asked) == len(PAUSES) + 1
        assert await desk.strays() == ["details could not be fetched: it answered 503"]
        assert await desk.waiting() == 0

        desk.system.status = 200
        desk.system.records[f"{ACUITY}/54321"] = appointment()
        await desk.hear_sample("changed")
        await desk.work()
        assert len(await desk.episodes("54321")) == 1


async def test_without_credentials_staff_hear_of_what_nothing_is_known_without(store: Store, wall: HandClock) -> None:
    async with open_desk("acuity", store, wall, api_key="") as desk:
        await desk.hear_sample("scheduled")
        await desk.work()
        assert await desk.strays() == ["details could not be fetched: the source has no api_key"]

    async with open_desk("square", store, wall, api_key="") as desk:
        await desk.hear_sample("booked")
        await desk.work()
        assert len(await desk.strays()) == 1
        assert len(await desk.episodes("sqbk01")) == 1


async def test_a_customers_phone_is_fetched_and_a_change_of_it_heard(store: Store, wall: HandClock) -> None:
    async with open_desk("square", store, wall) as desk:
        customer = sample_body("square", "customer_updated")["data"]["object"]["customer"]
        desk.system.records["/base/v2/customers/CUSTZOE"] = {
            "customer": {**customer, "updated_at": "2026-11-01T00:00:00Z", "phone_number": "+44 7700 900456"}
        }
        await desk.hear_sample("booked")
        await desk.work()
        assert (await desk.patient("CUSTZOE")).phone == "+447700900456"
        assert desk.system.asked[0].headers["Authorization"] == f"Bearer {API_KEY}"

        await desk.hear_sample("customer_updated")
        await desk.work()
        assert (await desk.patient("CUSTZOE")).phone == "+393330100199"


async def test_a_square_poll_finds_what_was_lost_and_keeps_nothing_twice(store: Store, wall: HandClock) -> None:
    async with open_desk("square", store, wall) as desk:
        booking = sample_body("square", "booked")["data"]["object"]["booking"]
        other = {**booking, "id": "sqbk02", "updated_at": "2026-10-01T00:00:00Z"}
        pages = {"": {"bookings": [booking], "cursor": "next"}, "next": {"bookings": [other]}}
        desk.system.records["/base/v2/bookings"] = lambda query: pages[query.get("cursor", "")]
        desk.system.records["/base/v2/customers/CUSTZOE"] = {
            "customer": {"id": "CUSTZOE", "given_name": "Zoë", "phone_number": "+447700900456"}
        }
        assert await poll_bookings(desk.services) == 2
        assert len(await desk.episodes("sqbk01")) == 1
        assert await desk.episodes("sqbk02") == []

        desk.later(timedelta(minutes=15))
        assert await poll_bookings(desk.services) == 0
        await desk.hear_sample("booked")
        await desk.work()
        assert await desk.facts("sqbk01") == 1


async def test_an_acuity_poll_finds_a_lost_cancellation_and_repeats_itself_without_a_trace(
    store: Store, wall: HandClock
) -> None:
    async with open_desk("acuity", store, wall) as desk:
        desk.system.records[ACUITY] = lambda query: [appointment()] if query["minDate"] < "2026-12-01" else []
        for _ in range(3):
            await poll_bookings(desk.services)
            desk.later(timedelta(minutes=15))
        assert await desk.facts("54321") == 1
        assert all(asked.query["showall"] == "true" for asked in desk.system.asked)

        desk.system.records[ACUITY] = lambda _: [appointment(canceled=True)]
        assert await poll_bookings(desk.services) == 1
        [episode] = await desk.episodes("54321")
        assert episode.state.value == "cancelled"


async def test_a_poll_that_fails_changes_nothing(store: Store, wall: HandClock) -> None:
    async with open_desk("acuity", store, wall) as desk:
        for desk.system.status in (500, 401, 302):
            assert await poll_bookings(desk.services) == 0
        desk.system.status, desk.system.raw = 200, b"<html>"
        assert await poll_bookings(desk.services) == 0
        desk.system.raw = b'["no appointment"]'
        assert await poll_bookings(desk.services) == 0
        assert await desk.strays() == []


def ea_row(**changes: Any) -> dict[str, Any]:
    """As Easy!Appointments' API has it."""
    row = {
        "id": 11,
        "start": "2026-12-01 10:00:00",
        "end": "2026-12-01 10:45:00",
        "status": "Booked",
        "customerId": 41,
        "providerId": 2,
        "serviceId": 1,
    }
    return {**row, **changes}


EA = "/base/api/v1"
EA_CUSTOMER = {"id": 41, "firstName": "Zoë", "lastName": "Hart", "phone": "07700 900123", "language": "spanish"}


async def test_a_deleted_appointment_stays_off_though_it_was_asked_for_since(store: Store, wall: HandClock) -> None:
    async with open_desk("easyappointments", store, wall) as desk:
        desk.system.records |= {f"{EA}/appointments/11": ea_row(), f"{EA}/customers/41": EA_CUSTOMER}
        await desk.hear_sample("booked")
        await desk.work()
        [episode] = await desk.episodes("11")
        assert (episode.state.value, (await desk.patient("41")).phone) == ("planned", "+447700900123")

        desk.later(timedelta(minutes=5))
        del desk.system.records[f"{EA}/appointments/11"]
        await desk.hear_sample("deleted")
        await desk.work()
        [episode] = await desk.episodes("11")
        assert episode.state.value == "cancelled"


async def test_an_easyappointments_poll_brings_the_appointment_and_its_customer(store: Store, wall: HandClock) -> None:
    async with open_desk("easyappointments", store, wall) as desk:
        desk.system.records |= {f"{EA}/appointments": [ea_row()], f"{EA}/customers/41": EA_CUSTOMER}
        assert await poll_bookings(desk.services) == 2
        desk.later(timedelta(minutes=15))
        assert await poll_bookings(desk.services) == 0
        assert (await desk.patient("41")).language == "es"
        assert desk.system.asked[0].query["from"] == "2026-11-15"


def cal_record(**changes: Any) -> dict[str, Any]:
    """As Cal.com's API has it."""
    record = {
        "uid": "cal-meso-1",
        "status": "accepted",
        "start": "2026-12-01T09:00:00.000Z",
        "end": "2026-12-01T09:45:00.000Z",
        "eventTypeId": 123,
        "eventType": {"id": 123, "slug": "mesotherapy"},
        "hosts": [{"name": "Dr Rossi"}],
        "createdAt": "2026-11-20T10:59:59.000Z",
        "updatedAt": "2026-11-20T10:59:59.000Z",
        "attendees": [
            {
                "name": "Zoë Hart",
                "email": "zoe.dangelo@example.com",
                "timeZone": "Europe/Rome",
                "language": "it",
                "absent": False,
                "phoneNumber": "+393330100199",
            }
        ],
        "bookingFieldsResponses": {"email": "zoe.dangelo@example.com"},
    }
    return {**record, **changes}


async def test_a_phone_that_calcom_left_out_is_fetched(store: Store, wall: HandClock) -> None:
    async with open_desk("calcom", store, wall) as desk:
        desk.system.records["/base/v2/bookings/cal-meso-1"] = {"status": "success", "data": cal_record()}
        await desk.hear_sample("booked.no_phone")
        await desk.work()

        [episode] = await desk.episodes("cal-meso-1")
        assert (await desk.patient(episode.patient_id)).phone == "+393330100199"
        assert desk.system.asked[0].headers["cal-api-version"] == "2024-08-13"


async def test_a_calcom_poll_finds_a_lost_move_and_a_lost_no_show(store: Store, wall: HandClock) -> None:
    async with open_desk("calcom", store, wall) as desk:
        await desk.hear_sample("booked")
        await desk.work()
        moved = cal_record(
            uid="cal-meso-2",
            rescheduledFromUid="cal-meso-1",
            start="2026-12-02T09:00:00Z",
            end="2026-12-02T09:45:00Z",
            createdAt="2026-11-20T11:10:00Z",
        )
        desk.later(timedelta(minutes=15))
        desk.system.records["/base/v2/bookings"] = {"data": [cal_record(status="cancelled"), moved]}
        await poll_bookings(desk.services)
        assert [each.state.value for each in await desk.episodes("cal-meso-1")] == ["cancelled"]
        assert [each.state.value for each in await desk.episodes("cal-meso-2")] == ["planned"]

        desk.later(timedelta(days=13))
        moved["attendees"][0]["absent"] = True
        await poll_bookings(desk.services)
        [episode] = await desk.episodes("cal-meso-2")
        assert (episode.state.value, episode.booked_as) == ("cancelled", "no-show")
        before = await desk.facts("cal-meso-2")
        await poll_bookings(desk.services)
        assert await desk.facts("cal-meso-2") == before


async def test_an_invitee_without_an_appointment_is_fetched_or_shown_to_staff(store: Store, wall: HandClock) -> None:
    async with open_desk("calendly", store, wall) as desk:
        payload = sample_body("calendly", "booked")["payload"]
        await desk.hear_sample("booked.no_appointment")
        await desk.work()
        assert await desk.strays() == ["details could not be fetched: Calendly knows no such invitee"]

        event = sample_body("calendly", "booked.no_appointment")
        event["created_at"] = "2026-11-20T11:00:09.000000Z"
        desk.system.records |= {
            "/base/scheduled_events/EVT1": {"resource": payload["scheduled_event"]},
            "/base/scheduled_events/EVT1/invitees/INV1": {"resource": payload},
        }
        await desk.hear_sample("booked.no_appointment", event)
        await desk.work()
        [episode] = await desk.episodes("INV1")
        assert episode.treated_until.isoformat() == "2026-12-01T09:45:00+00:00"


async def test_a_procedure_that_is_only_named_is_followed_up_to_its_appointment(store: Store, wall: HandClock) -> None:
    async with open_desk("fhir", store, wall) as desk:
        entries = [each["resource"] for each in sample_body("fhir", "completed.procedure")["entry"][1:]]
        desk.system.records |= {f"/base/{each['resourceType']}/{each['id']}": each for each in entries}
        body = sample_body("fhir", "id_only")
        focus = body["entry"][0]["resource"]["parameter"][-1]["part"][-1]["valueReference"]
        for name in ("Procedure/proc-1", "Encounter/enc-1", "Appointment/appt-1"):
            focus["reference"] = f"https://ehr.clinic.example/fhir/{name}"
            assert await desk.hear_sample("id_only", body) == (202, "accepted")
            await desk.work()

        [episode] = await desk.episodes("Appointment/appt-1")
        assert str(episode.completion) == "explicit"
        assert (await desk.patient("zoe")).phone == "+393330100199"
        assert await desk.strays() == []


async def test_a_handshake_is_answered_200_and_an_empty_notification_asks_what_changed(
    store: Store, wall: HandClock
) -> None:
    async with open_desk("fhir", store, wall) as desk:
        assert await desk.hear_sample("ignored.handshake") == (200, "ignored")
        [appointment_record] = [
            each["resource"] for each in sample_body("fhir", "booked")["entry"] if "appt-1" in str(each.get("fullUrl"))
        ]
        desk.system.records |= {
            "/base/Appointment": {"resourceType": "Bundle", "entry": [{"resource": appointment_record}]},
            "/base/Encounter": {"resourceType": "Bundle"},
            "/base/Procedure": {"resourceType": "Bundle"},
        }
        assert await desk.hear_sample("empty") == (202, "accepted")
        await desk.work()

        assert len(await desk.episodes("Appointment/appt-1")) == 1
        assert desk.system.asked[0].query["_lastUpdated"] == "gt2026-12-01T07:50:01.250000+00:00"


async def test_an_id_is_asked_for_as_one_step_of_the_path_whatever_is_in_it(store: Store, wall: HandClock) -> None:
    async with open_desk("calcom", store, wall) as desk:
        event = sample_body("calcom", "booked.no_phone")
        for uid in ("../../admin?x=1#y", "a/b", "..", "%2e%2e"):
            event["payload"]["uid"] = uid
            await desk.hear_sample("booked.no_phone", event)
        await desk.work()

        assert sorted(desk.system.paths()) == sorted(
            [
                "/base/v2/bookings/..%2F..%2Fadmin%3Fx%3D1%23y",
                "/base/v2/bookings/a%2Fb",
                "/base/v2/bookings/%252e%252e",
            ]
        )
