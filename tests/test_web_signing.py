"""Who reads a page that is served to others: signing in by the form and by a header, and what is shown to whom."""

from __future__ import annotations

import asyncio
import contextlib
import http.cookies
import subprocess
import sys
import time
from types import SimpleNamespace

import httpx
import pytest
from browsing import READY, ask, judge, opened, watched
from page_server import ROOT, free_port, running
from starlette.datastructures import Headers

from advisor.errors import AdvisorError, SettingsError
from advisor.settings import Settings, load_settings
from advisor.web import access, passwords
from advisor.web.access import COOKIE, Access, open_access
from advisor.web.passwords import hashed, read_password
from advisor.web.place import Place

READER, OWNER = "open sesame", "correct horse"
ALL, BEHIND = Place("0.0.0.0"), Place(behind_proxy=True)
PAY = "What do mid-level ML engineers earn?"


def request(cookie="", **headers):
    named = {name.replace("_", "-"): value for name, value in {"host": "advisor.example", **headers}.items()}
    client = SimpleNamespace(host="10.0.0.9")
    return SimpleNamespace(headers=Headers(named), cookies={COOKIE: cookie} if cookie else {}, client=client)


# Passwords.


def test_a_password_is_kept_as_a_hash_that_differs_each_time():
    one, other = hashed(READER), hashed(READER)
    assert one != other
    assert one.is_it(READER)
    assert not one.is_it(READER + " ")
    assert not one.is_it("")
    assert read_password(str(one), "X") == one
    for shown in (repr(one), str(one)):
        assert READER not in shown
    assert set(str(one)) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:=-_"), "no shell minds"
    assert read_password(READER, "X").is_it(READER), "a plain one is hashed as it is read"


@pytest.mark.parametrize(
    "broken",
    [
        "scrypt:",
        "scrypt:16384:8:5:AAAA",
        "scrypt:x:8:5:AAAA:AAAA",
        "scrypt:16384:8:5:AAAA:AAAA",
        "scrypt:16383:8:5:AAAA:" + "A" * 43 + "=",
        "scrypt:1099511627776:8:5:AAAA:" + "A" * 43 + "=",
        "scrypt:16384:8:999999:AAAA:" + "A" * 43 + "=",
        "scrypt:-2:8:5:AAAA:" + "A" * 43 + "=",
        "scrypt:16384:8:5:A$A:" + "A" * 43 + "=",
    ],
)
def test_a_broken_hash_is_told_by_the_name_of_its_setting(broken):
    with pytest.raises(SettingsError, match="ADVISOR_PASSWORD holds a broken hash; make one with") as told:
        read_password(broken, "ADVISOR_PASSWORD")
    assert broken[7:] not in str(told.value) or broken == "scrypt:"


def test_the_command_makes_a_hash_that_the_setting_takes(environment):
    def made(typed):
        command = [sys.executable, "app.py", "--hash-password"]
        return subprocess.run(command, input=typed, env=environment, cwd=ROOT, capture_output=True, text=True)

    done = made(f"{READER}\n")
    assert done.returncode == 0
    assert Access(ALL, None, done.stdout.strip()).sign_in(READER, "there")
    assert made("").returncode == made("seven77\n").returncode == 2
    for typed in (f"{READER}\0\n", f"\0{READER}\n", f"{READER}\x1b[A\n"):
        refused = made(typed)
        assert refused.returncode == 2 and not refused.stdout
        assert refused.stderr == "app: that holds a control character, which no page's field sends; type another\n"


def test_a_null_byte_after_a_password_makes_it_another():
    """To scrypt the two are the same."""
    both = Access(ALL, OWNER, READER)
    for guess in (f"{OWNER}\0", f"{READER}\0\0", f"\0{OWNER}"):
        with pytest.raises(AdvisorError, match="That is not the password of this page"):
            both.sign_in(guess, "there")
    assert both.sign_in(OWNER, "there")


def test_a_guess_takes_long_and_is_compared_whole(monkeypatch):
    """Neither a part that is right nor whose password it is can be told by the time."""
    compared = []
    right = passwords.hmac.compare_digest
    monkeypatch.setattr(passwords.hmac, "compare_digest", lambda *two: compared.append(two) or right(*two))
    both = Access(ALL, OWNER, READER)
    compared.clear()
    started = time.perf_counter()
    for guess in ("", "c", OWNER[:-1], "wrong"):
        with pytest.raises(AdvisorError):
            both.sign_in(guess, "there")
    assert time.perf_counter() - started > 8 * 0.01
    assert len(compared) == 8, "each with the owner's and the readers'"
    assert all(len(one) == len(other) == 32 for one, other in compared)


