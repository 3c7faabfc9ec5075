"""Who may change the library, over the wire: what each of the page's addresses allows, and what programs can call."""

from __future__ import annotations

import asyncio
import contextlib
import http.cookies
import json
import shutil
import uuid
from types import SimpleNamespace

import httpx
import pytest
from page_server import served
from starlette.datastructures import Headers

from advisor.errors import AdvisorError
from advisor.web import access
from advisor.web.access import COOKIE, Access

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:gradio", "ignore::DeprecationWarning:websockets")

PASSWORD = "correct horse"
CLOSED = "only from the computer that serves the page"


def request(host="127.0.0.1:7860", cookie="", **headers):
    named = {name.replace("_", "-"): value for name, value in {"host": host, **headers}.items()}
    return SimpleNamespace(headers=Headers(named), cookies={COOKIE: cookie} if cookie else {})


@pytest.mark.parametrize(
    "asker",
    [
        request(),
        request("localhost:7860"),
        request("[::1]:7860"),
        request("localhost"),
        request(origin="http://127.0.0.1:7860"),
    ],
)
def test_whoever_sits_at_the_machine_may_change_the_library(asker):
    assert Access("127.0.0.1", None).may_change(asker)


@pytest.mark.parametrize(
    "asker",
    [
        request(x_forwarded_for="10.0.0.9"),
        request(forwarded="for=10.0.0.9"),
        request(x_forwarded_host="advisor.example"),
        request(x_real_ip="10.0.0.9"),
        request("evil.example:7860"),
        request("127.0.0.1.evil.example"),
        request("localhost.evil.example:7860"),
        request("192.168.1.5:7860"),
        request(""),
        request(origin="https://evil.example"),
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
    reached = Access("0.0.0.0", None) if asker and asker.cookies else Access("127.0.0.1", None)
    assert not reached.may_change(asker)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "advisor.example", ""])
def test_served_to_others_it_is_closed_without_a_password(host):
    closed = Access(host, None)
    assert not closed.may_change(request())
    for guess in ("", "password"):
        with pytest.raises(AdvisorError, match="not the password"):
            closed.sign_in(guess)


@pytest.fixture
def clock(monkeypatch):
    now = SimpleNamespace(value=1000.0)
    monkeypatch.setattr(access.time, "monotonic", lambda: now.value)
    return now


def test_an_owner_signs_in_and_out_and_is_forgotten_after_half_a_day(clock):
    owned = Access("0.0.0.0", PASSWORD)
    token, other = owned.sign_in(PASSWORD), owned.sign_in(PASSWORD)
    assert token != other
    assert owned.may_change(request("advisor.example", token))
    owned.sign_out(token)
    owned.sign_out("made-up")
    assert not owned.may_change(request("advisor.example", token))
    assert owned.may_change(request("advisor.example", other))
    clock.value += 12 * 3600 + 1
    assert not owned.may_change(request("advisor.example", other))


def test_too_many_wrong_passwords_close_the_door_for_five_minutes(clock):
    owned = Access("0.0.0.0", PASSWORD)
    token = owned.sign_in(PASSWORD)
    for _ in range(10):
        with pytest.raises(AdvisorError, match="not the password"):
            owned.sign_in("wrong")
    with pytest.raises(AdvisorError, match="wait five minutes"):
        owned.sign_in(PASSWORD)
    assert owned.may_change(request("advisor.example", token)), "who is in stays in"
    clock.value += 301
    assert owned.sign_in(PASSWORD)


class Wire:
    """The page's addresses, spoken to without a browser."""

    def __init__(self, address):
        self.address = address
        self.http = httpx.Client(base_url=address, timeout=60)
        config = self.http.get("config").json()
        self.component = next(part["id"] for part in config["components"] if part["type"] == "html")
        self.events = {name: one["id"] for one in config["dependencies"] for _, name in one["targets"]}
        self.session = uuid.uuid4().hex

    def call(self, name, data, **headers):
        """A function of the desk, as the page's client calls it."""
        body = {"session_hash": self.session, "component_id": self.component, "fn_name": name, "data": data}
        return self._post("gradio_api/component_server/", body, headers)

    def trigger(self, name, data, **headers):
        """What an event of the page's client yields, to its end."""
        session = uuid.uuid4().hex
        body = {"data": [None], "fn_index": self.events[name], "trigger_id": self.component, "session_hash": session}
        joined = self._post("gradio_api/queue/join", {**body, "event_data": data}, headers)
        assert joined.status_code == 200, joined.text
        heard = []
        with self.http.stream("GET", "gradio_api/queue/data", params={"session_hash": session}) as stream:
            for line in stream.iter_lines():
                message = json.loads(line.removeprefix("data:")) if line.startswith("data:") else {}
                if message.get("msg") == "process_generating":
                    heard.append(message["output"])
                if message.get("msg") in ("process_completed", "close_stream"):
                    break
        return heard, message.get("output")

    def _post(self, path, body, headers):
        """As a browser does it: what is not ASCII, be it half a sign, is escaped."""
        return self.http.post(path, content=json.dumps(body), headers={"Content-Type": "application/json", **headers})

    def upload(self, name="note.md", text="# Note\n\nNo article.", **headers):
        files = {"files": (name, text.encode(), "text/markdown")}
        return self.http.post("gradio_api/upload", files=files, headers=headers)


