"""`Dockerfile` and `compose.yaml`: what linters and we ask of them, and the processes that they name, started."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
import yaml
from page_server import ROOT, free_port

from advisor.settings import load_settings

BIN = Path(sys.executable).parent
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
LOCKED = dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE))
OURS = ("page", "chroma")
READER = "open sesame"


def instructions():
    """The instructions of the Dockerfile: (name, rest), continued lines joined."""
    whole = re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE).replace("\\\n", " ")
    return [(line.split()[0], line.partition(" ")[2].strip()) for line in whole.splitlines() if line.strip()]


def test_the_linter_finds_nothing_in_the_dockerfile():
    done = subprocess.run([BIN / "hadolint", "--no-color", ROOT / "Dockerfile"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_compose_file_is_as_its_specification_says():
    command = [BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", ROOT / "compose.yaml"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_linters_would_find_what_is_wrong(tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM python\nRUN cd /x && sudo pip install y\n")
    (tmp_path / "compose.yaml").write_text("services: {page: {imagee: x}}\n")
    schema = ["--builtin-schema", "vendor.compose-spec"]
    for command in (["hadolint", tmp_path / "Dockerfile"], ["check-jsonschema", *schema, tmp_path / "compose.yaml"]):
        assert subprocess.run([BIN / command[0], *command[1:]], capture_output=True).returncode != 0


def test_the_image_is_pinned_runs_without_rights_and_looks_after_itself():
    told = instructions()
    version = next(rest for name, rest in told if name == "ARG").removeprefix("PYTHON=")
    assert re.fullmatch(r"3\.(11|12|13)\.\d+-slim-[a-z]+", version)
    assert [rest.split()[0] for name, rest in told if name == "FROM"] == ["python:${PYTHON}"] * 2
    last = told[max(at for at, (name, _) in enumerate(told) if name == "FROM") :]
    names = [name for name, _ in last]
    assert dict(last)["USER"] == "10001"
    assert names.index("USER") > max(at for at, name in enumerate(names) if name in ("RUN", "COPY"))
    assert "/health" in dict(last)["HEALTHCHECK"]
    assert "pip" not in " ".join(rest for name, rest in last if name == "RUN"), "what builds stays behind"
    assert not [rest for name, rest in told if name in ("ENV", "ARG") and re.search("PASSWORD|SECRET|TOKEN|KEY", rest)]


def test_the_image_gets_what_it_holds_and_nothing_else():
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").split() if line.startswith("!")}
    copied = {
        one for name, rest in instructions() if name == "COPY" and "--from" not in rest for one in rest.split()[:-1]
    }
    assert copied == kept
    assert all((ROOT / one).exists() for one in kept)
    before = [rest for name, rest in instructions() if name in ("COPY", "RUN")]
    installed = next(at for at, rest in enumerate(before) if "uv pip install" in rest)
    assert not [rest for rest in before[:installed] if "advisor" in rest], "a change of code installs nothing anew"


def test_what_the_image_leaves_out_is_not_needed_to_answer(environment):
    """As in the image: none of it can be imported."""
    (without,) = re.findall(r'WITHOUT="([^"]+)"', DOCKERFILE)
    names = [one.replace("-", "_") for one in without.split()]
    code = (
        "import sys\n"
        f"sys.modules.update(dict.fromkeys({names!r}))\n"
        "import advisor.web.page\n"
        "from advisor import ask\n"
        "assert ask('Which role pays more?').citations\n"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_is_pinned_bounded_and_watched(name):
    service = SERVICES[name]
    tag = service["image"].rpartition(":")[2]
    assert re.fullmatch(r"\d+\.\d+\.\d+", tag), "a version, and not the latest"
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["healthcheck"]["test"][0] == "CMD"
    assert {"interval", "timeout", "retries", "start_period"} <= set(service["healthcheck"])
    assert service["logging"]["options"]["max-size"]
    assert "privileged" not in service
    assert not [one for one in service["volumes"] if one.startswith(("/", "."))], "nothing of the machine is mounted"
    if name in OURS:
        assert service["user"] == "10001:10001"
        assert service["read_only"] is True
        assert service["image"].startswith("career-advisor:")
    else:
        assert service["profiles"] == [name], "what others make runs where it is asked for"


def test_only_the_page_can_be_reached_and_from_this_machine_alone():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["page"]
    assert SERVICES["page"]["ports"] == ["127.0.0.1:${PORT:-7860}:7860"]
    assert COMPOSE["networks"]["inner"] == {"internal": True}
    assert SERVICES["chroma"]["networks"] == ["inner"]
    assert SERVICES["page"]["depends_on"]["chroma"] == {"condition": "service_healthy"}


def test_each_variable_of_the_page_is_one_that_the_readme_tells_of():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, value in SERVICES["page"]["environment"].items():
        assert f"`{name}`" in readme, name
        assert not re.search("PASSWORD|SECRET|TOKEN", name) or value == f"${{{name}:-}}", "no secret stands in the file"


def told(value, given):
    """A value with its variables as compose reads them."""
    return re.sub(r"\$\{(\w+):-([^}]*)\}", lambda one: given.get(one[1]) or one[2], str(value))


def environment_of(name, given, moved):
    """What a service's process is given, with the addresses and folders of this test."""
    read = {key: told(value, given) for key, value in SERVICES[name].get("environment", {}).items()}
    for old, new in moved.items():
        read = {key: value.replace(old, new) for key, value in read.items()}
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("ADVISOR_", "CHROMA_"))}
    return {**kept, **read, "TQDM_DISABLE": "1"}


