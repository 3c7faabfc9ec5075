"""What a page lets in, over the wire and in parts: addresses, names, sites, sizes, seconds; and what it keeps."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
import time
import uuid

import httpx
import pytest
import uvicorn
from page_server import free_port
from starlette.responses import PlainTextResponse
from wire import Wire, said, wired

from advisor.errors import AdvisorError, SettingsError
from advisor.settings import load_settings
from advisor.web import brought, feedback, server, sessions
from advisor.web.access import Access
from advisor.web.brought import Body, Load, read_json
from advisor.web.desk import Desk
from advisor.web.doors import Door, RefusedError, doors, through
from advisor.web.guard import believe
from advisor.web.page import application
from advisor.web.place import Place
from advisor.web.sent import spans_of
from advisor.web.sessions import Sessions
from advisor.web.turn import Turn

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:gradio", "ignore::DeprecationWarning:websockets")

PAY = "What do mid-level ML engineers earn?"
HERE = Place("127.0.0.1")


@pytest.fixture(scope="module")
def named(own):
    named = {"ADVISOR_PAGE_HOSTS": "advisor.example, b.example:8443", "ADVISOR_PUBLIC": "1"}
    with wired({**own, **named}, "--host", "0.0.0.0") as wire:
        yield wire


@pytest.fixture(scope="module")
def inside(advisor, tmp_path_factory):
    """A page that is served by a thread of this process: a wire to it, its queue, its framework's application."""
    port = free_port()
    desk = Desk(advisor, Access(HERE, None), tmp_path_factory.mktemp("uploads"))

    async def made():  # within a loop, as the framework would leave several of its own unclosed
        return application(desk, port)

    guard = asyncio.run(made())
    with running(guard, port) as address:
        wire = Wire(address)
        wire.trigger("ask", {"question": PAY})
        yield wire, guard._sessions._queue
        wire.http.close()


@contextlib.contextmanager
def running(app, port):
    config = server.configured(app)
    config.lifespan = "auto"
    config.timeout_keep_alive = 60  # so that what is closed is closed by the page's own measure
    serving = uvicorn.Server(config)
    thread = threading.Thread(target=serving.run, args=(server.listening("127.0.0.1", port),))
    thread.start()
    try:
        wait(lambda: serving.started)
        yield f"http://127.0.0.1:{port}/"
    finally:
        serving.should_exit = serving.force_exit = True
        thread.join()


def wait(is_so, seconds=20):
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def line(reply):
    """The one line of a refusal."""
    told = reply.json()["error"]
    assert told.endswith(".")
    assert "\n" not in told
    assert "Traceback" not in told
    return told


# Addresses: a list of what there is, not of what there is not.

CLOSED = [
    "openapi.json",
    "gradio_api/openapi.json",
    "gradio_api/deep_link?session_hash=x",
    "gradio_api/heartbeat/x",
    "gradio_api/dev/reload",
    "gradio_api/file=http://127.0.0.1:1/",
    "gradio_api/file=/etc/passwd",
    "gradio_api/%66ile=http://127.0.0.1:1/",
    "gradio_api/file/http://127.0.0.1:1/",
    "gradio_api/proxy=https://a.hf.space/",
    "gradio_api/runs",
    "gradio_api/run-history/buckets",
    "gradio_api/run-history/records",
    "gradio_api/startup-events",
    "gradio_api/queue/status",
    "gradio_api/token",
    "gradio_api/user",
    "gradio_api/login_check",
    "gradio_api/vibe-code",
    "gradio_api/upload_progress?upload_id=x",
    "gradio_api/custom_component/x/client/component/x.js",
    "gradio_api/stream/a/b/1/playlist.m3u8",
    "gradio_api/mcp/sse",
    "gradio_api/mcp/schema",
    "gradio_api/mcp/messages/",
    "monitoring",
    "monitoring/summary",
    "pwa_icon/9999",
    "logout",
    "svelte/x",
    "assets/../../../../../etc/passwd",
    "assets//etc/passwd",
    "nothing",
]


@pytest.mark.parametrize("path", CLOSED)
def test_what_the_page_never_asks_for_does_not_exist(local, path):
    reply = local.http.get(path)
    assert reply.status_code == 404
    assert "no such address" in line(reply)