@contextlib.contextmanager
def wired(environment, *arguments):
    with served(environment, *arguments) as address:
        wire = Wire(address)
        yield wire
        wire.http.close()


def said(events):
    """All that was yielded and returned, as text."""
    return json.dumps(events)


@pytest.fixture(scope="module")
def own(home, environment, tmp_path_factory):
    """A home that may be changed."""
    folder = tmp_path_factory.mktemp("own") / "home"
    shutil.copytree(home, folder)
    return {**environment, "ADVISOR_HOME": str(folder)}


@pytest.fixture(scope="module")
def local(own):
    with wired(own) as wire:
        yield wire


@pytest.fixture(scope="module")
def owned(own):
    with wired({**own, "ADVISOR_ADMIN_PASSWORD": PASSWORD}, "--host", "0.0.0.0") as wire:
        yield wire


@pytest.fixture(scope="module")
def public(own):
    with wired(own, "--host", "0.0.0.0") as wire:
        yield wire


def shut(wire, **headers):
    """Assert that nothing of the library can be changed, and that its controls are absent."""
    shelf = wire.call("shelf", {}, **headers).json()
    assert shelf["mayChange"] is False
    assert 'data-do="remove"' not in shelf["html"]
    removed = wire.call("remove", {"id": "joinai-three-roles-2026"}, **headers)
    assert CLOSED in removed.json()["error"]
    added = said(wire.trigger("bring", {"id": "1", "urls": ["http://127.0.0.1:1/"]}, **headers))
    assert CLOSED in added
    assert wire.upload(**headers).status_code == 403
    assert wire.http.post("gradio_api/upload/", files={"files": b"x"}, headers=headers).status_code in (403, 404)
    assert "joinai-three-roles-2026" in wire.call("shelf", {}, **headers).json()["html"]


def test_served_to_this_machine_alone_its_reader_may_and_a_foreign_page_may_not(local):
    shelf = local.call("shelf", {}).json()
    assert shelf["mayChange"] is True
    assert 'data-do="remove"' in shelf["html"]
    port = local.address.rstrip("/").rpartition(":")[2]
    for headers in (
        {"X-Forwarded-For": "10.0.0.9"},
        {"Host": f"evil.example:{port}"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ):
        shut(local, **headers)


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
    shut(owned)
    reply = owned.http.post("sign-in", content=PASSWORD)
    assert reply.json() == {"signed_in": True}
    (cookie,) = http.cookies.SimpleCookie(reply.headers["set-cookie"]).values()
    assert (cookie.key, bool(cookie["httponly"]), cookie["samesite"].lower()) == (COOKIE, True, "strict")
    assert PASSWORD not in reply.headers["set-cookie"]
    assert owned.call("shelf", {}).json()["mayChange"] is True
    uploaded = owned.upload("a-day.md", "# A day of a data engineer\n\n" + "Data engineers move data every day. " * 40)
    added = said(owned.trigger("bring", {"id": "1", "files": uploaded.json()}))
    assert "<b>added</b>" in added
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
        said_ = said(local.trigger("bring", {"id": "1", "files": [path]}))
        assert "no longer there" in said_, path
    for url in ("file:///etc/passwd", outside, "javascript:alert(1)", 7, None):
        assert "no web address" in said(local.trigger("bring", {"id": "1", "urls": [url]})), url
    for data in ({}, {"files": []}, {"files": "x"}, {"urls": {}}, {"urls": ["http://a"] * 501}):
        assert "Choose from one" in said(local.trigger("bring", {"id": "1", **data})), data
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
    assert "Answer a question on careers in AI" in ask["description"]


def test_an_inner_handler_that_is_called_by_its_name_refuses_as_the_page_does(public):
    for name, told in (("answer", "The question is empty"), ("add", CLOSED)):
        event = public.http.post(f"gradio_api/call/{name}", json={"data": [{}]}).json()["event_id"]
        assert told in public.http.get(f"gradio_api/call/{name}/{event}").text


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
