"""References: MakeHuman's own names, and memberships computed by hand."""

import numpy as np
import pytest

from hands.mano.builder.phenotypes import ANCESTRIES, CATEGORIES, YOUNG, Person, adult_macro_targets, random_adult


def test_names_of_the_macro_targets():
    targets = adult_macro_targets()
    assert len(targets) == 192
    assert targets["macrodetails/universal-male-young-maxmuscle-averageweight"] == (
        "male",
        "young",
        "maxmuscle",
        "averageweight",
    )
    assert "macrodetails/height/female-old-minmuscle-maxweight-minheight" in targets
    assert "macrodetails/proportions/female-old-minmuscle-maxweight-idealproportions" in targets
    assert targets["macrodetails/asian-female-old"] == ("asian", "female", "old")


def test_memberships_by_hand():
    person = Person(gender=0.25, age=YOUNG + 0.1, muscle=0.8, weight=0.5, ancestry=(0.5, 0.2, 0.3))
    memberships = person.memberships()
    assert memberships["female"] == pytest.approx(0.25)
    assert memberships["old"] == pytest.approx(0.3)
    assert memberships["minmuscle"] == 0
    assert memberships["averagemuscle"] == pytest.approx(0.4)
    assert memberships["maxmuscle"] == pytest.approx(0.6)
    assert memberships["averageweight"] == 1
    assert memberships["caucasian"] == pytest.approx(0.3)


@pytest.mark.parametrize("seed", range(5))
def test_random_adults_belong_wholly_to_each_trait(seed):
    person = random_adult(np.random.default_rng(seed), gender=1.0)
    memberships = person.memberships()
    for categories in (*CATEGORIES.values(), ANCESTRIES):
        assert sum(memberships[category] for category in categories) == pytest.approx(1.0)
        assert all(0 <= memberships[category] <= 1 for category in categories)
    assert memberships["female"] == 1
    assert -1 <= person.finger_diameter <= 1


def test_the_weights_of_one_kind_of_target_sum_to_one():
    memberships = random_adult(np.random.default_rng(9), gender=0.0).memberships()
    for kind in ("universal-", "height/", "proportions/"):
        weights = [
            np.prod([memberships[category] for category in categories])
            for name, categories in adult_macro_targets().items()
            if name.startswith(f"macrodetails/{kind}")
        ]
        assert sum(weights) == pytest.approx(1.0)
