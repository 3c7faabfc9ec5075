"""The verifier: what its rules refuse and say of it, and how it does on the labelled claims."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from advisor.errors import ModelError
from advisor.verify.entailment import BUNDLED, OnnxEntailment
from advisor.verify.pieces import read_pieces
from advisor.verify.verifier import Verifier
from evals.agree import CLAIMS, read_pairs

PAY = (
    "Mid-level MLEs command salaries between $149,000 and $192,000, "
    "with senior roles reaching well over $220,000 annually."
)


@pytest.fixture(scope="module")
def verifier(library):
    return Verifier(library.embedder)


@pytest.mark.parametrize(
    ("claim", "evidence", "reason"),
    [
        ("Mid-level MLEs earn $312,000.", PAY, "$312,000 is not in the passage; it says $149,000"),
        ("Mid-level AI engineers earn $149,000.", PAY, "does not speak of AI engineers"),
        ("Senior MLEs earn $149,000 to $192,000.", PAY, "gives $149,000 for mid-level, not for senior"),
        ("Junior MLEs earn $149,000.", PAY, "does not speak of entry-level people"),
        ("Mid-level MLEs earn $149,000 a month.", PAY, "does not give it by the month"),
        ("Mid-level MLEs earn $149,000 in base pay.", PAY, "does not speak of base pay"),
        ("Mid-level MLEs at Google earn $149,000.", PAY, "Google is not in the passage"),
        ("AI engineers earn 20% more than others.", "AI engineers earn within 20% of others.", "20%"),
        ("A master's degree is required.", "A bachelor's degree is required.", "a master's degree"),
        ("It takes seven steps to hire.", "It takes five steps to hire.", "five there, not seven"),
        ("The market grows by 2040.", "The market grows by 2030.", "2040 is not in the passage; it says 2030"),
        (
            "Data scientists link the lab to production environments.",
            "MLEs link the lab to production environments. Data scientists analyze trends.",
            "says this of machine learning engineers, not of data scientists",
        ),
    ],
)
def test_rules_refuse_and_say_why(verifier, claim, evidence, reason):
    verdict = verifier.check(claim, [evidence])
    assert not verdict.supported
    assert verdict.score == 0
    assert reason in verdict.reason


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        (PAY, [PAY]),
        (PAY.lower(), ["Something else. " + PAY]),
        ("Typical mid-level TC: AI Engineer $220K", ["| | AI Engineer |", "| Typical mid-level TC | $220K |"]),
    ],
)
def test_whole_sentences_are_accepted_word_for_word(verifier, claim, evidence):
    verdict = verifier.check(claim, evidence)
    assert verdict.supported
    assert verdict.reason == "word for word in the passage"


@pytest.mark.parametrize(
    "claim",
    [
        "Mid-level MLEs earn $149K to $192K.",
        "At mid level, machine learning engineers make between 149 and 192 thousand dollars.",
        "Senior machine learning engineers can reach well over $220,000 a year.",
    ],
)
def test_the_same_in_other_words_is_accepted(verifier, claim):
    assert verifier.check(claim, [PAY]).supported


@pytest.mark.parametrize("evidence", [[], [""], ["---"], ["| |"], ["#"], ["\x00"], ["🙂"], ["x" * 20_000]])
@pytest.mark.parametrize("claim", ["", " ", "MLEs earn $149,000.", "🙂", "x" * 20_000])
def test_odd_input_is_refused_or_read_and_never_raises(verifier, claim, evidence):
    verdict = verifier.check(claim, evidence)
    assert 0 <= verdict.score <= 1
    assert verdict.reason


def test_headings_and_tables_are_understood():
    table = read_pieces(["| | AI Engineer |", "| Pay | $220K |"])
    assert table[0].sentences[0].statement == "Pay: AI Engineer $220K"
    headed = read_pieces(["Which pays more?", "AI Engineer has the highest ceiling."])
    assert headed[0].headings == ("Which pays more?",)


class Stub:
    """An entailment model that is told what to say."""

    def __init__(self, logit):
        self.logit = logit
        self.pairs = []

    def logits(self, pairs):
        self.pairs += pairs
        return np.full(len(pairs), self.logit, dtype=np.float32)


def test_another_entailment_model_decides_what_no_rule_does(library):
    claim = "Someone in the middle of the ladder may make some $149,000 building learning systems."
    verdicts = [Verifier(library.embedder, Stub(logit)).check(claim, [PAY]) for logit in (-8, 8)]
    assert [verdict.supported for verdict in verdicts] == [False, True]
    refused = Stub(8)
    Verifier(library.embedder, refused).check("They earn $312,000.", [PAY])
    assert refused.pairs == [], "what a rule refuses is not read further"


def test_a_damaged_model_says_what_to_do(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"no model")
    with pytest.raises(ModelError, match="install the package again"):
        OnnxEntailment(tmp_path).logits([("a", "b")])


def test_the_model_is_small_and_quick(library):
    assert sum(path.stat().st_size for path in BUNDLED.iterdir()) <= 25e6
    verifier = Verifier(library.embedder)
    passages = [passage for text in (PAY, "AI engineers build chatbots.") for passage in read_pieces([text])] * 2
    verifier.read("MLEs earn well.", passages)
    took = []
    for number in range(20):
        started = time.perf_counter()
        verifier.read(f"Machine learning engineers can make good money, in case {number} as well.", passages)
        took.append(time.perf_counter() - started)
    assert np.median(took) < 0.1, "far from the figure of the benchmark: something is loaded anew"


def rates(verifier, pairs):
    accepted = {}
    for pair in pairs:
        kind = accepted.setdefault((pair.label, pair.type), [])
        kind.append(verifier.check(pair.claim, pair.evidence).supported)
    return {key: float(np.mean(values)) for key, values in accepted.items()}


def test_the_figures_of_the_model_card_hold(verifier):
    pairs = [pair for name in ("articles", "blind") for pair in read_pairs(Path(CLAIMS) / f"{name}.jsonl")]
    pairs = [pair for pair in pairs if pair.held_out]
    supported = [verifier.check(pair.claim, pair.evidence).supported for pair in pairs]
    right = [s == pair.label for s, pair in zip(supported, pairs, strict=True)]
    balanced = np.mean(
        [np.mean([r for r, p in zip(right, pairs, strict=True) if p.label is label]) for label in (True, False)]
    )
    assert balanced >= 0.85
    found = rates(verifier, pairs)
    assert found[False, "number"] <= 0.03
    assert found[False, "credential"] <= 0.07
    assert found[False, "negation"] <= 0.15
    assert found[False, "role_swap"] <= 0.15
    assert found[True, "verbatim"] >= 0.95
    assert found[True, "light_edit"] >= 0.75
    assert found[True, "paraphrase"] >= 0.75


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        (
            "ML engineers out-earn AI engineers.",
            "AI engineers often earn higher salaries than machine learning engineers.",
        ),
        ("What do AI engineers earn?", "AI engineers earn well."),
        ("The question: what AI engineers earn.", "AI engineers earn well."),
        ("AI could add 14 to GDP.", "AI could add 14% to GDP."),
        ('They have the "highest" ceiling right now.', "They have the highest ceiling right now."),
        (
            "According to fools, AI engineers have the highest ceiling right now.",
            "AI engineers have the highest ceiling.",
        ),
        ("Microsoft says AI engineers earn well.", "AI engineers earn well."),
        ("Nobody notes that AI engineers earn well.", "AI engineers earn well."),
        ("word " * 10_000, "AI engineers earn well."),
    ],
)
def test_what_was_found_to_slip_through_does_not(verifier, claim, evidence):
    assert not verifier.check(claim, [evidence]).supported