@pytest.mark.parametrize(
    "path",
    [
        "gradio_api/process_recording",
        "gradio_api/run-history/connect",
        "gradio_api/run/ask",
        "gradio_api/api/ask",
        "gradio_api/run/answer",
        "gradio_api/vibe-edit",
        "gradio_api/vibe-starter-queries",
        "gradio_api/stream/x",
        "login",
    ],
)
def test_nothing_else_is_sent_to_it(local, path):
    assert local.http.post(path, files={"video": ("a.mp4", b"x" * 1000)}).status_code == 404


def test_an_address_has_its_methods(local):
    for method, path in (("POST", ""), ("PUT", ""), ("DELETE", "config"), ("GET", "gradio_api/queue/join")):
        reply = local.http.request(method, path)
        assert reply.status_code == 405
        assert "alone" in line(reply)


def test_every_door_is_found_by_what_it_is_for():
    all_ = doors(1)
    for method, path, kind in (
        ("GET", "/", "get"),
        ("HEAD", "/", "get"),
        ("GET", "/assets/index-a@1.css", "get"),
        ("GET", "/static/fonts/A/A-Bold.woff2", "get"),
        ("GET", "/gradio_api/call/ask/0a", "told"),
        ("POST", "/gradio_api/call/v2/ask", "ask"),
        ("POST", "/gradio_api/mcp/", "mcp"),
    ):
        assert through(all_, method, path)[0].kind == kind
    for path in ("/assets/..%2f", "/assets/../x", "/static/a\n", "/gradio_api/call/ask/" + "a" * 65, "//", "/ask"):
        with pytest.raises(RefusedError):
            through(all_, "GET", path)


def test_the_page_that_is_asked_for_with_an_unknown_part_of_it_is_the_page(local):
    """What stands behind the question mark is for the page's own script: the framework is not told."""
    for query in ("?page=nothing", "?deep_link=../../x", "?q=x", "?__theme=dark&page=a"):
        assert local.http.get(query).status_code == 200, query
        assert local.http.get(f"config{query}").status_code == 200, query
    assert list(local.http.get("gradio_api/info?all_endpoints=1").json()["named_endpoints"]) == ["/ask"]


# Names and sites.


NOT_HERE = (
    "[127.0.0.1].evil.example",
    "[127.0.0.1]",
    "[::1].evil.example",
    "[::1]x:7860",
    "[::1",
    "[]",
    "localhost:80@evil.example",
    "localhost:evil.example",
    "localhost:",
    "localhost/evil.example",
    "127.0.0.1:7860:1",
    "localhost, evil.example",
    "localhost evil.example",
)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:7860",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "192.168.1.5",
        "",
        *NOT_HERE,
    ],
)
def test_a_foreign_name_that_leads_here_shows_nothing(local, host):
    """As DNS rebinding has it: a script of evil.example reads what evil.example answers."""
    for path in ("", "config", "theme.css", "gradio_api/info"):
        reply = local.http.get(path, headers={"Host": host})
        assert reply.status_code in (400, 421), path
        assert "joinai" not in reply.text
    assert local.call("shelf", {}, Host=host).status_code in (400, 421)


@pytest.mark.parametrize("others", [["evil.example"], ["localhost"], [""]])
def test_a_request_with_two_names_is_refused(local, others):
    """Which of them a proxy, the page or a browser goes by may differ."""
    url = httpx.URL(local.http.base_url)
    with socket.create_connection((url.host, url.port), timeout=10) as connection:
        names = "".join(f"Host: {host}\r\n" for host in ("localhost", *others))
        connection.sendall(f"GET /config HTTP/1.1\r\n{names}Connection: close\r\n\r\n".encode())
        assert connection.recv(100).split()[1] in (b"400", b"421")


@pytest.mark.parametrize("host", ["localhost:1234", "LOCALHOST", "127.0.0.1", "[::1]:7860", "[0:0:0:0:0:0:0:1]"])
def test_the_machines_own_names_are_the_pages(local, host):
    assert local.http.get("config", headers={"Host": host}).status_code == 200


def test_a_page_that_has_been_given_names_goes_by_those(named):
    for host, status in (
        ("advisor.example", 200),
        ("ADVISOR.example:7860", 200),
        ("b.example", 200),
        ("localhost:7860", 200),
        ("evil.example", 421),
        ("x.advisor.example", 421),
    ):
        assert named.http.get("config", headers={"Host": host}).status_code == status, host
    told = line(named.http.get("config", headers={"Host": "evil.example"}))
    assert "ADVISOR_PAGE_HOSTS" in told


