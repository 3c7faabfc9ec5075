"""Two pages on one Chroma server behind a real nginx, as README has it: a reader moves between them, unaware."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import time

import httpx
import pytest
from chat_server import soon
from chroma_server import ChromaServer
from page_server import ROOT, free_port, running, served
from wire import Wire, said

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
READER, OWNER = "open sesame", "correct horse"
PAY, FOLLOWING = "What do mid-level ML engineers earn?", "And AI engineers?"
ONE, BOTH = re.findall(r"```nginx\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
AROUND = """
{}
daemon off;
pid nginx.pid;
error_log stderr;
events {{}}
http {{
    log_format to "$remote_addr $upstream_addr";
    access_log to.log to;
    client_body_temp_path bodies;
    proxy_temp_path proxied;
    fastcgi_temp_path other;
    uwsgi_temp_path other;
    scgi_temp_path other;
    {}
}}
"""
RATE = 12

pytestmark = [
    pytest.mark.skipif(NGINX is None, reason="nginx is not on this machine; install Debian's 'nginx-light'"),
    pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a loopback address has to be made first"),
    pytest.mark.alone,
]


@contextlib.contextmanager
def proxied(folder, told, port):
    """nginx with these lines in its `http`, on a port of loopback."""
    (folder / "nginx.conf").write_text(AROUND.format("user root;" if os.geteuid() == 0 else "", told))
    command = [NGINX, "-p", f"{folder}/", "-c", folder / "nginx.conf", "-e", "stderr"]
    with (folder / "nginx.log").open("wb") as log:
        proxy = subprocess.Popen(command, cwd=folder, stderr=log)
    try:
        assert soon(lambda: answers(port)), (folder / "nginx.log").read_text()
        yield f"http://127.0.0.1:{port}/"
    finally:
        proxy.terminate()
        proxy.wait(timeout=20)


def answers(port):
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(f"http://127.0.0.1:{port}/health").status_code in (200, 503)
    return False


class Pages:
    """Two pages and the proxy before them."""

    def __init__(self, address, ports, processes, log, stack):
        self.address, self.ports, self.processes, self.log, self._stack = address, ports, processes, log, stack
        self._next = 1
        self.reader = [self.of(0), self.of(1)]

    def client(self, address, password=READER):
        """What an httpx.Client takes to speak from an address."""
        headers = {"Authorization": f"Bearer {password}"} if password else {}
        return {"transport": httpx.HTTPTransport(local_address=address), "headers": headers}

    def wire(self, address, password=READER):
        """A session from an address."""
        wire = Wire(self.address, **self.client(address, password))
        self._stack.callback(wire.http.close)
        return wire

    def of(self, number):
        """An address of its own whose requests one of the pages gets."""
        while True:
            self._next += 1
            address = f"127.0.1.{self._next}"
            with httpx.Client(base_url=self.address, **self.client(address, "")) as http:
                http.get("health")
            assert soon(lambda address=address: f"{address} " in self.log.read_text())
            if self.went(address) == self.ports[number]:
                return address

    def went(self, address):
        """The port of the page that the last request of an address was answered by."""
        lines = [line for line in self.log.read_text().splitlines() if line.startswith(f"{address} ")]
        return int(lines[-1].rpartition(":")[2])


@pytest.fixture(scope="module")
def pages(environment, tmp_path_factory):
    folder = tmp_path_factory.mktemp("replicas")
    (folder / "chroma").mkdir()
    server, ports, port = ChromaServer(folder / "chroma"), [free_port(), free_port()], free_port()
    server.start()
    secrets = {"ADVISOR_PASSWORD": READER, "ADVISOR_ADMIN_PASSWORD": OWNER, "ADVISOR_SECRET": "a secret of both " * 2}
    shared = {**environment, **secrets, "ADVISOR_CHROMA_URL": server.url, "ADVISOR_RATE": str(RATE)}
    told = BOTH.replace("listen 80;", f"listen 127.0.0.1:{port};")
    with contextlib.ExitStack() as stack:
        stack.callback(server.kill)
        processes = []
        for number, (own, shown) in enumerate(zip(ports, ("7860", "7870"), strict=True)):
            place = {**shared, "ADVISOR_HOME": str(folder / f"home{number}")}
            if not number:
                command = [sys.executable, "-m", "corpus", "sync"]
                subprocess.run(command, cwd=ROOT, env=place, check=True, capture_output=True)
            processes.append(stack.enter_context(running(place, "--behind-proxy", port=own))[1])
            assert f"127.0.0.1:{shown} " in told
            told = told.replace(f"127.0.0.1:{shown} ", f"127.0.0.1:{own} ")
        address = stack.enter_context(proxied(folder, told, port))
        yield Pages(address, ports, processes, folder / "to.log", stack)


def asked(wire, question, turns=()):
    """The turn that a question becomes."""
    data = {"id": "x", "key": "k", "question": question, "turns": list(turns)}
    return last(wire.trigger("ask", data)[0])["turn"]


def last(events):
    """What was yielded last whole: the framework sends what follows as changes."""
    return next(event for event in reversed(events) if isinstance(event["data"][0], dict))["data"][0]


def test_a_conversation_moves_between_two_pages(pages):
    wires = [pages.wire(reader) for reader in pages.reader]
    first = asked(wires[0], PAY)
    assert "$149,000" in first["answer"]["text"]
    there, here = (asked(wire, FOLLOWING, [first])["answer"] for wire in reversed(wires))
    assert [pages.went(reader) for reader in pages.reader] == pages.ports
    assert there["text"] == here["text"] != asked(wires[1], FOLLOWING)["answer"]["text"], "what was asked before counts"
    assert there["standalone_question"] == here["standalone_question"]


def test_who_has_signed_in_on_one_page_is_known_to_the_other_and_nobody_else_is(pages):
    here, there = (httpx.Client(base_url=pages.address, **pages.client(pages.of(n), "")) for n in (0, 1))
    with here, there:
        assert [http.get("config").status_code for http in (here, there)] == [401, 401]
        assert here.post("sign-in", content="wrong").status_code == 403
        signed = here.post("sign-in", content=READER)
        assert signed.status_code == 200
        there.cookies.update(here.cookies)
        assert there.get("config").status_code == 200
        told = pages.wire(pages.of(1)).call("shelf", {}).json()
        assert (told["mayChange"], told["mayLogIn"]) == (False, True), "a reader is no owner, wherever he comes from"


def test_only_the_proxys_word_counts_for_who_asks(pages):
    def ask(address, count):
        with httpx.Client(base_url=pages.address, **pages.client(address)) as http:
            return [
                http.post(
                    "gradio_api/call/ask", json={"data": [""]}, headers={"X-Forwarded-For": f"10.0.0.{number}"}
                ).status_code
                for number in range(count)
            ]

    told = ask(pages.of(0), 3 * RATE)
    assert 429 in told and told.count(200) <= RATE + 1
    assert ask(pages.of(0), 1) == [200], "another address has its own"


def test_what_one_page_adds_the_other_answers_from_within_five_seconds(pages):
    owner = pages.wire(pages.of(0), OWNER)
    assert owner.upload("large.md", "Otters. " * 300_000).status_code == 200, "more than nginx takes unasked"
    uploaded = owner.upload("otters.md", "# Otters\n\nOtters sleep on their backs and hold hands.\n").json()
    assert "<b>added</b>" in owner.bring({"id": "1", "files": uploaded})
    added = time.monotonic()
    reader = pages.wire(pages.of(1))
    while "hold hands" not in said(asked(reader, "How do otters sleep?")):
        assert time.monotonic() - added < 5
    assert "<b>" in owner.remove("otters").json()["html"]


def test_where_one_page_is_killed_the_next_question_is_answered_by_the_other(pages):
    address = pages.of(0)
    wire = pages.wire(address)
    first = asked(wire, PAY)
    assert pages.went(address) == pages.ports[0]
    pages.processes[0].kill()
    pages.processes[0].wait()
    assert asked(wire, FOLLOWING, [first])["answer"]["status"] == "answered"
    assert pages.went(address) == pages.ports[1]
    with httpx.Client(base_url=pages.address, **pages.client(address)) as program:
        event = program.post("gradio_api/call/ask", json={"data": [PAY]}).json()["event_id"]
        assert "$149,000" in program.get(f"gradio_api/call/ask/{event}").text


def test_one_page_is_served_as_the_other_example_says(environment, tmp_path):
    port, own = free_port(), free_port()
    told = ONE.replace("127.0.0.1:7860", f"127.0.0.1:{own}")
    assert told != ONE
    with (
        served({**environment, "ADVISOR_ADMIN_PASSWORD": OWNER, "ADVISOR_PUBLIC": "1"}, "--behind-proxy", port=own),
        proxied(tmp_path, f"server {{ listen 127.0.0.1:{port}; {told} }}", port) as address,
    ):
        wire, owner = Wire(address), Wire(address, headers={"Authorization": f"Bearer {OWNER}"})
        assert "$149,000" in asked(wire, PAY)["answer"]["text"]
        assert wire.call("shelf", {}).json()["mayChange"] is False, "nobody behind a proxy sits at the machine"
        assert wire.upload().status_code == 403
        assert owner.upload().status_code == 200
        for one in (wire, owner):
            one.http.close()
