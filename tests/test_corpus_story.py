"""As a new user would: a folder of documents is added in one command, asked about, half of it removed, asked again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from advisor import Advisor
from corpus import Library
from tests.documents import docx, html_page, markdown_file, pdf
from tests.test_corpus_extract import BAD

ROOT = Path(__file__).parent.parent
KINDS = ("md", "html", "pdf", "docx")
# Where they work, what they do there, and two facts more.
WORK = {
    "aquariums": ("track how every octopus solves its puzzles", "They start at $71,300 a year", "Diving is optional"),
    "orchards": ("predict which branch will bear the ripest apples", "They earn $66,800", "Ladders are part of it"),
    "lighthouses": ("forecast fog from forty years of logbooks", "The pay is $58,900", "Nights are long and quiet"),
    "museums": ("match torn parchments by the grain of the skin", "Salaries begin at $62,450", "Gloves are a must"),
    "breweries": ("tune fermentation by the sound of the bubbles", "Brewers pay them $84,200", "Tasting is on Fridays"),
    "ski resorts": ("estimate avalanche risk slope by slope", "A season brings $47,600", "Helmets are provided"),
    "puppet theatres": ("count laughs to place the jokes better", "Stages offer $39,700", "Everybody sews a little"),
    "salt mines": ("map veins from the echo of small hammers", "The mine pays $93,100", "Lifts leave at five"),
    "tea gardens": ("time the picking by the colour of the shoots", "Owners pay $44,250", "Monsoon means holidays"),
    "ice rinks": ("model how skates wear the ice down", "Rinks pay $52,300", "Bring a warm coat"),
    "bookbinderies": ("choose glues by simulated humidity", "They get $49,900", "Apprentices sweep first"),
    "beekeeping": ("tell a hive's mood from its hum", "Keepers pay $55,150", "Stings happen to everyone"),
    "wind farms": ("plan repairs before a blade cracks", "Farms pay $97,800", "Heights must not frighten you"),
    "ferries": ("predict which sailing will be overbooked", "The line pays $61,200", "Uniforms are dark blue"),
    "carpet weaving": ("restore faded patterns from photographs", "Weavers pay $41,050", "Patience is tested first"),
    "observatories": ("sort meteors from satellites before breakfast", "Grants give $73,600", "Domes are never heated"),
    "cheese dairies": ("predict holes in the wheels by ultrasound", "Dairies pay $57,700", "Cellars smell strongly"),
    "chess clubs": ("find where members stopped improving", "Clubs pay $36,400", "Rooks are on the badge"),
    "botanic gardens": ("name seedlings from a single leaf", "Gardens pay $48,800", "Boots are given out in May"),
    "clock towers": ("correct drift from the weight of pigeons", "Towns pay $43,500", "There are 212 steps"),
    "piano makers": ("rank soundboards by how they ring", "Makers pay $76,900", "Ears are tested yearly"),
    "mountain huts": ("forecast how much soup to carry up", "Huts pay $38,200", "Mules do the carrying"),
    "paper mills": ("detect flaws in a sheet at full speed", "Mills pay $69,300", "Ear plugs are by the door"),
    "canal locks": ("schedule barges to save water", "The canal pays $54,600", "Cottages come with the post"),
    "toy makers": ("test which blocks children stack twice", "Makers pay $59,400", "Children are the judges"),
    "falconries": ("plot flights to keep birds off runways", "Airports pay $82,700", "Gloves reach the elbow"),
    "glassworks": ("read the furnace's colour for the right moment", "Works pay $65,900", "Shifts follow the fire"),
    "marathons": ("place water where runners will need it", "Organisers pay $51,800", "Sundays are not free"),
    "planetariums": ("choose stars that a city child can find", "Cities pay $46,700", "Lights are out by ten"),
    "vineyards": ("warn of frost two nights ahead", "Estates pay $63,300", "Harvest takes every hand"),
}
ASKED = {name: f"What do data scientists do in {name}?" for name in list(WORK)[:8]}


def document(kind, place, task, pay, fact):
    title = f"Data scientists in {place}"
    sections = [
        (f"What data scientists do in {place}", [f"Data scientists in {place} {task}."]),
        (f"What {place} are like", [f"{pay}. {fact}.", [f"{fact}, as the people in {place} say", pay]]),
    ]
    make = {"md": markdown_file, "html": html_page, "pdf": pdf, "docx": docx}[kind]
    return make(title, sections)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """40 documents and more, a dozen of them broken, in folders of their own."""
    made = tmp_path_factory.mktemp("careers")
    for number, (place, (task, pay, fact)) in enumerate(WORK.items()):
        kind = KINDS[number % 4]
        path = made / ("new" if number % 3 else "old") / f"{place.replace(' ', '-')}.{kind}"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(document(kind, place, task, pay, fact))
    (made / "broken").mkdir()
    for name, (body, _) in BAD.items():
        (made / "broken" / name).write_bytes(body)
    (made / "copy.html").write_bytes(document("html", "aquariums", *WORK["aquariums"]))
    (made / "broken" / "loop").symlink_to(made)
    return made


def test_the_story(folder, environment, home, tmp_path):
    environment = {**environment, "ADVISOR_HOME": str(tmp_path / "home")}

    def corpus(*arguments):
        command = [sys.executable, "-m", "corpus", *map(str, arguments)]
        done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
        assert "Traceback" not in done.stderr
        return done

    def fact(name):
        return WORK[name][0]

    advisor = Advisor("quote", library=Library.open(tmp_path / "home"))  # a page that is running meanwhile
    for name, question in ASKED.items():
        assert fact(name) not in advisor.ask(question).text
    assert len([path for path in folder.rglob("*") if path.is_file()]) >= 40

    added = corpus("add", folder, "--interest", "Written for a test.")
    broken = [name for name in BAD if not name.endswith(".csv")]  # no document, so passed by in a folder
    assert added.stdout.splitlines()[-1] == f"30 added, 1 already there, {len(broken)} refused."
    assert added.returncode == 1
    for name in broken:
        assert sum(line.startswith("refused:") and f"/{name}:" in line for line in added.stdout.splitlines()) == 1, name
    assert "the same text as 'data-scientists-in-aquariums'" in added.stdout

    for name, question in ASKED.items():
        answer = advisor.ask(question)
        assert answer.status in ("answered", "partial"), (name, answer.text)
        assert fact(name) in answer.text
        assert any(citation.interest == "Written for a test." for citation in answer.citations)
    listed = corpus("list").stdout
    assert listed.count("\n") == 1 + 4 + 30
    shown = corpus("show", "data-scientists-in-orchards").stdout
    assert "title: Data scientists in orchards" in shown and WORK["orchards"][2] in shown
    assert fact("museums") in corpus("search", "torn parchments", "-k", "1").stdout
    only = advisor.ask(ASKED["orchards"], sources=["data-scientists-in-aquariums"])
    assert fact("orchards") not in only.text

    ids = {name: f"data-scientists-in-{name.replace(' ', '-')}" for name in WORK}
    gone = list(WORK)[::2]
    removed = corpus("remove", *(ids[name] for name in gone), "--yes")
    assert removed.returncode == 0 and removed.stdout.count("removed:") == 15
    for name, question in ASKED.items():
        answer = advisor.ask(question)
        assert (fact(name) in answer.text) == (name not in gone), name
        assert ids[name] not in {citation.article for citation in answer.citations} or name not in gone
    held = b"".join(path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file())
    for name in WORK:
        assert (fact(name).encode() in held) == (name not in gone), name
    assert corpus("doctor").returncode == 0
    assert "up to date: 19 articles" in corpus("sync").stdout
