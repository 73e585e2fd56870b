"""What somebody who is signed in may change and end, and when they are asked again."""

from __future__ import annotations

from collections.abc import Callable

from app.auth.middleware import BURST
from tests.app.auth.place import Place
from tests.app.doors import ANNA, OURS, sign_in


def test_signing_out_ends_the_session_and_empties_what_the_browser_kept(place: Place) -> None:
    sign_in(place.client, "Anna", ANNA)
    stolen = place.client.cookies["eb-session"]
    page = place.client.get("/sign-out")
    assert "You are signed in as Anna." in page.text
    assert place.client.get("/api/days").status_code == 200, "asking is not leaving"
    reply = place.client.post("/sign-out", headers=OURS)
    assert reply.headers["clear-site-data"] == '"cache", "storage"'
    assert "eb-session" not in place.client.cookies
    again = {"Cookie": f"eb-session={stolen}"}
    assert place.client.get("/api/days", headers=again).status_code == 401
    assert place.client.get("/sign-out").headers["location"] == "/sign-in"


def test_an_ended_session_asks_again(place: Place) -> None:
    sign_in(place.client, "Anna", ANNA)
    place.clock.now += 15 * 86_400
    reply = place.client.get("/api/days")
    assert (reply.status_code, reply.json()["sign_in"]) == (401, "/sign-in")


def test_a_new_password_ends_all_other_sessions(place: Place) -> None:
    other = place.accounts.sessions.begin(1, "Firefox, Linux", "10.0.0.1")
    sign_in(place.client, "Anna", ANNA)
    wrong = {"old": "a wrong one", "new": "another password"}
    short = {"old": ANNA, "new": "short"}
    right = {"old": ANNA, "new": "another password"}
    path = "/api/account/password"
    assert place.client.post(path, json=wrong, headers=OURS).status_code == 403
    assert place.client.post(path, json=short, headers=OURS).status_code == 422
    reply = place.client.post(path, json=right, headers=OURS)
    assert reply.json() == {"signed_out": 1}
    assert place.accounts.sessions.find(other) is None
    assert place.client.get("/api/account").json()["signed_in"] is True
    for _ in range(6):
        last = place.client.post(path, json=wrong, headers=OURS)
    assert last.status_code == 429
    assert "retry-after" in last.headers


def test_other_browsers_are_listed_and_signed_out_one_by_one_or_all(place: Place) -> None:
    for device in ("Firefox, Linux", "Safari, iPhone"):
        place.accounts.sessions.begin(1, device, "10.0.0.1")
    sign_in(place.client, "Anna", ANNA, **{"User-Agent": "Firefox Windows"})
    found = place.client.get("/api/account/sessions").json()
    assert {one["device"] for one in found} == {
        "Firefox, Linux",
        "Safari, iPhone",
        "Firefox, Windows",
    }
    assert [one["device"] for one in found if one["current"]] == ["Firefox, Windows"]
    phone = next(one["id"] for one in found if one["device"] == "Safari, iPhone")
    path = f"/api/account/sessions/{phone}"
    assert place.client.delete(path, headers=OURS).status_code == 204
    assert place.client.delete(path, headers=OURS).status_code == 404
    leave = "/api/account/sign-out-everywhere"
    kept = place.client.post(leave, json={"keep_this": True}, headers=OURS)
    assert kept.json() == {"signed_out": 1}
    assert place.client.get("/api/days").status_code == 200
    assert place.client.post(leave, json={}, headers=OURS).json() == {"signed_out": 1}
    assert place.client.get("/api/days").status_code == 401


def test_tokens_work_where_nobody_has_an_account_too(open_place: Callable[..., Place]) -> None:
    place = open_place()
    wanted = {"name": "watch", "scopes": ["timeline"], "days": 30}
    made = place.client.post("/api/account/tokens", json=wanted)
    assert made.status_code == 201
    mine = {"Authorization": f"Bearer {made.json()['secret']}"}
    assert place.client.get("/api/days", headers=mine).status_code == 200
    refused = place.client.post("/api/queue/retry", headers=mine)
    assert refused.status_code == 403
    assert "write" in refused.json()["detail"]
    assert place.client.get("/api/account", headers=mine).json()["who"] == "owner by token watch"
    bad = place.client.post("/api/account/tokens", json={"name": "x", "scopes": ["all"]})
    assert bad.status_code == 422
    place.clock.now += 31 * 86_400
    assert place.client.get("/api/days", headers=mine).status_code == 401
    assert place.client.get("/api/days").status_code == 200, "the owner is asked nothing"


def test_a_flood_from_one_session_is_told_to_wait_and_harms_no_other(place: Place) -> None:
    sign_in(place.client, "Anna", ANNA)
    replies = [place.client.get("/api/account") for _ in range(int(BURST) + 1)]
    assert [reply.status_code for reply in replies[:-1]] == [200] * int(BURST)
    slow = replies[-1]
    assert slow.status_code == 429
    assert int(slow.headers["retry-after"]) >= 1
    assert "Wait" in slow.json()["detail"]
    for kind in ({"Sec-Fetch-Dest": "image"}, {"Sec-Fetch-Dest": "video"}):
        assert place.client.get("/api/account", headers=kind).status_code == 200
    assert place.client.get("/thumbnails/x/y.jpg").status_code == 404
    sign_in(place.client, "Anna", ANNA)
    assert place.client.get("/api/account").status_code == 200