# Who reads.


def test_beyond_this_machine_readers_sign_in_and_owners_do_more():
    both = Access(ALL, OWNER, READER)
    reader, owner = request(both.sign_in(READER, "there")), request(both.sign_in(OWNER, "there"))
    assert not both.may_read(request())
    assert both.may_read(reader)
    assert not both.may_change(reader)
    assert both.may_read(owner)
    assert both.may_change(owner)
    forged = owner.cookies[COOKIE].replace("owner", "reader", 1)
    promoted = reader.cookies[COOKIE].replace("reader", "owner", 1)
    for cookie in (forged, promoted, "owner", "owner.9999999999.x.y", "a.b.c.d", ".", "\u2019"):
        assert not both.may_read(request(cookie)), cookie
    both.sign_out(reader.cookies[COOKIE])
    assert not both.may_read(reader)
    assert both.may_read(owner)


@pytest.mark.parametrize(
    ("place", "settings", "asks"),
    [
        (Place(), {}, False),
        (Place(), {"password": READER}, True),
        (Place(), {"admin_password": OWNER}, False),
        (ALL, {"password": READER}, True),
        (ALL, {"admin_password": OWNER}, True),
        (ALL, {"is_public": True}, False),
        (ALL, {"is_public": True, "admin_password": OWNER}, False),
        (BEHIND, {"password": READER}, True),
        (BEHIND, {"is_public": True}, False),
    ],
)
def test_who_is_asked_for_a_password(place, settings, asks):
    assert open_access(place, Settings(**settings)).may_read(request()) is not asks


@pytest.mark.parametrize("place", [ALL, BEHIND, Place("192.168.1.5"), Place("advisor.example")], ids=str)
def test_a_page_that_is_served_to_others_says_whom_it_lets_in(place):
    with pytest.raises(SettingsError, match=r"ADVISOR_PASSWORD .* or ADVISOR_PUBLIC=1"):
        open_access(place, Settings())
    with pytest.raises(SettingsError, match="both set"):
        open_access(place, Settings(password=READER, is_public=True))


HASHED = str(hashed(READER))


@pytest.mark.parametrize("two", [(READER, READER), (HASHED, HASHED), (HASHED, READER), (READER, HASHED)], ids="1234")
def test_one_password_for_readers_and_the_owner_makes_no_reader_an_owner(two):
    with pytest.raises(SettingsError, match=r"ADVISOR_PASSWORD and ADVISOR_ADMIN_PASSWORD are the same.*; set two"):
        open_access(ALL, Settings(password=two[0], admin_password=two[1]))
    assert open_access(ALL, Settings(password=two[0], admin_password=OWNER))


def test_two_hashes_of_one_password_let_nobody_in_and_say_why():
    both = open_access(ALL, Settings(password=HASHED, admin_password=str(hashed(READER))))
    with pytest.raises(AdvisorError, match=r"are the same.*; set two"):
        both.sign_in(READER, "there")


def test_without_a_password_the_page_does_not_start_for_others(environment):
    command = [sys.executable, "app.py", "--host", "0.0.0.0", "--port", str(free_port())]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "ADVISOR_PASSWORD" in line
    assert "ADVISOR_PUBLIC=1" in line


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ADVISOR_PUBLIC", "perhaps"),
        ("ADVISOR_SECRET", "short"),
        ("ADVISOR_METRICS_TOKEN", "\u2019" * 30),
        ("ADVISOR_ANSWERS", "0"),
        ("ADVISOR_WAITING", "-1"),
        ("ADVISOR_RATE", "many"),
    ],
)
def test_a_setting_that_is_none_is_told(monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=variable):
        load_settings()


def test_pages_that_share_a_secret_know_each_others_readers_until_the_password_changes():
    shared = "s" * 24
    one, other = (Access(ALL, OWNER, READER, secret=shared) for _ in range(2))
    signed = request(one.sign_in(OWNER, "there"))
    assert other.may_read(signed)
    assert other.is_change(signed, one.token(signed))
    for stranger in (Access(ALL, OWNER, READER), Access(ALL, OWNER, "another", secret=shared)):
        assert not stranger.may_read(signed)


