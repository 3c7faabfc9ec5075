from __future__ import annotations

import shutil

import numpy as np
import pytest

from corpus import ModelError, embed, export
from corpus.settings import load_settings

TEXTS = ["ML engineers earn well.", "AI engineers consume model capability; they don't manufacture it.", "Rain."]


def test_the_export_says_what_the_weights_say(library):
    """int8 against the torch weights it was made from: nearly the same direction, and the same order."""
    exported = library.embedder.encode(TEXTS)
    original = embed.TorchEmbedder(embed.BUNDLED_MODEL, "cpu").encode(TEXTS)
    assert exported.shape == original.shape == (3, 384)
    assert np.allclose(np.linalg.norm(exported, axis=1), 1, atol=1e-3)
    assert ((exported * original).sum(axis=1) > 0.97).all()


def test_order_and_company_do_not_matter(library):
    together = library.embedder.encode([TEXTS[1] * 5, *TEXTS])
    alone = np.concatenate([library.embedder.encode([text]) for text in TEXTS])
    assert ((together[1:] * alone).sum(axis=1) > 0.98).all()


def test_embedders_serve_as_langchain_embeddings(library):
    vector = library.embedder.embed_query("hello")
    assert len(vector) == 384
    assert isinstance(vector[0], float)
    assert len(library.embedder.embed_documents(["a", "b"])) == 2


def test_weights_that_are_not_the_published_ones_are_refused(monkeypatch):
    monkeypatch.setattr(export, "BUNDLED_SHA256", "0" * 64)
    with pytest.raises(ModelError, match="reinstall"):
        export.bundled_weights()


@pytest.mark.parametrize("damaged", ["model.onnx", "tokenizer.json"])
def test_a_damaged_export_is_made_anew(tmp_path, library, monkeypatch, damaged):
    folder = tmp_path / "model"
    shutil.copytree(library.embedder.folder, folder)
    (folder / damaged).write_bytes(b"damaged")
    monkeypatch.setattr(
        embed, "export_bundled", lambda to: shutil.copytree(library.embedder.folder, to, dirs_exist_ok=True)
    )
    assert embed.OnnxEmbedder(folder).encode(["x"]).shape == (1, 384)


def test_a_home_that_cannot_hold_a_model_is_one_line(tmp_path):
    (tmp_path / "models").write_text("in the way")
    with pytest.raises(ModelError, match="ADVISOR_HOME"):
        embed.OnnxEmbedder(tmp_path / "models" / "x").encode(["x"])


def test_settings_choose_the_embedder(monkeypatch, tmp_path):
    monkeypatch.setenv("ADVISOR_HOME", str(tmp_path))
    assert load_settings().home == tmp_path
    assert load_settings(tmp_path / "other").home == tmp_path / "other"
    assert isinstance(embed.open_embedder(load_settings()), embed.OnnxEmbedder)
    monkeypatch.setenv("ADVISOR_DEVICE", "cpu")
    chosen = embed.open_embedder(load_settings())
    assert isinstance(chosen, embed.TorchEmbedder)
    assert chosen.encode(["x"]).shape == (1, 384)
    monkeypatch.setenv("ADVISOR_EMBEDDING_MODEL", str(tmp_path / "nowhere"))
    with pytest.raises(ModelError, match="ADVISOR_EMBEDDING_MODEL"):
        embed.open_embedder(load_settings()).encode(["x"])


def test_english_words_are_whole_words():
    assert {"salary", "engineer"} <= embed.english_words()
    assert "enginering" not in embed.english_words()