@pytest.mark.parametrize(
    ("place", "host", "is_named"),
    [
        (Place("0.0.0.0"), "any.example", True),
        (Place("::"), "any.example", True),
        (Place("0.0.0.0"), "", False),
        (Place(behind_proxy=True), "any.example", True),
        (Place(behind_proxy=True, names=("a.example",)), "any.example", False),
        (Place("192.168.1.5"), "192.168.1.5:7860", True),
        (Place("192.168.1.5"), "any.example", False),
        (Place("::1"), "[::1]:7860", True),
        (Place("fe80::1"), "[fe80::1]:7860", True),
        (Place(names=("a.example:8443",)), "a.example", True),
        (Place(""), "", False),
        *((Place(behind_proxy=True), host, False) for host in NOT_HERE),
    ],
)
def test_public_by_choice_it_has_any_name_until_it_is_given_some(place, host, is_named):
    assert place.is_named(host) is is_named


@pytest.mark.parametrize("names", ["a.example,http://b.example", "a b", "a.example/", "*", "a:port"])
def test_what_is_no_name_is_refused_at_the_start(monkeypatch, names):
    monkeypatch.setenv("ADVISOR_PAGE_HOSTS", names)
    with pytest.raises(SettingsError, match="ADVISOR_PAGE_HOSTS has"):
        load_settings()


def test_names_are_read_with_commas_between(monkeypatch):
    monkeypatch.setenv("ADVISOR_PAGE_HOSTS", " a.example ,, b.example:8443, [::1]:1 ")
    assert load_settings().page_hosts == ("a.example", "b.example:8443", "[::1]:1")


FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "http://127.0.0.1:9"},
    {"Origin": "http://localhost:9"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_another_sites_scripts_read_and_ask_nothing(local, headers):
    for reply in (
        local.http.get("config", headers=headers),
        local.call("shelf", {}, **headers),
        local.call("article", {"id": "joinai-three-roles-2026"}, **headers),
        local.http.post("gradio_api/call/ask", json={"data": [PAY]}, headers=headers),
        local.http.post("sign-out", headers=headers),
    ):
        assert reply.status_code == 403
        assert "Another site" in line(reply)
        assert not [name for name in reply.headers if name.startswith("access-control")]


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:9", "null"])
def test_no_site_is_let_in_beforehand(local, origin):
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x"}
    for path in ("", "gradio_api/queue/join", "gradio_api/upload", "sign-in", "gradio_api/mcp/"):
        reply = local.http.options(path, headers=asked)
        assert reply.status_code == 405
        assert not [name for name in reply.headers if name.startswith("access-control")]
    assert local.http.get("").headers["cross-origin-resource-policy"] == "same-origin"


def test_a_link_from_another_site_opens_the_page(local):
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert local.http.get("?q=x", headers=headers).status_code == 200
    assert local.http.get("", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}).status_code == 403


def test_a_form_of_another_site_is_not_what_the_page_sends(local):
    body = json.dumps({"session_hash": "a", "component_id": local.component, "fn_name": "shelf", "data": {}})
    for type_ in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
        reply = local.http.post("gradio_api/component_server/", content=body, headers={"Content-Type": type_})
        assert reply.status_code == 415
        assert "application/json" in line(reply)


def scope(**headers):
    return {
        "type": "http",
        "scheme": "http",
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }


def test_what_a_proxy_says_is_believed_where_there_is_one():
    told = {"host": "127.0.0.1:7860", "x_forwarded_host": "a.example", "x_forwarded_proto": "https"}
    behind = scope(**told, x_gradio_server="http://evil.example", x_gradio_user="mcp")
    believe(behind, Place(behind_proxy=True))
    assert behind["scheme"] == "https"
    assert behind["headers"] == [(b"host", b"a.example")]
    several = scope(host="a")
    for value in ("http://evil.example", "made-up, 10.0.0.1"):
        several["headers"].append((b"x-forwarded-for", value.encode()))
    several["headers"].append((b"x-forwarded-host", b"evil.example, a.example"))
    believe(several, Place(behind_proxy=True))
    assert several["headers"] == [(b"host", b"a.example"), (b"x-forwarded-for", b"10.0.0.1")]
    foreign = scope(**told)
    believe(foreign, Place(behind_proxy=True, names=("b.example",)))
    assert foreign["headers"] == [(b"host", b"127.0.0.1:7860")]
    alone = scope(**told)
    believe(alone, HERE)
    assert alone["scheme"] == "http"
    assert dict(alone["headers"]) == {b"host": b"127.0.0.1:7860", b"forwarded": b"by=unknown"}


