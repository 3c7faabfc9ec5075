"""Every public address of the page under thousands of requests that nobody thought of: no 500, no traceback, no path.

What is sent is made by Hypothesis of what the page knows (addresses, functions, fields) and of what it does not.
"""

from __future__ import annotations

import contextlib
import json
import random
import re
import socket
import uuid

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from page_server import ROOT, running
from wire import Wire

REQUESTS = 2_000
GENERATE = settings(
    max_examples=REQUESTS,
    deadline=None,
    database=None,
    derandomize=True,  # what fails is found again
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
API = "gradio_api/"
SENT = ("call/ask", "call/v2/ask", "queue/join", "component_server/", "cancel", "reset", "mcp/", "upload")
READ = ("", "config", "theme.css", f"{API}info", f"{API}app_id", f"{API}queue/data", f"{API}call/ask/x", "robots.txt")
PATHS = [*READ, *(f"{API}{path}" for path in SENT), "sign-in", "sign-out", "assets/x.js", "static/img/x.svg"]
CALLS = ("start", "alive", "render", "topics", "differences", "article", "export", "rate", "shelf", "remove", "_check")
TYPES = ("application/json", "application/json; charset=latin-1", "text/plain", "multipart/form-data; boundary=x", "")
FIELDS = ("data", "event_data", "fn_index", "fn_name", "trigger_id", "component_id", "session_hash", "event_id")
NAMES = ("id", "question", "profile", "turns", "keys", "turn", "reason", "without", "quotes", "form", "title", "token")

words = st.one_of(
    st.sampled_from(["", "a", "../x", "\x00", "\ud83d", "NaN", "1" * 400, "{}", "<b>", "a\nb", "'; --", "${7*7}"]),
    st.text(max_size=12),
)
plain = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), words)
json_values = st.recursive(
    plain, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(words, inner, max_size=3)), max_leaves=6
)
told = st.dictionaries(st.one_of(st.sampled_from(NAMES), words), json_values, max_size=4)
HEADERS = [
    *("Host", "Origin", "Cookie", "Accept", "Range", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"),
    *("X-Advisor-Token", "Sec-Fetch-Site", "Accept-Encoding", "If-None-Match", "Authorization", "Mcp-Session-Id"),
]
headers = st.dictionaries(
    st.sampled_from(HEADERS),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20),
    max_size=2,
)
nearly = st.fixed_dictionaries(
    {},
    optional={
        "data": st.one_of(st.just([None]), st.lists(json_values, max_size=6), json_values),
        "event_data": st.one_of(told, json_values),
        "fn_index": st.one_of(st.integers(-2, 12), json_values),
        "trigger_id": json_values,
        "component_id": st.one_of(st.just("component"), json_values),
        "fn_name": st.one_of(st.sampled_from(CALLS), json_values),
        "session_hash": st.one_of(st.just("fuzz"), json_values),
        "event_id": st.one_of(st.just("fuzz"), json_values),
    },
)
rpc = st.fixed_dictionaries(
    {
        "jsonrpc": st.just("2.0"),
        "id": json_values,
        "method": st.sampled_from(["initialize", "tools/list", "tools/call"]),
    },
    optional={"params": st.one_of(told, json_values)},
)
named = st.dictionaries(st.sampled_from(["question", "history", "profile", "sources", "since", "x"]), json_values)
bodies = st.one_of(nearly, named, rpc, json_values, st.binary(max_size=40))
requests = st.tuples(
    st.one_of(st.sampled_from(["POST", "POST", "GET"]), st.sampled_from(["HEAD", "PUT", "PATCH", "OPTIONS", "DELETE"])),
    st.one_of(st.sampled_from(PATHS), st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=12)),
    st.sampled_from([TYPES[0], TYPES[0], TYPES[0], *TYPES]),
    headers,
    bodies,
)


@pytest.fixture(scope="module")
def page(own):
    """A wire to a page of its own, its home, and what it has printed so far."""
    with running(own) as (address, server):
        wire = Wire(address)
        yield wire, server.written, own["ADVISOR_HOME"]
        wire.http.close()


def check(reply, home):
    """What must hold of every reply. One that says that the page is busy is none of these."""
    text = reply.text
    assert reply.status_code < 500 or (reply.status_code == 503 and "again" in text), (reply.status_code, text[:400])
    assert "Traceback" not in text and 'File "' not in text, text[:400]
    for path in (str(ROOT), str(home), "/site-packages/", "/usr/lib", "/home/"):
        assert path not in text, (path, text[:400])


