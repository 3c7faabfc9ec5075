"""Who may change the library, over the wire: what each of the page's addresses allows, and what programs can call."""

from __future__ import annotations

import asyncio
import http.cookies
import time
from types import SimpleNamespace

import pytest
from starlette.datastructures import Headers
from wire import said, wired

from advisor.errors import AdvisorError
from advisor.web import access, passwords, rates
from advisor.web.access import COOKIE, Access
from advisor.web.place import Place
from advisor.web.signing import tried

PASSWORD = "correct horse"
CLOSED = "only from the computer that serves the page"


HERE = Place("127.0.0.1")
ALL = Place("0.0.0.0")


def request(host="127.0.0.1:7860", cookie="", peer="127.0.0.1", **headers):
    named = {name.replace("_", "-"): value for name, value in {"host": host, **headers}.items()}
    client = SimpleNamespace(host=peer) if peer else None
    return SimpleNamespace(headers=Headers(named), cookies={COOKIE: cookie} if cookie else {}, client=client)


@pytest.mark.parametrize(
    "asker",
    [
        request(),
        request("localhost:7860"),
        request("[::1]:7860"),
        request("localhost"),
        request(peer="::1"),
        request(origin="http://127.0.0.1:7860"),
        request(sec_fetch_site="same-origin", origin="http://127.0.0.1:7860"),
    ],
    ids=str,
)
def test_whoever_sits_at_the_machine_may_change_the_library(asker):
    assert Access(HERE, None).may_change(asker)


@pytest.mark.parametrize("asker", [request(), request("localhost"), request(peer="::1")], ids=str)
@pytest.mark.parametrize(
    "place", [Place("127.0.0.1", behind_proxy=True), Place("localhost", behind_proxy=True), ALL, Place("192.168.1.5")]
)
def test_behind_a_proxy_and_served_to_others_nobody_is_at_the_machine(asker, place):
    """As a plain proxy_pass sends it: from here, to here, and nothing tells of the proxy."""
    assert not Access(place, None).may_change(asker)


@pytest.mark.parametrize("place", [HERE, ALL], ids=str)
def test_where_a_password_is_set_it_is_always_asked_for(place):
    owned = Access(place, PASSWORD)
    assert not owned.may_change(request())
    assert owned.may_change(request(cookie=owned.sign_in(PASSWORD, "here")))


@pytest.mark.parametrize(
    "asker",
    [
        request(x_forwarded_for="10.0.0.9"),
        request(forwarded="for=10.0.0.9"),
        request(x_forwarded_host="advisor.example"),
        request(x_forwarded_proto="https"),
        request(x_real_ip="10.0.0.9"),
        request(peer="10.0.0.9"),
        request(peer=""),
        request(sec_fetch_site="cross-site"),
        request(sec_fetch_site="same-site", origin="http://127.0.0.1:7860"),
        request("evil.example:7860"),
        request("127.0.0.1.evil.example"),
        request("localhost.evil.example:7860"),
        request("192.168.1.5:7860"),
        request(""),
        request(origin="https://evil.example"),
        request(origin="http://["),
        request(origin="http://127.0.0.1.evil.example:7860"),
        request(origin="null"),
        request(origin="http://127.0.0.1:9999"),
        request(origin="file://"),
        request(cookie="made-up"),
        None,
    ],
    ids=str,
)
def test_nobody_else_may_not_even_through_the_browser_of_who_sits_there(asker):
    reached = Access(ALL if asker and asker.cookies else HERE, None)
    assert not reached.may_change(asker)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "advisor.example", ""])
def test_served_to_others_it_is_closed_without_a_password(host):
    closed = Access(Place(host), None)
    assert not closed.may_change(request())
    for guess in ("", "password"):
        with pytest.raises(AdvisorError, match="not the password"):
            closed.sign_in(guess, "there")


@pytest.fixture
def clock(monkeypatch):
    now = SimpleNamespace(value=1000.0)
    monkeypatch.setattr(access.time, "monotonic", lambda: now.value)
    monkeypatch.setattr(rates.time, "monotonic", lambda: now.value)
    monkeypatch.setattr(access.time, "time", lambda: now.value)
    return now