def test_no_header_tells_the_page_where_it_is(local):
    """The framework would send its readers, and the tool's questions, wherever these lead."""
    for name in ("X-Forwarded-Host", "X-Gradio-Server"):
        for path in ("config", "gradio_api/info", "", "gradio_api/mcp/"):
            assert "evil.example" not in local.http.get(path, headers={name: "http://evil.example"}).text, (name, path)


# Sizes, fields and seconds.


def refused_of(wire, path, size, type_="application/json"):
    """The status of a body of that many bytes, sent as far as it is taken."""
    try:
        return wire.http.post(path, content=b"x" * size, headers={"Content-Type": type_}).status_code
    except httpx.TransportError:  # it is told, and the rest is not read
        return 413


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("gradio_api/component_server/", 6_000_000),
        ("gradio_api/queue/join", 2_000_000),
        ("gradio_api/call/ask", 1_000_000),
        ("gradio_api/call/v2/ask", 1_000_000),
        ("gradio_api/mcp/", 1_000_000),
        ("gradio_api/cancel", 10_000),
        ("gradio_api/reset", 10_000),
        ("sign-in", 1_000),
        ("sign-out", 1_000),
    ],
)
def test_a_body_has_its_most_bytes(local, path, most):
    assert refused_of(local, path, most + 1) == 413
    assert refused_of(local, path, most) != 413


def test_sixty_megabytes_hold_nobody_up(local):
    started = time.monotonic()
    assert refused_of(local, "gradio_api/component_server/", 60_000_000) == 413
    assert refused_of(local, "gradio_api/queue/join", 60_000_000) == 413
    assert local.http.get("config").status_code == 200
    assert time.monotonic() - started < 10


def test_an_upload_is_as_long_as_a_file_may_be(local):
    assert local.upload(text="x" * 25_000_000).status_code == 200
    with contextlib.suppress(httpx.TransportError):
        assert local.upload(text="x" * 25_200_000).status_code == 413


def test_a_body_that_is_too_slow_is_dropped():
    async def slow():
        await asyncio.sleep(5)

    async def read():
        await Body(Load(), "10.0.0.9").read(slow, Door("call", "", most=10, seconds=0.05))

    with pytest.raises(RefusedError, match=r"not whole after 0\.05 seconds") as told:
        asyncio.run(read())
    assert told.value.status == 408
    assert {door.seconds for door in doors(1) if door.kind != "upload"} == {30.0}


