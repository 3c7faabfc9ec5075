"""What README says of privacy and state: each sentence of it stands there, and has the tests that prove it.

Some of them are here: a page that is used as readers use it keeps nothing of them, asks nobody, and leaves no file.
"""

from __future__ import annotations

import ast
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from chat_server import ChatServer, Reply
from page_server import free_port
from wire import Wire

from advisor import Advisor

ROOT = Path(__file__).parent.parent
PROMISES = {  # sentences of README, and the tests that prove them
    "It runs offline, without a key and without a model that writes": [
        "test_command_lines.py::test_nothing_dials_out",
        "test_privacy.py::test_a_page_that_is_used_dials_nobody_and_looks_up_no_name",
    ],
    "Conversations (*History*) and what you tell under *About me* are kept in your browser alone": [
        "test_web_chat.py::test_about_me_is_used_shown_cleared_and_kept_nowhere_else",
        "test_web_conversations.py::test_a_reload_keeps_the_conversation_and_its_context",
        "test_privacy.py::test_a_page_that_is_used_keeps_nothing_but_judgements",
    ],
    "The server keeps nothing but the judgements that readers click, in `ADVISOR_HOME/feedback.jsonl`, "
    "without what they told of themselves.": [
        "test_privacy.py::test_a_page_that_is_used_keeps_nothing_but_judgements",
        "test_web_guard.py::test_a_forged_judgement_is_not_kept",
    ],
    "what a reader sent is forgotten when the reader has gone": [
        "test_web_guard.py::test_nothing_is_kept_of_a_session_that_has_ended",
        "test_web_guard.py::test_who_leaves_in_the_middle_leaves_nothing",
        "test_web_load.py::test_two_hundred_askers_leave_no_memory_behind",
    ],
    "A request is to be whole within 30 seconds and has a limit in bytes": [
        "test_web_guard.py::test_a_body_that_is_too_slow_is_dropped",
        "test_web_guard.py::test_a_head_that_is_too_slow_is_dropped",
        "test_web_guard.py::test_a_body_has_its_most_bytes",
    ],
    "Pages of other sites can neither read it nor change anything.": [
        "test_web_guard.py::test_another_sites_scripts_read_and_ask_nothing",
        "test_web_guard.py::test_a_foreign_name_that_leads_here_shows_nothing",
        "test_web_access.py::test_an_owner_is_none_to_a_page_of_another_site",
    ],
    "only an owner who signs in with it may change the library": [
        "test_web_access.py::test_with_a_password_the_machine_itself_is_asked_for_it",
        "test_web_access.py::test_an_owner_signs_in_changes_the_library_and_signs_out",
    ],
    "Nobody may change the library of such a page but an owner who has signed in with": [
        "test_web_access.py::test_behind_a_plain_proxy_nobody_changes_the_library",
        "test_web_access.py::test_served_to_others_without_a_password_nobody_may_change_it",
    ],
    "An article is yours once its file is in `articles/`; the index follows from the files, whatever is killed when.": [
        "test_corpus_durability.py::test_killed_at_any_moment_nothing_is_lost_and_nothing_half_there",
        "test_break_kills.py::test_no_kill_loses_an_article_or_leaves_half_of_one",
    ],
    "Until the new one is whole, answers come from the old one": [
        "test_corpus_durability.py::test_a_reader_has_the_old_index_until_the_new_one_is_whole",
    ],
    "Afterwards no search, no answer and no file under `ADVISOR_HOME` holds the article's text.": [
        "test_corpus_durability.py::test_what_is_removed_is_in_no_file_and_in_no_search",
    ],
    "What is edited out of a file is gone likewise.": [
        "test_corpus_durability.py::test_what_an_edit_takes_out_is_in_no_file_either",
    ],
    "a damaged index is made anew from the articles, and says so; a damaged model is not asked": [
        "test_corpus_damage.py::test_a_flipped_byte_is_seen_and_the_index_made_anew",
        "test_corpus_damage.py::test_a_flipped_model_is_refused_and_not_asked",
        "test_break_damage.py::test_damage_is_seen_or_of_no_effect_and_a_sync_makes_it_good",
    ],
    "It is read in a process of its own, in bounded time and memory": [
        "test_corpus_extract.py::test_a_document_that_takes_too_long_is_ended_and_the_next_is_read",
        "test_corpus_extract.py::test_a_document_that_takes_too_much_memory_is_ended_and_the_next_is_read",
        "test_break_documents.py::test_none_of_them_took_the_programs_own_memory",
    ],
    "A folder without rights to write, or a full disk, is a line that says so": [
        "test_corpus_durability.py::test_a_folder_that_must_not_be_written_is_read_all_the_same",
        "test_corpus_durability.py::test_a_full_disk_is_a_line_and_the_old_index_answers",
        "test_command_lines.py::test_to_sync_is_not_advised_where_nothing_can_be_written",
    ],
    "All state lies under `ADVISOR_HOME`": [
        "test_corpus_quiet.py::test_nothing_is_kept_outside_advisor_home_and_no_name_is_looked_up",
        "test_privacy.py::test_a_page_that_is_used_keeps_nothing_but_judgements",
    ],
    "`index/`, which can be deleted at any time, as it is made anew from the articles": [
        "test_advisor_pipeline.py::test_an_advisor_makes_its_own_index_and_makes_it_again",
    ],
    "Nothing is sent anywhere: no telemetry": [
        "test_corpus_quiet.py::test_no_process_of_ours_opens_a_connection",
        "test_privacy.py::test_a_page_that_is_used_dials_nobody_and_looks_up_no_name",
    ],
    "no fonts or scripts from elsewhere": [
        "test_web_access.py::test_every_response_forbids_what_comes_from_elsewhere",
    ],
    "the provider of a chat model that you name gets the question, what you told of yourself, the turns before "
    "and the passages": ["test_privacy.py::test_a_provider_gets_the_question_the_turns_who_asks_and_passages_alone"],
}
QUOKKA = "Which quokkazebra role pays more?"
TOLD = "I am a wombatfinch keeper of twenty years."


