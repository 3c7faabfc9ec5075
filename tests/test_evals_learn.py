"""The training commands, from questions to models that load: a few steps over two small libraries of our own."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from advisor.find.reader import MAX_TOKENS, pair
from advisor.models.cross_encoder import OnnxCrossEncoder
from corpus import chunk
from corpus.embed import OnnxEmbedder
from evals.__main__ import main
from evals.foreign import QUESTIONS, WRITTEN, read_foreign
from evals.learn.graded import load_library
from evals.learn.prepare import file_name, read_sources

LIBRARIES = Path(__file__).parents[1] / "evals" / "libraries"
NAMES = ("nursing", "trades")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two libraries, and graded questions on them, of which every third is answered by nothing."""
    questions, folder = tmp_path / "questions", tmp_path / "libraries"
    questions.mkdir()
    for name in NAMES:
        (folder / name).mkdir(parents=True)
        lines = []
        for path in sorted((LIBRARIES / name).glob("*.md"))[:2]:
            shutil.copy(path, folder / name)
            for number, passage in enumerate(chunk(read_foreign(path))[:6]):
                first = passage.sentences[0]
                vital = [] if number % 3 == 2 else [[path.name, first.start, first.end]]
                asked = f"what about {' '.join(first.text.split()[:6]).lower()}"
                row = {"question": asked, "before": [], "kind": "fact", "vital": vital, "welcome": []}
                lines.append(json.dumps(row))
        (questions / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setattr("evals.learn.graded.QUESTIONS", questions)
    return folder


@pytest.mark.evaluation
def test_questions_become_models_that_load(folder, tmp_path, capsys):
    """The models come to --out, whole and with their checksums; what ships is left as it is."""
    options = ["--libraries", str(folder), "--epochs", "1", "--most", "4"]
    assert main(["train-embedder", *options, "--out", str(tmp_path / "embedder")]) == 0
    base = ["--base", str(tmp_path / "embedder"), "--out", str(tmp_path / "reader")]
    assert main(["train-reader", *options, *base]) == 0
    assert capsys.readouterr().out.count("questions over 2 libraries") == 2

    passage = chunk(read_foreign(next((folder / "nursing").glob("*.md"))))[0]
    vector = OnnxEmbedder(tmp_path / "embedder").encode_query("what does a nurse earn?")
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-3)
    read = OnnxCrossEncoder(tmp_path / "reader", MAX_TOKENS, "reader's model")
    scores = read.logits([pair("what does a nurse earn?", passage, 0), pair("hello", passage, 0)])
    assert np.isfinite(scores).all() and scores[0] != scores[1]


@pytest.fixture(params=["placeholders = true\n", ""], ids=["placeholders", "dollars"])
def clones(tmp_path, monkeypatch, request):
    """A clone with an article as a site's generator reads it, and the list of sources that names it at its commit."""
    clone = tmp_path / "clones" / "council" / "guide"
    clone.mkdir(parents=True)
    said = "---\ntitle: 'Help with rent'\n---\n<%= form %>\nimport Box from 'box'\n\nYou can get $rent_most$ a month.\n"
    (clone / "Rent.html.md").write_text(said, encoding="utf-8")
    git = ["git", "-C", str(clone), "-c", "user.name=A", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "all"]):
        subprocess.run([*git, *command], check=True)
    commit = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    sources = tmp_path / "sources.toml"
    of = 'repository = "council/{}"\ncommit = "{}"\nlicence = "CC0"\n' + request.param + 'files = ["{}"]\n'
    both = [("rent", "guide", commit, "Rent.html.md"), ("parks", "parks", commit, "parks.md")]
    sources.write_text("\n".join(f"[{name}]\n{of.format(*rest)}" for name, *rest in both), encoding="utf-8")
    monkeypatch.setattr("evals.learn.prepare.SOURCES", sources)
    return tmp_path / "clones"


def test_a_clone_becomes_a_library_of_plain_articles(clones, tmp_path, capsys, request):
    """What a site's generator reads is gone, a figure stands in a placeholder alone, and who has no clone is named."""
    options = ["prepare-libraries", "--clones", str(clones), "--out", str(tmp_path / "out")]
    assert main(options) == 0
    assert capsys.readouterr().out.startswith(f"1 of 2 libraries are in {tmp_path / 'out'}; ")
    (made,) = (tmp_path / "out").rglob("*.md")
    article = read_foreign(made)
    assert made.name == "rent-html.md" and article.title == "Help with rent"
    assert article.text.startswith("# Help with rent") and "import" not in article.text and "form" not in article.text
    assert ("You can get £" in article.text) is ("[placeholders]" in request.node.name)
    assert ("You can get $rent_most$" in article.text) is ("[dollars]" in request.node.name)


@pytest.mark.parametrize("gone", ["the folder", "the commit"])
def test_what_cannot_be_prepared_is_told_in_a_line(clones, tmp_path, capsys, gone):
    """No traceback: what is missing, and what to do."""
    if gone == "the folder":
        shutil.rmtree(clones)
    else:
        shutil.rmtree(clones / "council" / "guide" / ".git")
        subprocess.run(["git", "-C", str(clones / "council" / "guide"), "init", "-q"], check=True)
    assert main(["prepare-libraries", "--clones", str(clones), "--out", str(tmp_path / "out")]) != 0
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and ("--clones: there is no folder" if gone == "the folder" else "fetch that") in said


def test_every_source_has_its_questions_and_each_lies_in_one_of_its_files():
    """A library that is prepared is one that there are questions on, and the other way round for those of sources."""
    for name, source in read_sources().items():
        files = {file_name(path) for path in source["files"]}
        assert len(files) == len(source["files"]), name
        rows = [json.loads(line) for line in (QUESTIONS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
        assert {file for row in rows for file, _, _ in (*row["vital"], *row["welcome"])} <= files, name
        assert len({(row["question"], *row["before"]) for row in rows}) > 0.95 * len(rows), name


@pytest.mark.parametrize("name", sorted(path.name for path in WRITTEN.iterdir()))
def test_every_written_library_has_questions_whose_answers_are_sentences_of_it(name):
    """Some are answered and some are not; a place that is no sentence's would not load."""
    texts = load_library(name, WRITTEN / name)
    answered = sum(bool(one.vital) for one in texts.questions)
    assert 0.5 < answered / len(texts.questions) < 0.95
    assert len({one.query for one in texts.questions}) == len(texts.questions)
