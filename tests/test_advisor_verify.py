"""The verifier: what its rules refuse and say of it, and how it does on the labelled claims."""

from __future__ import annotations

import os
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import advisor
from advisor.errors import ModelError
from advisor.models.cross_encoder import OnnxCrossEncoder
from advisor.models.fitted import read_fitted
from advisor.verify.entailment import BUNDLED
from advisor.verify.lines import read_pieces
from advisor.verify.names import strange_name
from advisor.verify.signals import SIGNS, SUPPORTED, WEIGHTS
from advisor.verify.verifier import Verifier
from evals.agree import CLAIMS, read_pairs

PAY = (
    "Mid-level MLEs command salaries between $149,000 and $192,000, "
    "with senior roles reaching well over $220,000 annually."
)


@pytest.fixture(scope="module")
def verifier(library):
    return Verifier(library.embedder)


@pytest.fixture(scope="module")
def knowing(library):
    """The verifier that knows what the library tells apart."""
    return Verifier(library.embedder, names=lambda: library.about().names)


@pytest.mark.parametrize(
    ("claim", "evidence", "reason"),
    [
        ("Mid-level MLEs earn 20% more.", PAY, "20% is not in the passage"),
        ("Mid-level AI engineers earn $149,000.", PAY, "AI is not in the passage"),
        ("Mid-level MLEs earn $149,000 a month.", PAY, "gives $149,000 by the year, the sentence by the month"),
        ("The room costs $900 per month.", "The room costs $900 a year.", "gives $900 by the year"),
        ("Mid-level MLEs at Google earn $149,000.", PAY, "Google is not in the passage"),
        ("AI engineers earn 20% more than others.", "AI engineers earn within 20% of others.", "20%"),
        ("Bread keeps for two days.", "Bread keeps for two weeks or one.", "two days is not in the passage"),
        ("Sales fell 20% in Ghent.", "Sales in Ghent rose 20%.", "gives 20% as a least, or more"),
        ("The ESA pays for the probe.", "The European launch agency pays for the probe.", "ESA is not in the passage"),
    ],
)
def test_what_is_doubted_is_not_supported_and_says_why(verifier, claim, evidence, reason):
    found = verifier.read(claim, read_pieces([evidence]))
    assert not found.verdict.supported
    assert found.is_unsure, "a second reader had better look"
    assert found.verdict.score == 0
    assert reason in found.verdict.reason


@pytest.mark.parametrize(
    ("claim", "evidence", "reason"),
    [
        ("Mid-level MLEs earn $312,000.", PAY, "$312,000 is not in the passage; it says $149,000"),
        ("The market grows by 2040.", "Until 2030, the market grows fast.", "2040 is not in the passage; it says 2030"),
        ("Bread keeps for five days.", "Bread keeps for three days.", "five days is not in the passage; it says three"),
        ("Bread keeps 14 hours.", "Bread keeps for three days.", "14 hours is not in the passage"),
    ],
)
def test_an_amount_that_is_nowhere_is_refused(verifier, claim, evidence, reason):
    found = verifier.read(claim, read_pieces([evidence]))
    assert not found.verdict.supported and not found.is_unsure
    assert reason in found.verdict.reason
    told = verifier.read(claim, read_pieces([evidence]), asked=claim)
    assert not told.verdict.supported and told.is_unsure, "who asks has said it"


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("The tin costs $120 less.", "A box costs $300. A tin costs $180."),
        ("Together they cost $480.", "A box costs $300. A tin costs $180."),
        ("Only 13% fail.", "87% pass."),
        ("It has been a 5-year-old since.", "It turned 5 on Sunday."),
    ],
)
def test_an_amount_that_may_be_made_of_theirs_is_not(verifier, claim, evidence):
    assert verifier.read(claim, read_pieces([evidence])).is_unsure


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        (PAY, [PAY]),
        (PAY, ["Something else. " + PAY.replace(" ", "\n")]),
        ("He said 'no' - twice - and left it there.", ["He said ‘no’ – twice — and left it there."]),
        ("Typical mid-level TC: AI Engineer $220K", ["| | AI Engineer |", "| Typical mid-level TC | $220K |"]),
        ("Tax: Ghent: none", ["| | Lille | Ghent |", "| Tax | two euros | none |"]),
    ],
)
def test_whole_sentences_are_accepted_word_for_word(verifier, claim, evidence):
    verdict = verifier.check(claim, evidence)
    assert verdict.supported
    assert verdict.reason == "word for word in the passage"


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        (PAY.lower(), PAY),
        (PAY.replace(",", ""), PAY),
        ("The river is not wide, but deep.", "The river is not wide but deep."),
        ("It rained. It stopped.", "It rained. It stopped."),
        ("It rained for days", "It rained for days on end."),
        ("No boats and barges dock at the pier.", "No. Boats and barges dock at the pier."),
        ("No boats and barges dock at the pier.", "No. boats and barges dock at the pier."),
        ("Toll: barge; $20 ferry; $90", "|  | barge | ferry |\n|---|---|---|\n| Toll | $20 | $90 |"),
        ("Toll: barge none", "|  | barge |\n|---|---|\n| Toll | none; but only at night |"),
        ("Toll: barge: none", "|  | barge |\n|---|---|\n| Toll | none; but only at night |"),
    ],
)
def test_what_is_nearly_word_for_word_is_not(verifier, claim, evidence):
    assert verifier.check(claim, [evidence]).reason != "word for word in the passage"