def test_a_password_that_comes_with_requests_is_hashed_once(monkeypatch):
    both = Access(ALL, OWNER, READER)
    program = request(authorization=f"bearer {OWNER}")
    assert not both.may_read(program), "not before it was tried"
    both.learn(OWNER, "there")
    monkeypatch.setattr(passwords, "_scrypt", None)
    assert both.knows(program)
    assert both.may_change(program)
    assert not both.may_read(request(authorization=f"Bearer {READER}"))
    assert not both.may_read(request(authorization=f"Basic {OWNER}"))
    monkeypatch.setattr(access, "_MOST_KNOWN", 0)


# Over the wire.


@pytest.fixture(scope="module")
def signed(own):
    """A page behind a proxy, with passwords for readers and the owner: its address."""
    words = {"ADVISOR_PASSWORD": str(hashed(READER)), "ADVISOR_ADMIN_PASSWORD": OWNER, "ADVISOR_RATE": "1000"}
    with running({**own, **words}, "--behind-proxy") as (address, _):
        yield address


@pytest.fixture
def stranger(signed):
    with httpx.Client(base_url=signed, timeout=60) as http:
        yield http


def test_who_has_not_signed_in_sees_the_form_and_nothing_else(stranger):
    form = stranger.get("/")
    assert form.status_code == 401
    assert 'type="password"' in form.text
    assert "gradio" not in form.text
    for method, path in (
        ("GET", "config"),
        ("GET", "theme.css"),
        ("GET", "gradio_api/info"),
        ("GET", "gradio_api/queue/data?session_hash=x"),
        ("GET", "gradio_api/call/ask/x"),
        ("POST", "gradio_api/queue/join"),
        ("POST", "gradio_api/call/ask"),
        ("POST", "gradio_api/component_server/"),
        ("POST", "gradio_api/mcp/"),
    ):
        reply = stranger.request(method, path, **({"json": {"data": [PAY]}} if method == "POST" else {}))
        assert reply.status_code == 401, path
        assert reply.headers["www-authenticate"] == "Bearer"
        assert "Sign in first" in reply.json()["error"]
    assert stranger.get("config", headers={"X-Advisor-Inner": "made-up"}).status_code == 401
    assert stranger.get("config", headers={"X-Gradio-User": "mcp"}).status_code == 401


def test_a_cookie_that_came_by_tls_goes_by_tls_alone(stranger):
    for scheme, is_secure in (("https", True), ("http", False)):
        by = {"X-Forwarded-Proto": scheme, "X-Forwarded-For": "10.0.0.3"}
        reply = stranger.post("sign-in", data={"password": READER}, headers=by)
        assert (reply.status_code, reply.headers["location"]) == (303, "/")
        (cookie,) = http.cookies.SimpleCookie(reply.headers["set-cookie"]).values()
        assert (bool(cookie["secure"]), bool(cookie["httponly"]), cookie["samesite"]) == (is_secure, True, "strict")
        assert ("strict-transport-security" in reply.headers) is is_secure


def test_the_form_says_what_is_wrong_and_shows_no_word_of_it(stranger):
    wrong = stranger.post("sign-in", data={"password": "<b>wrong</b>"})
    assert wrong.status_code == 403
    assert "not the password" in wrong.text
    assert "<b>wrong" not in wrong.text
    assert "set-cookie" not in wrong.headers
    assert stranger.post("sign-in", content=b"password=%ff&&&&&&&", headers=FORM).status_code == 403


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_a_reader_asks_and_does_not_change_the_library(stranger):
    assert stranger.post("sign-in", content=READER).json() == {"signed_in": True}
    assert stranger.get("config").status_code == 200
    assert stranger.post("gradio_api/upload", files={"files": b"x"}).status_code == 403
    asked = stranger.post("gradio_api/call/ask", json={"data": [PAY]})
    assert "$149,000" in stranger.get(f"gradio_api/call/ask/{asked.json()['event_id']}").text
    assert stranger.get("config", headers={"Origin": "https://evil.example"}).status_code == 403, (
        "nor do others by them"
    )
    stranger.post("sign-out")
    assert stranger.get("config").status_code == 401