@contextlib.contextmanager
def started(name, given, moved, log):
    """The process that a service names, once its own health check is content."""
    command = [moved.get(word, word) for word in SERVICES[name]["command"]]
    command = [sys.executable, *command[1:]] if command[0] == "python" else [BIN / command[0], *command[1:]]
    environment = environment_of(name, given, moved)
    check = [sys.executable, *SERVICES[name]["healthcheck"]["test"][2:]]
    for old, new in moved.items():
        check[-1] = check[-1].replace(f":{old}/", f":{new}/")
    with log.open("wb") as file:
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=file, stderr=subprocess.STDOUT)
        try:
            deadline = time.monotonic() + 180
            while subprocess.run(check, capture_output=True, env=environment).returncode != 0:
                assert process.poll() is None, log.read_text(encoding="utf-8")
                assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
                time.sleep(0.5)
            yield process
        finally:
            process.terminate()
            process.wait(timeout=20)


def test_the_processes_that_the_files_name_run_together(tmp_path, monkeypatch):
    ports = {"7860": str(free_port()), "8000": str(free_port())}
    moved = {"http://chroma:8000": f"http://127.0.0.1:{ports['8000']}", **ports}
    given = {"ADVISOR_PASSWORD": READER}
    (held, kept) = (tmp_path / "chroma", tmp_path / "page")
    with (
        started("chroma", given, {"0.0.0.0": "127.0.0.1", **moved, "/data": str(held)}, tmp_path / "chroma.log"),
        started("page", given, {**moved, "/data": str(kept)}, tmp_path / "page.log") as page,
        httpx.Client(base_url=f"http://127.0.0.1:{ports['7860']}", timeout=60) as http,
    ):
        assert http.get("config").status_code == 401
        by = {"Authorization": f"Bearer {READER}"}
        asked = http.post("gradio_api/call/ask", json={"data": ["Which role pays more?"]}, headers=by)
        answer = http.get(f"gradio_api/call/ask/{asked.json()['event_id']}", headers=by)
        assert "citations" in answer.text
        page.terminate()
        assert page.wait(timeout=15) is not None, "within the grace that compose gives it"


def test_the_image_and_the_file_start_the_same_page():
    (command,) = [rest for name, rest in instructions() if name == "CMD" and "app.py" in rest]
    assert yaml.safe_load(command) == SERVICES["page"]["command"]
    (check,) = [rest for name, rest in instructions() if name == "HEALTHCHECK"]
    test = SERVICES["page"]["healthcheck"]["test"]
    assert yaml.safe_load(check.partition("CMD ")[2]) == test[1:]


def test_without_a_password_the_composed_page_says_how_to_give_one(monkeypatch):
    for name, value in SERVICES["page"]["environment"].items():
        monkeypatch.setenv(name, told(value, {}))
    settings = load_settings()
    assert (settings.password, settings.admin_password, settings.is_public, settings.model) == (None, None, False, None)


def test_the_locked_versions_are_what_the_image_installs():
    assert {"uv", "chromadb", "prometheus-client"} <= set(LOCKED)
    command = next(rest for name, rest in instructions() if name == "RUN" and "uv pip install" in rest)
    assert shlex.split(command).count("--constraint") == 2
