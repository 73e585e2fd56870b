"""The page for signing in: what it says, what it sends, and where it leads."""

from __future__ import annotations

import re

import pytest

from app.auth.sign_in import LONGEST_FORM, onward
from tests.app.auth.place import Place
from tests.app.doors import ANNA, OURS, raw, sign_in


def test_pages_speak_the_language_of_the_browser_and_run_nothing(place: Place) -> None:
    hostile = '"><script>alert(1)</script>${x}'
    page = sign_in(place.client, hostile, "x", **{"Accept-Language": "zh-CN"})
    assert "名字或密码不正确。" in page.text
    assert '<html lang="zh">' in page.text
    assert "<script" not in page.text
    assert "&lt;script&gt;" in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert page.headers["referrer-policy"] == "same-origin", "or forms come from nowhere"
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-content-type-options"] == "nosniff"


def test_a_form_that_no_page_of_ours_sent_is_refused(place: Place) -> None:
    fields = {"name": "Anna", "password": ANNA, "next": "/"}
    assert place.client.post("/sign-in", data=fields, headers=OURS).status_code == 403
    place.client.get("/sign-in")
    wrong = {**fields, "form": "guessed"}
    assert place.client.post("/sign-in", data=wrong, headers=OURS).status_code == 403
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert place.client.post("/sign-in", data=fields, headers=headers).status_code == 403
    assert "eb-session" not in place.client.cookies


@pytest.mark.parametrize("body", [b"x" * (LONGEST_FORM + 1), b"a=1&" * 1000, b"\xff\0%00%ff", b""])
def test_a_form_of_nonsense_is_no_error_of_the_server(place: Place, body: bytes) -> None:
    reply = place.client.post("/sign-in", content=body, headers=OURS)
    assert reply.status_code in (403, 413)


@pytest.mark.parametrize("body", [b"name=Anna&pass", b""])
def test_whoever_goes_away_while_signing_in_leaves_no_stack_in_the_log(
    place: Place, body: bytes
) -> None:
    """What the app raises is logged with its stack, for anybody who has no account."""
    portal, app = place.client.portal, place.client.app
    assert portal is not None
    for path in ("/sign-in", "/sign-out", "/api/ask"):
        assert raw(portal, app, "POST", path, OURS, body, aborted=True).status < 500
    assert place.client.get("/sign-in").status_code == 200


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "",
     "/\t/evil.example", "/x\r\nSet-Cookie: a=b", "/sign-out", "x" * 3000, "/" + "y" * 3000],
)  # fmt: skip
def test_signing_in_leads_to_no_other_site(wanted: str) -> None:
    assert onward(wanted) == "/"


def test_forms_name_their_fields_for_password_managers(place: Place) -> None:
    page = place.client.get("/sign-in").text
    for name, kind in (("name", "username"), ("password", "current-password")):
        assert re.search(rf'<label for="{name}">', page)
        assert re.search(rf'id="{name}"[^>]*autocomplete="{kind}"', page)