def test_an_owner_signs_in_and_out_and_is_forgotten_after_half_a_day(clock):
    owned = Access(ALL, PASSWORD)
    token, other = owned.sign_in(PASSWORD, "there"), owned.sign_in(PASSWORD, "there")
    assert token != other
    assert owned.may_change(request("advisor.example", token))
    owned.sign_out(token)
    owned.sign_out("made-up")
    assert not owned.may_change(request("advisor.example", token))
    assert owned.may_change(request("advisor.example", other))
    clock.value += 12 * 3600 + 1
    assert not owned.may_change(request("advisor.example", other))


def wrong(owned, address, times=10):
    for _ in range(times):
        with pytest.raises(AdvisorError, match="not the password"):
            owned.sign_in("wrong", address)


def test_wrong_passwords_make_their_own_address_wait_and_no_other(clock):
    owned = Access(ALL, PASSWORD)
    assert owned.pause("10.0.0.9") == 0
    wrong(owned, "10.0.0.9")
    assert owned.pause("10.0.0.9") == 1, "one try a second"
    assert owned.pause("10.0.0.7") == 0
    assert owned.sign_in(PASSWORD, "10.0.0.9"), "the right one is let through"
    clock.value += 301
    assert owned.pause("10.0.0.9") == 0


@pytest.mark.parametrize("way", ["sign_in", "learn"])
def test_guesses_at_once_are_as_slow_as_one_after_the_other(monkeypatch, way):
    """Eighty of an address: ten are tried, one at a time, the next after a pause; and others do not wait for them."""
    monkeypatch.setattr(access, "_PAUSE", 30.0)
    hashing, most, guessed = [], [], []

    def slow(self, guess):
        hashing.append(guess)
        most.append(len(hashing))
        guessed.append(guess)
        time.sleep(0.02)
        hashing.remove(guess)
        return guess == PASSWORD

    monkeypatch.setattr(passwords.Password, "is_it", slow)
    owned = Access(ALL, PASSWORD)

    async def flood():
        each = getattr(owned, way)
        tries = [asyncio.create_task(tried(owned, each, "wrong", "10.0.0.9")) for _ in range(80)]
        await asyncio.sleep(0)
        assert await asyncio.wait_for(tried(owned, owned.sign_in, PASSWORD, "10.0.0.7"), 5)
        assert len(guessed) < 10, "while the others are still tried"
        done, waiting = await asyncio.wait(tries, timeout=2)
        for one in waiting:
            one.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        return [str(one.exception()) for one in done]

    told = asyncio.run(flood())
    assert guessed.count("wrong") == 10
    assert max(most) <= 2, "one of each address"
    assert sum("wait a minute" in line for line in told) == 30
    assert sum("not the password" in line for line in told) == 10
    assert not owned._line._locks
    assert not owned._line._there


def test_right_passwords_that_come_at_once_are_none_too_many_and_hashed_once(monkeypatch):
    hashed = []
    monkeypatch.setattr(passwords.Password, "is_it", lambda self, guess: hashed.append(guess) or guess == PASSWORD)
    owned = Access(ALL, PASSWORD)

    async def all_at_once():
        await asyncio.gather(*(tried(owned, owned.learn, PASSWORD, "10.0.0.9") for _ in range(40)))
        return await asyncio.gather(*(tried(owned, owned.sign_in, PASSWORD, "10.0.0.9") for _ in range(40)))

    assert len(set(asyncio.run(all_at_once()))) == 40
    assert len(hashed) == 41
    assert owned.pause("10.0.0.9") == 0


def test_what_is_remembered_of_addresses_has_an_end(clock):
    rate = rates.Rate(2, 60)
    for number in range(10_050):
        rate.add(str(number))
    assert len(rate._times) == 10_000
    rate.add("10049")
    assert rate.is_reached("10049")
    clock.value += 61
    assert not rate.is_reached("10049")