def test_a_head_that_is_too_slow_is_dropped(monkeypatch):
    monkeypatch.setattr(server, "_HEAD", 0.3)
    with running(PlainTextResponse("whole"), free_port()) as address:
        host, port = address.removeprefix("http://").rstrip("/").split(":")
        for sent in (b"", b"GET / HTTP/1.1\r\nHost: a\r\nX: ", b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HT"):
            with socket.create_connection((host, int(port)), timeout=10) as slow:
                slow.sendall(sent)
                started, heard = time.monotonic(), b""
                while part := slow.recv(1000):
                    heard += part
                assert heard.endswith(b"whole") is (b"\r\n\r\n" in sent)
                assert time.monotonic() - started < 8
        whole = httpx.Client(base_url=address)
        assert whole.get("").text == "whole"
        time.sleep(0.6)
        assert whole.get("").text == "whole", "a whole one has time"
        whole.close()


@pytest.mark.parametrize("is_known", [False, True])
def test_connections_without_a_head_keep_nobody_out(monkeypatch, is_known):
    """Of too many, whoever they are from, the one that has waited longest goes, be it for a second request."""
    monkeypatch.setattr(server, "_MOST_WAITING", 2)
    with running(PlainTextResponse("whole"), free_port()) as address, contextlib.ExitStack() as open_:
        host, port = address.removeprefix("http://").rstrip("/").split(":")

        def connected():
            return open_.enter_context(socket.create_connection((host, int(port)), timeout=10))

        first = connected()
        if is_known:
            first.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            heard = b""
            while not heard.endswith(b"whole"):
                heard += first.recv(1000)
        second, _ = connected(), connected()
        assert first.recv(10) == b""
        second.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert second.recv(10).startswith(b"HTTP/1.1 2")


def test_bodies_that_are_not_whole_keep_nobody_out(inside, monkeypatch):
    wire, _ = inside
    monkeypatch.setattr(brought, "_MOST_READING", 2)
    host, port = wire.address.removeprefix("http://").rstrip("/").split(":")
    head = f"POST /gradio_api/cancel HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n"
    with contextlib.ExitStack() as open_:
        slow = [open_.enter_context(socket.create_connection((host, int(port)), timeout=10)) for _ in range(3)]
        for one in slow:
            one.sendall(f"{head}Content-Length: 9\r\n\r\n{{".encode())
        assert b"408" in slow[0].recv(20)
        assert wire.call("shelf", {}).status_code == 200


def test_an_address_is_answered_so_many_requests_at_once_and_others_all_the_same():
    load = Load()
    for _ in range(200):
        load.begin("10.0.0.9")
    with pytest.raises(RefusedError, match="in a minute"):
        load.begin("10.0.0.9")
    load.begin("10.0.0.7")
    for _ in range(4):
        load.hold("10.0.0.9", 6_000_000)
    with pytest.raises(RefusedError, match="in a minute"):
        load.hold("10.0.0.9", 1)
    load.hold("10.0.0.7", 6_000_000)
    for _ in range(200):
        load.end("10.0.0.9", 120_000)
    load.begin("10.0.0.9")
    load.hold("10.0.0.9", 24_000_000)


def test_who_may_upload_has_a_file_as_long_as_one_may_be_from_anywhere():
    async def whole():
        return {"type": "http.request", "body": b"x" * 25_000_000}

    read = Body(Load(), "10.0.0.9").read(whole, Door("upload", "", most=25_000_000))
    assert len(asyncio.run(read)) == 25_000_000


def test_all_addresses_together_are_answered_no_more_than_the_page_can():
    load = Load()
    with pytest.raises(RefusedError):
        for number in range(501):
            load.begin(str(number))
    assert load._requests.total() == 500


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "{",
        "NaN",
        '{"a": Infinity}',
        '{"a": 1e999}',
        "9" * 5000,
        "[" * 100_000,
        "[" * 50 + "]" * 50,
        "\ufeff{}",
    ],
    ids=lambda text: text[:12],
)
def test_what_is_no_json_of_the_page_is_refused_in_a_line(text):
    with pytest.raises(RefusedError, match=r"no JSON|holds more") as told:
        read_json(text.encode())
    assert told.value.status in (400, 413)
    assert "\n" not in str(told.value)


def test_bytes_that_are_no_text_and_values_without_end_are_refused():
    with pytest.raises(RefusedError, match="no JSON"):
        read_json(b"\xff\xfe{}")
    with pytest.raises(RefusedError, match="holds more"):
        read_json(json.dumps([1] * (brought._VALUES + 1)).encode())
    assert read_json(b'{"a": [1.5, "\\ud83d"]}')["a"][0] == 1.5


# What is malformed: a 4xx, and a line.


def test_numbers_that_are_none_are_refused_or_no_place(local):
    for number in ("NaN", "Infinity", "-Infinity", "1e999"):
        body = json.dumps({"session_hash": "a", "component_id": local.component, "fn_name": "article", "data": {}})
        sent = body.replace('"data": {}', f'"data": {{"id": "joinai-three-roles-2026", "quotes": {number}}}')
        reply = local.http.post(
            "gradio_api/component_server/", content=sent, headers={"Content-Type": "application/json"}
        )
        assert reply.status_code == 400
        assert "finite" in line(reply)
    for start in (0.5, "0.5-x", "9" * 5000, "\u0663", True, None, [], {}, 10**400, -1):
        assert "html" in local.call("article", {"id": "joinai-three-roles-2026", "quotes": start}).json()


@pytest.mark.parametrize(
    ("value", "places"),
    [
        ("12-80 90-120", [(12, 80), (90, 120)]),
        ("7", []),
        (7, []),
        (float("nan"), []),
        ("-5--1", []),
        ("9" * 5000 + "-1", []),
        ("1-2 " * 5000, [(1, 2)] * 500),
    ],
)
def test_places_are_pairs_of_whole_numbers(value, places):
    assert spans_of(value) == places