def plain(text):
    return " ".join(text.split())


def test_every_promise_stands_in_the_readme_and_has_its_tests():
    readme = plain((ROOT / "README.md").read_text(encoding="utf-8"))
    for sentence, tests in PROMISES.items():
        assert plain(sentence) in readme, f"README says it otherwise now; mend this table: {sentence}"
        for test in tests:
            file, _, name = test.partition("::")
            tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
            named = [one.name for one in tree.body if isinstance(one, ast.FunctionDef)]
            assert name in named, f"{test} is gone, which proved: {sentence}"


@contextlib.contextmanager
def traced(environment, trace):
    """The page's address, in a group of processes whose connections are written down, where there is a strace."""
    port = free_port()
    watched = ["strace", "-f", "-qq", "-o", str(trace), "-e", "trace=connect,sendto,sendmsg,sendmmsg"]
    command = [*(watched if shutil.which("strace") else []), sys.executable, "app.py", "--port", str(port)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True, **quiet)
    try:
        until = time.monotonic() + 240
        while True:
            assert server.poll() is None and time.monotonic() < until, "the page did not come up"
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
                break
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=30)


@pytest.fixture(scope="module")
def used(home, tmp_path_factory):
    """The places of a user whose page was asked, by its client, by a program and by an assistant, and judged."""
    places = tmp_path_factory.mktemp("used")
    for name in ("user", "tmp"):
        (places / name).mkdir()
    shutil.copytree(home, places / "user" / "advisor", ignore=shutil.ignore_patterns("feedback.*"))
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("XDG_", "ORT_", "HF_", "GRADIO_"))}
    user = places / "user"
    own = {"HOME": str(user), "ADVISOR_HOME": str(user / "advisor"), "TMPDIR": str(places / "tmp")}
    with traced({**kept, **own, "PYTHONDONTWRITEBYTECODE": "1"}, places / "trace") as address:
        wire = Wire(address)
        for path in ("", "config", "theme.css", "gradio_api/info"):
            assert wire.http.get(path).status_code == 200
        _, last = wire.trigger("ask", {"question": QUOKKA, "profile": TOLD})
        turn = last["data"][0]["turn"]
        assert turn["answer"]["text"]
        asked = wire.post("gradio_api/call/ask", {"data": [f"And {QUOKKA}", None, TOLD]}).json()["event_id"]
        assert "event: complete" in wire.http.get(f"gradio_api/call/ask/{asked}").text
        call = {"name": "ask", "arguments": {"question": QUOKKA, "profile": TOLD}}
        rpc = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
        told = wire.post("gradio_api/mcp/", rpc, Accept="application/json, text/event-stream")
        assert told.status_code == 200 and "quokkazebra" in told.text
        assert wire.call("rate", {"turn": turn}).json() == {"said": "Thank you; kept."}
        wire.http.close()
    return places


def test_a_page_that_is_used_keeps_nothing_but_judgements(used):
    files = [path for part in ("user", "tmp") for path in (used / part).rglob("*") if path.is_file()]
    assert [path.name for path in (used / "user").iterdir()] == ["advisor"], "nothing is kept outside ADVISOR_HOME"
    words = (b"quokkazebra", b"wombatfinch")
    holding = {word: [path.name for path in files if word in path.read_bytes()] for word in words}
    assert holding == {b"quokkazebra": ["feedback.jsonl"], b"wombatfinch": []}
    assert len((used / "user" / "advisor" / "feedback.jsonl").read_text(encoding="utf-8").splitlines()) == 1


def test_a_page_that_is_used_dials_nobody_and_looks_up_no_name(used):
    if not (used / "trace").exists():
        pytest.skip("strace is not installed")
    lines = (used / "trace").read_text(errors="replace").splitlines()
    assert lines, "something was watched"
    dialled = [line for line in lines if "AF_INET" in line or "systemd/resolve" in line]
    assert not [line for line in dialled if not re.search(r'127\.0\.0\.1|"::1"', line) or "htons(53)" in line]


def test_a_provider_gets_the_question_the_turns_who_asks_and_passages_alone(monkeypatch, library, home):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    turns = [("user", "What does a wombat do?"), ("assistant", "It digs, says the quokka.")]
    with ChatServer(Reply("I cannot say.")) as server:
        monkeypatch.setenv("ADVISOR_MODEL_URL", server.url)
        Advisor(model="openai:scripted", library=library).ask("What do ML engineers earn?", turns, TOLD)
    assert server.requests
    sent = " ".join(str(request.json) + str(request.headers) for request in server.requests)
    for text in ("What do ML engineers earn?", TOLD, "What does a wombat do?", "Mid-level MLEs command salaries"):
        assert text in sent
    for text in (str(home), str(ROOT), str(Path.home()), socket.gethostname(), library.fingerprint):
        assert text not in sent
