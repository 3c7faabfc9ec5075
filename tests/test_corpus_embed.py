from __future__ import annotations

import numpy as np
import pytest

from corpus import ModelError, chunk, embed, parse_article, weights
from corpus.settings import load_settings
from tests.fakes import article_file

TEXTS = ["ML engineers earn well.", "AI engineers consume model capability; they don't manufacture it.", "Rain."]


def test_vectors_are_of_length_one_and_near_those_of_the_published_model(library):
    """Tuned gently: what is alike stays alike."""
    tuned = library.embedder.encode(TEXTS)
    published = embed.TorchEmbedder(embed.BUNDLED_MODEL, "cpu").encode(TEXTS)
    assert tuned.shape == published.shape == (3, 384)
    assert np.allclose(np.linalg.norm(tuned, axis=1), 1, atol=1e-3)
    assert (tuned @ tuned.T).argsort(axis=1).tolist() == (published @ published.T).argsort(axis=1).tolist()


def test_a_passage_is_read_once_and_its_sentences_in_their_context(library):
    passages = [hit.passage for hit in library.search("pay", 3)]
    found = library.embedder.encode_passages(passages)
    for passage, vectors in zip(passages, found, strict=True):
        assert vectors.shape == (1 + len(passage.sentences), 384)
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
        spans = list(embed.sentence_spans(passage))
        assert [passage.content[start:end] for start, end in spans] == [s.statement for s in passage.sentences]
        alone = library.embedder.encode([passage.content])[0]
        assert vectors[0] @ alone > 0.98


def test_a_sentence_beyond_what_is_read_has_its_passages_vector(library):
    text = "\n".join(f"| row {n} | value {n} of a table that is never cut |" for n in range(200))
    article = parse_article(article_file("long", f"| a | b |\n|---|---|\n{text}"))
    (passage,) = chunk(article)
    (vectors,) = library.embedder.encode_passages([passage])
    assert vectors.shape == (201, 384)
    assert np.allclose(vectors[-1], vectors[0])


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
    monkeypatch.setattr(weights, "SHA256", "0" * 64)
    with pytest.raises(ModelError, match="reinstall"):
        weights.bundled_weights()


def test_a_damaged_model_is_one_line(tmp_path):
    with pytest.raises(ModelError, match="install the package again"):
        embed.OnnxEmbedder(tmp_path).encode(["x"])
    (tmp_path / "model.onnx").write_bytes(b"damaged")
    with pytest.raises(ModelError, match="install the package again"):
        embed.OnnxEmbedder(tmp_path).encode(["x"])


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
    assert {"salary", "engineer"} <= weights.english_words()
    assert "enginering" not in weights.english_words()


def test_what_a_text_comes_to_does_not_depend_on_what_it_is_read_with(library):
    texts = ["An ML engineer earns well.", "Pay: " + "a long list of figures, " * 40, "No."]
    together = library.embedder.encode(texts)
    assert [library.embedder.encode([text]).tolist()[0] for text in texts] == together.tolist()
    assert library.embedder.encode([]).shape == (0, 384)
