"""The training commands, from questions to models that load: a few steps over two small libraries of our own."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from advisor.find.reader import MAX_TOKENS, pair
from advisor.models.cross_encoder import OnnxCrossEncoder
from corpus import chunk
from corpus.embed import OnnxEmbedder
from evals.__main__ import main
from evals.foreign import read_foreign

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