@pytest.mark.parametrize(
    ("claim", "held"),
    [
        ("They train LLMs there.", "They train large language models there."),
        ("Here MLEs earn well.", "Here ML engineers earn well."),
        ("Here ML is used.", "Here MLEs earn well."),
        ("She has a PhD now.", "She has a Ph.D. now."),
        ("It runs on Next.js there.", "It runs on NextJS there."),
        ("The UN said so.", "The United Nations said so."),
    ],
)
def test_a_name_in_another_writing_is_held(claim, held):
    assert strange_name(claim, held) is None


@pytest.mark.parametrize(
    ("claim", "held", "name"),
    [
        ("They like AI there.", "They maintain engines, and it pays.", "AI"),
        ("They moved to Ghent.", "They moved to Lille.", "Ghent"),
        ("It is told by the WHO there.", "It is told there by a host.", "WHO"),
    ],
)
def test_a_name_that_is_not_held_is_strange(claim, held, name):
    assert strange_name(claim, held) == name


def test_no_signal_counts_the_wrong_way():
    weights = read_fitted(WEIGHTS)[SUPPORTED].weights
    assert weights.keys() == SIGNS.keys()
    assert all(weight * SIGNS[name] >= 0 for name, weight in weights.items())


@pytest.mark.parametrize("folder", ["verify", "written"])
def test_no_word_of_the_lexicon_is_known(folder):
    """What holds of every article needs no list of the roles, levels or places of some."""
    for path in (Path(advisor.__file__).parent / folder).glob("*.py"):
        known = re.findall(r"\b(?:ROLES|LEVELS|PLACES|TOPICS|SUBJECTS|roles_in|levels_in)\b", path.read_text("utf-8"))
        assert not known, path.name


@pytest.mark.parametrize(
    "claim",
    [
        "Mid-level MLEs earn $149K to $192K.",
        "At mid level, machine learning engineers make between 149 and 192 thousand dollars.",
        pytest.param(
            "Senior machine learning engineers can reach well over $220,000 a year.",
            marks=pytest.mark.xfail(
                strict=True, reason="who it is said of stands at a distance: left to a second reader"
            ),
        ),
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
    Verifier(library.embedder, refused).check("They earn 20% more.", [PAY])
    assert refused.pairs == [], "what is doubted is not read further"


def test_a_damaged_model_says_what_to_do(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"no model")
    with pytest.raises(ModelError, match="install the package again"):
        OnnxCrossEncoder(tmp_path, 192, "model").logits([("a", "b")])


def test_many_threads_keep_no_more_runs_in_memory_than_there_are_processors():
    model = OnnxCrossEncoder(BUNDLED, 192, "model")
    tokenizer, _ = model._model._model()
    session = SlowSession()
    model._model._loaded = tokenizer, session
    with ThreadPoolExecutor(32) as threads:
        scores = list(threads.map(lambda number: model.logits([(f"{number}", "b")]), range(32)))
    assert session.runs == len(scores) == 32
    assert session.most == (os.cpu_count() or 1)


class SlowSession:
    """Takes its time for a run, and counts how many there are at once."""

    def __init__(self):
        self.runs = self.now = self.most = 0
        self._lock = threading.Lock()

    def run(self, _, inputs):
        with self._lock:
            self.runs += 1
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.02)
        with self._lock:
            self.now -= 1
        return [np.zeros((len(inputs["input_ids"]), 1), dtype=np.float32)]


@pytest.mark.alone
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


@pytest.mark.evaluation
def test_the_figures_of_the_model_card_hold(knowing):
    pairs = [pair for name in ("articles", "blind") for pair in read_pairs(Path(CLAIMS) / f"{name}.jsonl")]
    pairs = [pair for pair in pairs if pair.held_out]
    supported = [knowing.check(pair.claim, pair.evidence).supported for pair in pairs]
    right = [s == pair.label for s, pair in zip(supported, pairs, strict=True)]
    balanced = np.mean(
        [np.mean([r for r, p in zip(right, pairs, strict=True) if p.label is label]) for label in (True, False)]
    )
    assert balanced >= 0.85
    found = rates(knowing, pairs)
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
        pytest.param(
            'They have the "highest" ceiling right now.',
            "They have the highest ceiling right now.",
            marks=pytest.mark.xfail(strict=True, reason="accepted, though not surely"),
        ),
        (
            "According to fools, AI engineers have the highest ceiling right now.",
            "AI engineers have the highest ceiling.",
        ),
        ("Microsoft says AI engineers earn well.", "AI engineers earn well."),
        ("Nobody notes that AI engineers earn well.", "AI engineers earn well."),
        ("word " * 10_000, "AI engineers earn well."),
    ],
)
def test_what_was_found_to_slip_through_does_not(knowing, claim, evidence):
    assert not knowing.check(claim, [evidence]).supported