def test_functions_that_there_are_not_are_told_in_a_line(local):
    call = {"session_hash": "a", "component_id": local.component, "fn_name": "shelf", "data": {}}
    join = {"session_hash": "a", "fn_index": local.events["ask"], "data": [None], "event_data": {}}
    cancel = {"session_hash": "a", "fn_index": local.events["ask"], "event_id": "a"}
    for path, body, wrong in (
        ("component_server/", call, {"component_id": 999}),
        ("component_server/", call, {"component_id": "x"}),
        ("component_server/", call, {"component_id": True}),
        ("component_server/", call, {"fn_name": "nothing"}),
        ("component_server/", call, {"fn_name": "__init__"}),
        ("component_server/", call, {"fn_name": ["shelf"]}),
        ("component_server/", call, {"session_hash": 7}),
        ("component_server/", call, {"session_hash": "a" * 65}),
        ("queue/join", join, {"fn_index": 999}),
        ("queue/join", join, {"fn_index": -1}),
        ("queue/join", join, {"fn_index": 1.5}),
        ("queue/join", join, {"fn_index": None}),
        ("queue/join", join, {"session_hash": None}),
        ("queue/join", join, {"session_hash": "../x"}),
        ("queue/join", join, {"data": 7}),
        ("queue/join", join, {"data": [1] * 21}),
        ("cancel", cancel, {"fn_index": 999}),
        ("cancel", cancel, {"event_id": {}}),
        ("call/ask", {"data": [PAY]}, {"data": []}),
        ("call/ask", {"data": [PAY]}, {"data": [PAY] * 6}),
        ("call/ask", {"data": [PAY]}, {"data": PAY}),
        ("call/v2/ask", {"question": PAY}, {"nothing": 1}),
        ("call/v2/ask", {}, {"profile": "x"}),
    ):
        reply = local.post(f"gradio_api/{path}", {**body, **wrong})
        assert 400 <= reply.status_code < 500, (path, wrong, reply.text)
        assert line(reply), (path, wrong)
    for body in (None, [], 7, "x"):
        assert local.post("gradio_api/queue/join", body).status_code == 400
    for path in ("call/ask/nothing", "call/v2/ask/nothing", "queue/data?session_hash=nothing", "queue/data"):
        assert "ask again" in line(local.http.get(f"gradio_api/{path}")), path


def asked(wire, data, path="gradio_api/call/ask"):
    event = wire.post(path, data).json()["event_id"]
    return wire.http.get(f"gradio_api/call/ask/{event}").text


def test_the_endpoint_says_what_is_wrong_with_what_it_was_sent(local):
    for sources in (1.5, 7, True, [1.5], [{}], [[]], [None]):
        assert "no list of article ids" in asked(local, {"data": [PAY, None, None, sources, None]}), sources
    for data, told in (
        ([7], "not text"),
        ([None], "not text"),
        ([PAY, 7], "not a list of turns"),
        ([PAY, None, 7], "not text"),
        ([PAY, None, None, None, 7], "no date"),
    ):
        assert told in asked(local, {"data": data}), data
    assert "$149,000" in asked(local, {"data": [PAY]})
    assert "$149,000" in asked(local, {"question": PAY}, "gradio_api/call/v2/ask")


def test_what_the_page_never_sends_is_not_handed_on(local):
    """The framework would take a batch, a token of a hub, another's event."""
    session = uuid.uuid4().hex
    more = {"batched": True, "simple_format": True, "oauth_token": "x", "event_id": "x"}
    body = {"data": [None], "event_data": {"question": PAY}, "fn_index": local.events["ask"], "session_hash": session}
    assert local.post("gradio_api/queue/join", {**body, **more}).status_code == 200
    told = local.http.get("gradio_api/queue/data", params={"session_hash": session}).text
    assert "$149,000" in told


# What is kept: nothing, past the session.


def kept(queue):
    held = (queue.pending_messages_per_session, queue.pending_event_ids_session, queue.event_ids_to_events)
    return [list(one) for one in held] + [list(queue.server_app.state_holder.session_data)]


def test_nothing_is_kept_of_a_session_that_has_ended(inside):
    wire, queue = inside
    for _ in range(3):
        assert "$149,000" in said(wire.trigger("ask", {"question": PAY, "profile": "I am a nurse."}))
        wire.trigger("ask", {"question": PAY, "profile": "x" * 1_900_000})
        assert "$149,000" in asked(wire, {"data": [PAY]})
        wire.call("shelf", {})
    wait(lambda: kept(queue) == [[], [], [], []])


