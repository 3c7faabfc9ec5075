"""The verifier against labelled claims: what is read, what is refused, what the figures say."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from advisor.verify.verifier import Verdict, Verifier
from evals.agree import CLAIMS, Checked, Pair, agree, read_pairs, table
from evals.case import CaseError
from evals.judge import Judgement

GOOD = {"claim": "ML engineers earn $149,000.", "evidence": "ML engineers earn $149,000.", "label": 1, "type": "same"}


def write(tmp_path, *lines):
    path = tmp_path / "claims.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
    return path


def test_any_usual_label_and_evidence_is_read(tmp_path):
    path = write(tmp_path, GOOD, GOOD | {"label": "contradiction", "evidence": ["a", "b"], "more": 1}, "")
    assert [(pair.label, len(pair.evidence)) for pair in read_pairs(path)] == [(True, 1), (False, 2)]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "claims.jsonl:1: not JSON"),
        ({"claim": "x"}, "claims.jsonl:1: evidence: missing"),
        (GOOD | {"label": "perhaps"}, 'claims.jsonl:1: label: "perhaps" is neither'),
        (GOOD | {"evidence": []}, None),
        (GOOD | {"evidence": [3]}, "claims.jsonl:1: evidence: write a text or a list"),
        (GOOD | {"claim": ""}, "claims.jsonl:1: claim: write a text"),
        ("[]", "claims.jsonl:1: "),
        ("7", "claims.jsonl:1: "),
    ],
)
def test_a_bad_line_is_named(tmp_path, line, said):
    path = write(tmp_path, line)
    if said is None:
        assert next(read_pairs(path)).evidence == ()
        return
    with pytest.raises(CaseError) as caught:
        list(read_pairs(path))
    assert str(caught.value).startswith(said)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CaseError, match="cannot be read"):
        list(read_pairs(tmp_path / "none.jsonl"))


def test_the_shipped_claims_are_balanced_and_verbatim(articles):
    pairs = [pair for path in CLAIMS.glob("*.jsonl") for pair in read_pairs(path)]
    labels = Counter(pair.label for pair in pairs)
    assert labels.total() >= 60
    assert min(labels.values()) >= 0.4 * labels.total()
    texts = "\n".join(article.text for article in articles.values())
    cited = [piece for pair in read_pairs(CLAIMS / "articles.jsonl") for piece in pair.evidence]
    assert not [piece for piece in cited if piece not in texts]


def checked(label: bool, supported: bool | None, score: float | None, kind: str = "k") -> Checked:
    return Checked(Pair("c", ("e",), label, kind, False), supported, score)


def test_the_table_tells_a_good_checker_from_a_bad_one():
    good = table([checked(True, True, 0.9), checked(False, False, 0.1)])
    bad = table([checked(True, False, 0.1), checked(False, True, 0.9)])
    assert "balanced accuracy   1.000" in good
    assert "AUROC               1.000" in good
    assert "balanced accuracy   0.000" in bad
    assert "AUROC               0.000" in bad


def test_what_could_not_be_told_is_counted_not_guessed():
    text = table([checked(True, None, None), checked(True, True, None), checked(False, False, None)])
    assert text.startswith("3 claims, 1 could not be told")
    assert "balanced accuracy   1.000" in text
    assert "AUROC" not in text


def test_a_checker_of_one_label_only_has_no_balanced_accuracy():
    assert "balanced accuracy" not in table([checked(True, True, 0.9)])


@pytest.mark.evaluation
def test_agree_runs_on_the_shipped_claims():
    assert "balanced accuracy" in agree([])


def test_agree_runs_on_a_judge(tmp_path):
    path = write(tmp_path, GOOD, GOOD | {"label": 0, "claim": "Mars is red."})
    said = agree([path], lambda claim, evidence: Judgement(claim in evidence[0].quote, "words"))
    assert "balanced accuracy   1.000" in said
    with pytest.raises(CaseError, match="no claims are left"):
        agree([path], held_out=True)


def test_what_a_library_tells_apart_is_told_apart_in_its_own_articles(tmp_path, monkeypatch):
    monkeypatch.setattr("evals.agree.Verifier", Named)
    own = "AI Engineers often earn slightly higher salaries than Machine Learning Engineers"
    path = write(tmp_path, GOOD | {"evidence": own}, GOOD | {"evidence": "Said of others.", "label": 0})
    assert "balanced accuracy   1.000" in agree([path])


class Named:
    """A verifier that accepts what it has names for."""

    def __init__(self, embedder, names=tuple):
        self.names = names()

    def check(self, claim, evidence):
        return Verdict(bool(self.names), 0.5, "so it is")


@pytest.mark.parametrize(
    ("claim", "supported"),
    [
        ("Mid-level MLEs command salaries between $149,000 and $192,000.", True),
        ("Mid-level MLEs command salaries between $149K and $192K.", True),
        ("Mid-level MLEs command salaries between $112,000 and $192,000.", False),
        ("Mid-level data scientists command salaries between $149,000 and $192,000.", False),
        ("Mid-level MLEs never command salaries between $149,000 and $192,000.", False),
        ("Plumbing is a fine trade for patient people.", False),
    ],
)
def test_the_rules_of_the_verifier(claim, supported):
    evidence = ["Mid-level MLEs command salaries between $149,000 and $192,000, with senior roles above that."]
    verdict = Verifier().check(claim, evidence)
    assert verdict.supported is supported, verdict
    assert 0 <= verdict.score <= 1
    assert verdict.reason


def test_the_verifier_stands_empty_and_odd_input():
    for claim, evidence in (
        ("", []),
        ("x", []),
        ("", ["x"]),
        ("$", ["$"]),
        ("1,", ["1,"]),
        ("a" * 10_000, ["b"] * 100),
    ):
        assert Verifier().check(claim, evidence).reason