def written(body, component):
    """A body as bytes; where it is JSON as a client in JavaScript has it, half signs and all."""
    if isinstance(body, bytes):
        return body
    if isinstance(body, dict) and body.get("component_id") == "component":
        body = {**body, "component_id": component}
    return json.dumps(body).encode()


def test_no_request_is_a_500_a_traceback_or_a_path(page):
    wire, log, home = page
    statuses = []

    @GENERATE
    @given(requests)
    def fuzz(request):
        method, path, type_, more, body = request
        target = path if path in PATHS else "/" + path.lstrip("/")
        with contextlib.suppress(httpx.InvalidURL, httpx.LocalProtocolError):
            reply = wire.http.request(
                method, target, content=written(body, wire.component), headers={"Content-Type": type_, **more}
            )
            check(reply, home)
            statuses.append(reply.status_code)

    fuzz()
    assert len(statuses) > 0.95 * REQUESTS
    assert {200, 400, 404, 405, 415, 422} <= set(statuses), "what is sent gets as far as each of these"
    assert wire.http.get("config").status_code == 200
    assert "Traceback" not in log()


@settings(GENERATE, max_examples=150)
@given(st.sampled_from(["ask", "bring"]), told, st.sampled_from([[None], [], [1, 2], [{}]]))
def test_an_event_of_the_pages_queue_ends_in_a_line_whatever_its_types(page, name, event, data):
    """Where it is taken, its stream ends, and says in one line what is wrong, or answers."""
    wire, log, home = page
    session = uuid.uuid4().hex
    body = {"fn_index": wire.events[name], "session_hash": session, "trigger_id": wire.component, "data": data}
    joined = wire.post("gradio_api/queue/join", {**body, "event_data": event})
    check(joined, home)
    if joined.status_code == 200:
        heard = wire.http.get("gradio_api/queue/data", params={"session_hash": session})
        check(heard, home)
        assert "process_completed" in heard.text
        assert not re.search(r"<class |object at 0x|Error\(", heard.text), heard.text[-400:]
    assert "Traceback" not in log()


@settings(GENERATE, max_examples=150)
@given(st.lists(json_values, max_size=6), named, st.booleans())
def test_the_endpoint_ends_in_a_line_whatever_its_types(page, data, fields, is_named):
    wire, log, home = page
    path = "gradio_api/call/v2/ask" if is_named else "gradio_api/call/ask"
    asked = wire.post(path, fields if is_named else {"data": data})
    check(asked, home)
    if asked.status_code == 200:
        heard = wire.http.get(f"gradio_api/call/ask/{asked.json()['event_id']}")
        check(heard, home)
        assert "event: complete" in heard.text or "event: error" in heard.text
    assert "Traceback" not in log()


def test_bytes_that_are_no_http_are_answered_in_a_line_or_not_at_all(page):
    wire, log, home = page
    host, port = wire.address.removeprefix("http://").rstrip("/").split(":")
    order = random.Random(1)
    lines = [
        *(b"GET / HTTP/1.1\r\n", b"POST /sign-in HTTP/1.1\r\n", b"GET http://evil.example/ HTTP/1.1\r\n"),
        *(b"GET /%00 HTTP/1.1\r\n", b"PRI * HTTP/2.0", b"\x16\x03\x01\x02\x00", b"Host: 127.0.0.1\r\n"),
        *(b"Content-Length: 5\r\n", b"Content-Length: -1\r\n", b"Transfer-Encoding: chunked\r\n", b"\r\n"),
        *(b"5\r\nabcde\r\n", b"0\r\n\r\n", b"Upgrade: websocket\r\nConnection: Upgrade\r\n"),
    ]
    for _ in range(150):
        sent = b"".join(order.choice((order.choice(lines), order.randbytes(6))) for _ in range(order.randrange(1, 8)))
        with socket.create_connection((host, int(port)), timeout=10) as raw:
            with contextlib.suppress(OSError):
                raw.sendall(sent)
                raw.shutdown(socket.SHUT_WR)
            heard = b""
            with contextlib.suppress(ConnectionResetError):
                while part := raw.recv(65_536):
                    heard += part
        told = heard.decode("latin-1")
        assert not re.match(r"HTTP/1\.1 5", told), (sent, told[:200])
        assert "Traceback" not in told and str(home) not in told and str(ROOT) not in told
    assert wire.http.get("config").status_code == 200
    assert "Traceback" not in log()