def test_a_profile_that_is_too_long_is_not_sent_back(inside):
    wire, _ = inside
    heard, last = wire.trigger("ask", {"question": PAY, "profile": "x" * 1_900_000})
    assert "2,001 characters" in said([heard, last])
    assert len(said([heard, last])) < 50_000


def test_what_nobody_comes_to_read_is_forgotten(inside, monkeypatch):
    wire, queue = inside
    monkeypatch.setattr(sessions, "_PATIENCE", 0.5)
    for _ in range(5):
        assert wire.post("gradio_api/call/ask", {"data": [PAY]}).status_code == 200
        assert wire.join("ask", {"question": PAY}, uuid.uuid4().hex).status_code == 200
    assert queue.pending_messages_per_session
    wait(lambda: kept(queue) == [[], [], [], []])


def test_who_leaves_in_the_middle_leaves_nothing(inside, monkeypatch):
    wire, queue = inside
    monkeypatch.setattr(sessions, "_PATIENCE", 0.5)
    session = uuid.uuid4().hex
    assert wire.join("ask", {"question": PAY}, session).status_code == 200
    with wire.http.stream("GET", "gradio_api/queue/data", params={"session_hash": session}) as stream:
        next(stream.iter_lines())
    wait(lambda: kept(queue) == [[], [], [], []])


class Queue:
    """What is read of the framework's."""

    def __init__(self):
        self.pending_messages_per_session = {}
        self.pending_event_ids_session = {}
        self.event_ids_to_events = {}


def test_an_address_has_so_many_answers_that_nobody_reads_and_others_all_the_same():
    async def ask():
        queue = Queue()
        waiting = Sessions(queue)
        for number in range(100):
            waiting.asked(str(number), "10.0.0.9")
        waiting.asked("1", "10.0.0.9")
        with pytest.raises(RefusedError, match="wait to be read"):
            waiting.asked("one more", "10.0.0.9")
        waiting.asked("another's", "10.0.0.7")
        queue.pending_event_ids_session["busy"] = set(range(100))
        with pytest.raises(RefusedError, match="wait to be read"):
            waiting.asked("busy", "10.0.0.7")
        async with waiting.listening("1", "10.0.0.9"):
            waiting.asked("one more", "10.0.0.9")

    asyncio.run(ask())


# Judgements.


@pytest.fixture(scope="module")
def answered(inside):
    wire, _ = inside
    return wire.trigger("ask", {"question": PAY})[1]["data"][0]["turn"]


def test_a_forged_judgement_is_not_kept(local, own, answered):
    path = f"{own['ADVISOR_HOME']}/feedback.jsonl"
    forged = {**answered, "answer": {**answered["answer"], "text": "x" * 1_000_000}}
    assert "longer than any answer" in local.call("rate", {"turn": forged}).json()["error"]
    assert "said" in local.call("rate", {"turn": answered}).json()
    with open(path, encoding="utf-8") as lines:  # noqa: PTH123
        assert [len(one) < 64_000 for one in lines] == [True]


def test_a_reader_is_not_told_where_judgements_lie(tmp_path, monkeypatch, answered, caplog):
    from advisor.web.turn import read_turns

    (turn,) = read_turns([answered])
    feedback.keep(tmp_path, turn, True, None)
    monkeypatch.setattr(feedback, "_MOST", 100)
    with pytest.raises(AdvisorError, match="No more judgements") as full:
        feedback.keep(tmp_path, turn, True, None)
    monkeypatch.undo()
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(AdvisorError, match="server's log") as broken:
        feedback.keep(tmp_path / "file", turn, True, None)
    assert str(tmp_path) not in f"{full.value} {broken.value}"
    assert str(tmp_path) in caplog.text, "who serves the page is"


def test_an_address_judges_so_often_and_others_all_the_same(advisor, tmp_path, monkeypatch, answered):
    from advisor.web import desk as desks

    monkeypatch.setattr(desks, "keep", lambda *_: None)
    desk = Desk(advisor, Access(HERE, None), tmp_path)
    for _ in range(60):
        assert desk.rate({"turn": answered}, None) == {"said": "Thank you; kept."}
    with pytest.raises(AdvisorError, match="wait some minutes"):
        desk.rate({"turn": answered}, None)


def test_a_turn_without_an_answer_is_not_judged(tmp_path):
    with pytest.raises(AdvisorError, match="A judgement is of an answer"):
        feedback.keep(tmp_path, Turn(PAY), True, None)
