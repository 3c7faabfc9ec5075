"""The page's addresses, spoken to without a browser."""

from __future__ import annotations

import contextlib
import json
import uuid

import httpx
from page_server import served


class Wire:
    """One session with a page that is served."""

    def __init__(self, address, **client):
        """`client` goes to httpx."""
        self.address = address
        self.http = httpx.Client(base_url=address, timeout=60, **client)
        config = self.http.get("config").json()
        self.component = next(part["id"] for part in config["components"] if part["type"] == "html")
        self.events = {name: one["id"] for one in config["dependencies"] for _, name in one["targets"]}
        self.session = uuid.uuid4().hex

    def call(self, name, data, **headers):
        """A function of the desk, as the page's client calls it."""
        body = {"session_hash": self.session, "component_id": self.component, "fn_name": name, "data": data}
        return self.post("gradio_api/component_server/", body, **headers)

    def token(self, **headers):
        """What comes with each change; "" for whoever may change nothing."""
        return self.call("shelf", {}, **headers).json().get("token", "")

    def join(self, name, data, session, **headers):
        """Ask for an event."""
        body = {"data": [None], "fn_index": self.events[name], "trigger_id": self.component, "session_hash": session}
        return self.post("gradio_api/queue/join", {**body, "event_data": data}, **headers)

    def trigger(self, name, data, **headers):
        """What an event of the page's client yields, to its end."""
        session = uuid.uuid4().hex
        joined = self.join(name, data, session, **headers)
        if joined.status_code != 200:
            return [], joined.json()
        heard = []
        with self.http.stream("GET", "gradio_api/queue/data", params={"session_hash": session}) as stream:
            for line in stream.iter_lines():
                message = json.loads(line.removeprefix("data:")) if line.startswith("data:") else {}
                if message.get("msg") == "process_generating":
                    heard.append(message["output"])
                if message.get("msg") in ("process_completed", "close_stream"):
                    break
        return heard, message.get("output")

    def bring(self, data, **headers):
        """Have files and addresses added, as the page does it."""
        return said(self.trigger("bring", {"token": self.token(**headers), **data}, **headers))

    def remove(self, article, **headers):
        return self.call("remove", {"id": article, "token": self.token(**headers)}, **headers)

    def upload(self, name="note.md", text="# Note\n\nNo article.", **headers):
        files = {"files": (name, text.encode(), "text/markdown")}
        headers = {"X-Advisor-Token": self.token(**headers), **headers}
        return self.http.post("gradio_api/upload", files=files, headers=headers)

    def post(self, path, body, **headers):
        """As a browser does it: what is not ASCII, be it half a sign, is escaped."""
        return self.http.post(path, content=json.dumps(body), headers={"Content-Type": "application/json", **headers})


@contextlib.contextmanager
def wired(environment, *arguments):
    """A session with a page that is served in a process of its own; `arguments` go to app.py."""
    with served(environment, *arguments) as address:
        wire = Wire(address)
        yield wire
        wire.http.close()


def said(events):
    """All that was yielded and returned, as text."""
    return json.dumps(events)