def test_programs_send_the_password_with_each_request(signed):
    from gradio_client import Client
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    bearer = {"Authorization": f"Bearer {READER}"}
    client = Client(signed, headers=bearer, verbose=False)
    assert "$149,000" in client.predict(PAY, api_name="/ask")["text"]
    client.close()

    async def talk():
        async with (
            httpx.AsyncClient(headers=bearer, timeout=60) as http_client,
            streamable_http_client(f"{signed}gradio_api/mcp/", http_client=http_client) as (reading, writing, _),
            ClientSession(reading, writing) as session,
        ):
            await session.initialize()
            tools = (await session.list_tools()).tools
            return await session.call_tool(tools[0].name, {"question": PAY})

    assert "$149,000" in asyncio.run(talk()).content[0].text
    with httpx.Client(base_url=signed, headers={"Authorization": "Bearer wrong"}) as http:
        assert "not the password" in http.get("config").json()["error"]
        assert http.get("").status_code == 401


def test_an_owner_signs_in_where_readers_do(stranger):
    assert stranger.post("sign-in", content=OWNER).status_code == 200
    # Without the token that the page has read, still refused.
    assert "may upload" in stranger.post("gradio_api/upload", files={"files": b"x"}).json()["error"]
    assert stranger.get("metrics").status_code == 200


# In a browser.


@contextlib.contextmanager
def fresh(browser, address, path=""):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    tab = watched(context.new_page())
    tab.goto(address + path)
    yield tab
    context.close()


def test_a_reader_signs_in_reads_and_signs_out(browser, signed):
    with fresh(browser, signed) as tab:
        tab.fill("#password", "wrong")
        tab.press("#password", "Enter")
        tab.wait_for_selector("[role=alert]:has-text('not the password')")
        tab.fill("#password", READER)
        tab.click("button")
        tab.wait_for_selector(READY)
        assert "$149,000" in ask(tab, PAY).inner_text()
        tab.click(".views [data-view=library]")
        tab.wait_for_selector(".shelf")
        assert tab.is_visible(".signing"), "an owner may sign in beside"
        assert not tab.is_visible(".adding")
        tab.fill("#password-box", OWNER)
        tab.press("#password-box", "Enter")
        tab.wait_for_selector(".adding")
        tab.click("[data-do=sign-out]")
        tab.wait_for_selector("#password")
        judge(tab, signed, expected=("status of 401", "status of 403"))


def test_who_is_signed_out_meanwhile_stands_before_the_form_and_loses_nothing(browser, signed):
    with fresh(browser, signed) as tab:
        tab.fill("#password", READER)
        tab.press("#password", "Enter")
        tab.wait_for_selector(READY)
        ask(tab, PAY)
        tab.context.clear_cookies()
        tab.click("[data-do=topics]")
        tab.fill("#password", READER)
        tab.press("#password", "Enter")
        tab.wait_for_selector(".turn .made")
        assert tab.inner_text(".question") == PAY
        judge(tab, signed, expected=("status of 401", "status of 403"))


def test_a_link_on_another_sites_page_leads_to_where_one_is_signed_in(browser, signed):
    with fresh(browser, signed) as tab:
        tab.fill("#password", READER)
        tab.press("#password", "Enter")
        tab.wait_for_selector(READY)
        link = f"{signed}?q=Which+role+pays%3F"
        tab.route("http://elsewhere.example/", lambda route: route.fulfill(body=f"<a href='{link}'>x</a>"))
        tab.goto("http://elsewhere.example/")
        tab.click("a")
        tab.wait_for_selector(READY)
        assert tab.input_value("#question-box") == "Which role pays?"


def test_the_page_keeps_to_its_policy_in_all_it_does(browser, signed):
    """What the policy forbids is told by an event; nothing that the page does is."""
    told = "addEventListener('securitypolicyviolation', e => console.error('policy: ' + e.violatedDirective));"
    context = {"extra_http_headers": {"Authorization": f"Bearer {READER}"}}
    with opened(browser, signed, before=told, **context) as tab:
        ask(tab, "Which role pays more?")
        tab.locator(".cite").first.hover()
        tab.locator(".cite").first.click()
        tab.click("[data-do=copy]")
        for view in ("library", "chat"):
            tab.click(f".views [data-view={view}]")
        tab.click("[data-do=exporting]")
        with tab.expect_download():
            tab.click("[data-form=json]")
        assert tab.problems == []
        tab.evaluate("fetch('http://127.0.0.1:1/').catch(() => 0)")
        tab.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.ran = 1\">')")
        tab.wait_for_timeout(300)
        assert {"policy: connect-src", "policy: script-src-attr"} <= set(tab.problems), "it would have been told"
        assert tab.evaluate("window.ran") is None, "a script that slipped into the page's HTML does not run"
        tab.problems.clear()
