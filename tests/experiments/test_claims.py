"""The ledger's verdicts on made-up numbers whose truth is known."""

from __future__ import annotations

from typing import Any

import pytest

from hands.experiments import claims, paper, study
from hands.experiments.claims import Claim, Evidence, Measured
from hands.experiments.methods import DECOUPLED, PLAIN
from hands.experiments.results import Row
from hands.experiments.students import Question
from tests.experiments.made_up_students import row

SEEDS = range(5)
WOBBLE = (0.00, 0.02, -0.02, 0.01, -0.01)
"""Of the seeds, mm: small, so that all that is far from zero is told."""


def rows(mm: dict[tuple[str, str], float], seeds: Any = SEEDS) -> list[Row]:
    """Test rows, by method and sensors; their meshes err by half as much."""
    made = []
    for (name, sensors), error in mm.items():
        for seed in seeds:
            asked = Question(PLAIN, seed=seed, sensors=sensors, size="smoke")
            made.append(row(name, "test", error + WOBBLE[seed] * (1 + len(name) % 3), asked))
    return made


AS_THE_PAPER = {
    (PLAIN, "7"): 15.40,
    (DECOUPLED, "7"): 9.13,
    ("without SSD", "7"): 9.87,
    ("without DPD", "7"): 12.39,
    ("without TMD", "7"): 9.65,
    ("entangled", "7"): 13.69,
    (claims.TEACHER, "7"): 5.84,
    **{(PLAIN, sensors): 20.0 for sensors in "32"},
    **{("entangled", sensors): 19.0 for sensors in "32"},
    (DECOUPLED, "3"): 20.0 * (1 - 0.25),
    (DECOUPLED, "2"): 20.0 * (1 - 0.225),
}


def verdicts(found: list[Row]) -> list[str]:
    return [claim["verdict"] for claim in claims.ledger(found)["rows"]]


def test_where_our_numbers_were_the_papers_its_claims_would_agree() -> None:
    found = {claim["claim"]: claim for claim in claims.ledger(rows(AS_THE_PAPER))["rows"]}
    # Meshes are made up as half of the joints' errors, so what is special about meshes is not in them.
    meshes = {text for text in found if "MPVPE" in text}
    assert {claim["verdict"] for text, claim in found.items() if text not in meshes} == {"agrees"}
    assert len(meshes) == 2


def test_published_figures_are_those_that_the_paper_printed() -> None:
    found = {claim["claim"]: claim["published"] for claim in claims.ledger([])["rows"]}
    printed = [round(figure, 1) for figures in found.values() for figure in figures]
    assert printed[:4] == [-40.7, -40.7, -39.0, 65.6]
    (each,) = (figures for text, figures in found.items() if "Each of the three" in text)
    assert [round(figure, 1) for figure in each] == [8.1, 35.7, 5.7]
    (sensors,) = (figures for text, figures in found.items() if "fewer sensors" in text)
    assert sensors == pytest.approx([-40.7 + 25.0, -25.0 + 22.5])
    assert paper.mm("SimKD") == 13.78


def test_the_opposite_disagrees_and_nothing_at_all_cannot_be_told() -> None:
    turned = {key: 25.0 - error for key, error in AS_THE_PAPER.items()}
    assert "agrees" not in verdicts(rows(turned))[:1]
    assert verdicts(rows(turned))[0] == "disagrees"
    same = dict.fromkeys(AS_THE_PAPER, 10.0)
    assert verdicts(rows(same))[0] == "cannot tell here"
    assert verdicts(rows(same))[1] == "disagrees"  # zero is known well enough to exclude -40.7 %


def test_partial_results_cannot_tell_yet() -> None:
    assert set(verdicts([])) == {"cannot tell yet"}
    some = verdicts(rows(AS_THE_PAPER, seeds=range(4)))
    assert some[0] == "cannot tell yet"
    sensors = next(k for k, claim in enumerate(claims.ledger([])["rows"]) if "fewer sensors" in claim["claim"])
    assert some[sensors] == "agrees"  # whose plan has three seeds
    without = {key: error for key, error in AS_THE_PAPER.items() if key != ("without TMD", "7")}
    told = dict(zip([c["claim"] for c in claims.ledger([])["rows"]], verdicts(rows(without)), strict=True))
    assert [verdict for text, verdict in told.items() if "DPD matters" in text] == ["cannot tell yet"]


def test_an_order_agrees_only_if_all_of_its_steps_do() -> None:
    def claim(*means: float) -> Claim:
        steps = [Measured("a step", {seed: mean + WOBBLE[seed] for seed in SEEDS}, "mm") for mean in means]
        return Claim("", "", "order", steps, [None] * len(steps), side=1)

    assert claim(1.0, 2.0).verdict == "agrees"
    assert claim(1.0, 0.0).verdict == "cannot tell here"
    assert claim(0.0, -1.0).verdict == "disagrees"


def test_quantities_are_what_their_names_say() -> None:
    e = Evidence(rows(AS_THE_PAPER))
    assert e.change(DECOUPLED).found.mean == pytest.approx(-40.7, abs=0.1)
    assert e.closed().found.mean == pytest.approx(65.6, abs=0.1)
    assert e.more("without DPD", "without SSD").found.mean == pytest.approx(2.52, abs=0.05)
    assert set(e.change(DECOUPLED, sensors="3", wanted=study.FEWER).values) == set(study.FEWER)


def test_validation_and_strangers_are_no_evidence() -> None:
    asked = Question(PLAIN, size="smoke")
    strange = Question(PLAIN, protocol="unseen", size="smoke")
    e = Evidence([row(PLAIN, "validation", 1.0, asked), row(PLAIN, "test", 2.0, strange)])
    assert e.of(PLAIN) == {}


def test_every_claim_names_experiments_and_has_a_rule() -> None:
    for claim in claims.ledger(rows(AS_THE_PAPER))["rows"]:
        assert claim["why"]
        assert claim["asks"].endswith(".")
        assert claim["kind"] in claims.__doc__
        assert len(claim["published"]) == len(claim["ours"])