@pytest.mark.parametrize(
    ("place", "asker", "address"),
    [
        (HERE, request(peer="10.0.0.9", x_forwarded_for="10.0.0.1"), "10.0.0.9"),
        (Place(behind_proxy=True), request(x_forwarded_for="made-up, 10.0.0.1"), "10.0.0.1"),
        (Place(behind_proxy=True), request(x_forwarded_for="10.0.0.1, 10.0.0.2:4711"), "10.0.0.2"),
        (Place(behind_proxy=True), request(x_forwarded_for="made-up"), "127.0.0.1"),
        (Place(behind_proxy=True), request(), "127.0.0.1"),
        (ALL, request(peer="2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64"),
        (ALL, request(peer="::ffff:10.0.0.9"), "10.0.0.9"),
        (Place(behind_proxy=True), request(x_forwarded_for="::ffff:8.8.8.8"), "8.8.8.8"),
        (Place(behind_proxy=True), request(x_forwarded_for="[::ffff:8.8.8.8]:4711"), "8.8.8.8"),
        (Place(behind_proxy=True), request(x_forwarded_for="::1"), "::/64"),
        (ALL, request(peer=""), ""),
    ],
    ids=str,
)
def test_requests_are_counted_by_an_address_that_their_sender_cannot_choose(place, asker, address):
    assert place.address(asker) == address


def test_a_change_needs_a_token_that_only_the_page_itself_can_read():
    here, owned = Access(HERE, None), Access(ALL, PASSWORD)
    assert here.is_change(request(), here.token(request()))
    one, other = (request("a.example", owned.sign_in(PASSWORD, "there")) for _ in range(2))
    assert owned.is_change(one, owned.token(one))
    for token in (owned.token(other), here.token(request()), "", "made-up", "\u2019", None, 7, [owned.token(one)]):
        assert not owned.is_change(one, token), token
    assert not owned.is_change(request("a.example"), owned.token(one))
    assert not owned.is_change(None, owned.token(one))


def test_an_owner_is_none_to_a_page_of_another_site():
    owned = Access(ALL, PASSWORD)
    cookie = owned.sign_in(PASSWORD, "there")
    assert owned.may_change(request("advisor.example", cookie, origin="https://advisor.example"))
    for headers in (
        {"origin": "https://blog.advisor.example"},
        {"origin": "https://advisor.example:8443"},
        {"origin": "null"},
        {"origin": "https://advisor.example", "sec_fetch_site": "same-site"},
        {"sec_fetch_site": "cross-site"},
    ):
        assert not owned.may_change(request("advisor.example", cookie, **headers)), headers


@pytest.fixture(scope="module")
def owned(own):
    with wired({**own, "ADVISOR_ADMIN_PASSWORD": PASSWORD, "ADVISOR_PUBLIC": "1"}, "--host", "0.0.0.0") as wire:
        yield wire


@pytest.fixture(scope="module")
def public(own):
    with wired({**own, "ADVISOR_PUBLIC": "1"}, "--host", "0.0.0.0") as wire:
        yield wire


@pytest.fixture(scope="module")
def guarded(own):
    with wired({**own, "ADVISOR_ADMIN_PASSWORD": PASSWORD}) as wire:
        yield wire


@pytest.fixture(scope="module")
def proxied(own):
    with wired({**own, "ADVISOR_PUBLIC": "1"}, "--behind-proxy") as wire:
        yield wire


def shut(wire, **headers):
    """Assert that nothing of the library can be changed, and that its controls are absent."""
    shelf = wire.call("shelf", {}, **headers).json()
    assert shelf["mayChange"] is False
    assert "token" not in shelf
    assert 'data-do="remove"' not in shelf["html"]
    assert CLOSED in wire.remove("joinai-three-roles-2026", **headers).json()["error"]
    assert CLOSED in wire.bring({"id": "1", "urls": ["http://127.0.0.1:1/"]}, **headers)
    assert wire.upload(**headers).status_code == 403
    assert wire.http.post("gradio_api/upload/", files={"files": b"x"}, headers=headers).status_code in (403, 404)
    assert "joinai-three-roles-2026" in wire.call("shelf", {}, **headers).json()["html"]


def test_served_to_this_machine_alone_its_reader_may_and_a_foreign_page_may_not(local):
    shelf = local.call("shelf", {}).json()
    assert shelf["mayChange"] is True
    assert 'data-do="remove"' in shelf["html"]
    for headers in ({"X-Forwarded-For": "10.0.0.9"}, {"X-Forwarded-Host": "a.example"}, {"X-Forwarded-Proto": "http"}):
        shut(local, **headers)
    token = shelf["token"]
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        removed = local.call("remove", {"id": "joinai-three-roles-2026", "token": token}, **headers)
        assert removed.status_code == 403
        assert "Another site" in removed.json()["error"]


def test_a_change_over_the_wire_needs_the_token(local):
    for token in ("", "made-up", None, 7):
        removed = local.call("remove", {"id": "joinai-three-roles-2026", "token": token})
        assert "open the library anew" in removed.json()["error"]
        assert "open the library anew" in local.bring({"id": "1", "urls": ["http://127.0.0.1:1/"], "token": token})
        assert local.upload(**{"X-Advisor-Token": str(token)}).status_code == 403
    assert "joinai-three-roles-2026" in local.call("shelf", {}).json()["html"]


def test_behind_a_plain_proxy_nobody_changes_the_library(proxied):
    """Each request comes from here, is to here, and has no header that tells of the proxy."""
    shut(proxied)
    shut(proxied, **{"X-Forwarded-For": "127.0.0.1"})
    assert proxied.call("shelf", {}).json()["mayLogIn"] is False


def test_with_a_password_the_machine_itself_is_asked_for_it(guarded):
    shut(guarded)
    assert guarded.call("shelf", {}).json()["mayLogIn"] is True
    assert guarded.http.post("sign-in", content=PASSWORD).status_code == 200
    assert guarded.call("shelf", {}).json()["mayChange"] is True
    guarded.http.post("sign-out")
    shut(guarded)


def test_ten_wrong_passwords_do_not_lock_the_owner_out(guarded):
    for _ in range(11):
        assert guarded.http.post("sign-in", content="wrong").status_code == 403
    assert guarded.http.post("sign-in", content=PASSWORD).json() == {"signed_in": True}
    guarded.http.post("sign-out")


def test_served_to_others_without_a_password_nobody_may_change_it(public):
    shut(public)
    for password in ("", PASSWORD):
        reply = public.http.post("sign-in", content=password)
        assert reply.status_code == 403
        assert "not the password" in reply.json()["error"]
        assert "set-cookie" not in reply.headers
    assert public.call("shelf", {}).json()["mayLogIn"] is False


def test_an_owner_signs_in_changes_the_library_and_signs_out(owned):
    shut(owned)
    assert owned.call("shelf", {}).json()["mayLogIn"] is True
    assert owned.http.post("sign-in", content="wrong").status_code == 403
    assert owned.http.post("sign-in", content="x" * 2000).status_code == 413
    assert owned.http.get("sign-in").status_code == 405
    assert owned.http.post("sign-in", content=PASSWORD, headers={"Origin": "https://evil.example"}).status_code == 403
    shut(owned)
    reply = owned.http.post("sign-in", content=PASSWORD)
    assert reply.json() == {"signed_in": True}
    (cookie,) = http.cookies.SimpleCookie(reply.headers["set-cookie"]).values()
    assert (cookie.key, bool(cookie["httponly"]), cookie["samesite"].lower()) == (COOKIE, True, "strict")
    assert PASSWORD not in reply.headers["set-cookie"]
    assert owned.call("shelf", {}).json()["mayChange"] is True
    sibling = {"Origin": "http://blog.127.0.0.1", "Sec-Fetch-Site": "same-site"}
    assert owned.call("remove", {"id": "joinai-three-roles-2026", "token": owned.token()}, **sibling).status_code == 403
    uploaded = owned.upload("a-day.md", "# A day of a data engineer\n\n" + "Data engineers move data every day. " * 40)
    assert "<b>added</b>" in owned.bring({"id": "1", "files": uploaded.json()})
    assert "A day of a data engineer" in owned.call("shelf", {}).json()["html"]
    assert owned.http.post("sign-out").json() == {"signed_in": False}
    shut(owned)
    owned.http.cookies.set(COOKIE, cookie.value)
    shut(owned)


def test_no_file_of_the_machine_is_added_but_an_upload(local, own):
    outside = f"{own['ADVISOR_HOME']}/secret.md"
    with open(outside, "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write("# Secret\n\nThis must not be read. " * 30)
    uploaded = local.upload().json()[0]
    folder = uploaded.rpartition("/")[0]
    for path in (outside, f"{folder}/../../../../../../{outside}", "/etc/passwd", folder, "secret.md", "", None, {}):
        assert "no longer there" in local.bring({"id": "1", "files": [path]}), path
    for url in ("file:///etc/passwd", outside, "javascript:alert(1)", 7, None):
        assert "no web address" in local.bring({"id": "1", "urls": [url]}), url
    for data in ({}, {"files": []}, {"files": "x"}, {"urls": {}}, {"urls": ["http://a"] * 501}):
        assert "Choose from one" in local.bring({"id": "1", **data}), data
    assert "Secret" not in local.call("shelf", {}).json()["html"]


def test_what_is_malformed_is_refused_in_a_line(local):
    for name in ("render", "export", "article", "rate", "remove", "alive", "topics"):
        for data in (None, [], "x", 7, {"turns": 7}, {"turns": [{}], "keys": ["a"]}, {"turn": {"question": 7}}):
            reply = local.call(name, data)
            assert reply.status_code == 200, (name, data, reply.text)
            assert "Traceback" not in reply.text
            assert "\n" not in reply.json().get("error", "")
    for name in ("launch", "get_config", "__init__", "answer", "add", "nothing"):
        assert local.call(name, {}).status_code == 404, name
    for data in ({}, {"question": "x", "turns": [7]}, {"question": "x" * 5000}):
        heard, last = local.trigger("ask", data)
        assert "problem" in said([heard, last]), data


def test_half_a_sign_is_no_reason_to_fail(local):
    """As where JavaScript has cut a title in the middle of an emoji."""
    turn = {"question": "x\ud83d"}
    reply = local.call("export", {"title": "A \ud83d", "turns": [turn], "form": "markdown"})
    assert "# A ?" in reply.json()["text"]
    assert ">x?<" in local.call("render", {"turns": [turn], "keys": ["a"]}).json()["html"][0]
    assert ">\u2019 x?<" in local.trigger("ask", {"question": "\u2019 x\ud83d"})[1]["data"][0]["html"]


def test_every_response_forbids_what_comes_from_elsewhere(local):
    for path in ("", "config", "gradio_api/info", "nothing"):
        headers = local.http.get(path).headers
        assert "default-src 'self'" in headers["content-security-policy"], path
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


def test_programs_see_one_endpoint_and_no_inner_ones(local):
    info = local.http.get("gradio_api/info").json()
    assert list(info["named_endpoints"]) == ["/ask"]
    assert info["unnamed_endpoints"] == {}
    ask = info["named_endpoints"]["/ask"]
    assert [one["parameter_name"] for one in ask["parameters"]] == [
        "question",
        "history",
        "profile",
        "sources",
        "since",
    ]
    assert "Answer a question from the library's articles" in ask["description"]


def test_an_inner_handler_is_no_address(public):
    for name in ("answer", "add", "nothing"):
        assert public.http.post(f"gradio_api/call/{name}", json={"data": [{}]}).status_code == 404
        assert public.http.get(f"gradio_api/call/{name}/1").status_code == 404


def test_a_program_asks_with_gradio_client(local, articles):
    from gradio_client import Client
    from gradio_client.exceptions import AppError

    client = Client(local.address, verbose=False)
    answer = client.predict("What do mid-level ML engineers earn?", api_name="/ask")
    assert answer["status"] == "answered"
    for one in answer["citations"]:
        assert articles[one["article"]].text[one["start"] : one["end"]] == one["quote"]
    history = [["user", "What do mid-level ML engineers earn?"], ["assistant", answer["text"]]]
    followed = client.predict("And AI engineers?", history, "nurse", api_name="/ask")
    assert followed["question"] == "And AI engineers?"
    only = "csp-global-role-comparison"
    limited = client.predict("What does an ML engineer do?", sources=[only], api_name="/ask")
    assert {one["article"] for one in limited["citations"]} == {only}
    for wrong, told in (
        ({"sources": ["nothing"]}, "nothing"),
        ({"since": "soon"}, "soon"),
        ({"since": "2999-01-01"}, "2999"),
    ):
        with pytest.raises(AppError, match=told):
            client.predict("What does an ML engineer do?", **wrong, api_name="/ask")
    with pytest.raises(AppError, match="empty"):
        client.predict(" ", api_name="/ask")
    client.close()


def test_a_desktop_assistant_finds_and_calls_the_tool(local):
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async def talk():
        async with (
            streamable_http_client(f"{local.address}gradio_api/mcp/") as (reading, writing, _),
            ClientSession(reading, writing) as session,
        ):
            await session.initialize()
            tools = (await session.list_tools()).tools
            reply = await session.call_tool(tools[0].name, {"question": "What do mid-level ML engineers earn?"})
            hidden = [await session.call_tool(tools[0].name.replace("ask", name), {}) for name in ("add", "answer")]
            return tools, reply, hidden

    tools, reply, hidden = asyncio.run(talk())
    assert all(one.isError for one in hidden)
    assert [tool.name.rpartition("_")[2] for tool in tools] == ["ask"]
    assert "articles" in tools[0].description
    assert {"question", "history", "profile", "sources", "since"} == set(tools[0].inputSchema["properties"])
    assert not reply.isError
    assert "$149,000" in reply.content[0].text
