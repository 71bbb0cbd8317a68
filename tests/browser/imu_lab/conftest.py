"""One page for all tests of the lab: each gets a new lab on it, which takes a fifth of the time of a new page."""

import json

import numpy as np
import pytest
import torch

from hands import imu, mano, viz
from hands.conventions import GRAVITY_W
from hands.imu.simulation import physics_grid
from hands.motion import Motion
from hands.viz.imu_lab import IMU_LAB, ImuLab
from hands.viz.sphinx_ext import lab_html
from tests.browser.conftest import COUNT_CONTEXTS, write_page
from tests.mano.tracked_hands import moving_hand

LAB = "document.querySelector('.imulab').handsImuLab"
RENEW = """
(records) => {
  HandsImuLab.labs.splice(0).forEach((lab) => { lab.pause(); lab.drop(); lab.element.remove(); });
  document.documentElement.dataset.theme = "light";
  document.body.removeAttribute("style");
  window.contexts = 0;
  for (const record of records) {
    const element = document.createElement("div"), script = document.createElement("script");
    element.className = "imulab";
    script.type = "application/json";
    script.textContent = JSON.stringify(record);
    element.append(script);
    document.body.append(element);
    HandsImuLab.adopt(element);
  }
  scrollTo(0, 0);
}
"""


def moving(hand, seed, num_frames, fps):
    """A hand that goes from one key pose to the next, turning; its forearm lags behind."""
    pose = moving_hand(hand, seed, num_frames, fps)
    pose["transl"] = 0.3 * (pose["transl"] - pose["transl"].mean(0))
    return Motion(**pose, forearm_orient=0.9 * pose["global_orient"], fps=fps)


@pytest.fixture(scope="session")
def hand():
    return mano.load(dtype=torch.float64)


@pytest.fixture(scope="session")
def motions(hand):
    return {
        "at 120": moving(hand, 1, 240, 120.0),
        "at 60": moving(hand, 2, 120, 60.0),
        "at 30": moving(hand, 3, 60, 30.0),
    }


@pytest.fixture(scope="session")
def ideal_lab(motions):
    return viz.imu_lab(motions)


class Bench:
    """A page and the labs on it."""

    def __init__(self, visit, file):
        self.visit, self.shown = visit, None
        self.page = visit.page
        self.page.add_init_script(COUNT_CONTEXTS)
        self.page.goto(file.as_uri())
        self.page.wait_for_selector(".imulab[data-state=drawn]")

    def renew(self, *labs: ImuLab, wait="drawn"):
        """New labs in place of those on the page, the first of them drawn."""
        records = [json.loads(json.dumps(lab.payload(), sort_keys=True)) for lab in labs]  # as a notebook keeps them
        self.page.emulate_media(reduced_motion="no-preference")
        self.page.mouse.up()
        self.page.evaluate(RENEW, records)
        self.page.wait_for_selector(f".imulab[data-state={wait}]")
        self.visit.troubles.clear()
        self.shown = None
        return self.page

    def rest(self):
        """What still moves would take the processor from the next page."""
        self.page.evaluate("HandsImuLab.labs.forEach((lab) => lab.drop())")

    def quiet(self, lab: ImuLab):
        """A lab for tests that leave it as it was, or that say all that they need."""
        if self.shown is not lab:
            self.renew(lab)
            self.shown = lab
        return self.page


def bench(lasting_visit, tmp_path_factory, lab, look):
    return Bench(
        lasting_visit("about:blank", look), write_page(tmp_path_factory.mktemp("lab"), lab_html(IMU_LAB, lab.payload()))
    )


@pytest.fixture(scope="session")
def wide(lasting_visit, tmp_path_factory, ideal_lab):
    return bench(lasting_visit, tmp_path_factory, ideal_lab, "light")


@pytest.fixture(scope="session")
def narrow(lasting_visit, tmp_path_factory, ideal_lab):
    return bench(lasting_visit, tmp_path_factory, ideal_lab, "phone")


@pytest.fixture
def opened(wide, ideal_lab):
    """`opened(*labs)` is the page with new labs on it."""

    def renewed(*labs, wait="drawn"):
        return wide.renew(*(labs or [ideal_lab]), wait=wait)

    yield renewed
    wide.rest()
    assert wide.visit.troubles == []


@pytest.fixture
def still(wide, ideal_lab):
    """The page with a lab that nobody has touched, nor will."""
    return wide.quiet(ideal_lab)


@pytest.fixture
def phone(narrow):
    """`phone(lab)` is a page on a small screen with a new lab on it."""
    yield narrow.renew
    narrow.rest()
    assert narrow.visit.troubles == []


# ---- what tests ask a page ----


def state(page, expression="state"):
    return page.evaluate(f"(() => {{ const lab = {LAB}, state = lab.state; return {expression} }})()")


def in_page(page, function, given=None):
    """What a function of the lab makes of what it is given."""
    return page.evaluate(f"(given) => ({function})({LAB}, given)", given)


def next_picture(page):
    """Wait until what was asked for is drawn."""
    page.wait_for_function(f"!{LAB}.asked")


def check(page, name):
    """Choose a radio button, whose visible face lies below it."""
    page.get_by_role("radio", name=name, exact=True).check()


def shown_signals(page):
    """The traces as they are drawn: (acc, gyro), each (T, 3)."""
    return [np.reshape(page.evaluate(f"Array.from({LAB}.signals.{name}.values)"), (-1, 3)) for name in ("acc", "gyro")]


def seconds(half_window, motion, fps):
    """The half-window in seconds; none is one step of the physics."""
    return half_window or 1 / physics_grid(motion.fps, float(fps))[0]


def expect(page, hand, motion, sensor, fps, half_window=imu.HALF_WINDOW, gravity=True):
    """The traces are what Python simulates."""
    recording = imu.simulate(motion, hand, [sensor], fps=float(fps), half_window=seconds(half_window, motion, fps))
    weight = 0 if gravity else recording.rotation.mT @ torch.tensor(GRAVITY_W, dtype=torch.float64)
    acc, gyro = shown_signals(page)
    np.testing.assert_allclose(acc, (recording.acc + weight)[0], rtol=0, atol=1e-4)
    np.testing.assert_allclose(gyro, recording.gyro[0], rtol=0, atol=1e-5)


def phone_sizes(page):
    """(how wide the page is, controls too small to touch)."""
    boxes = page.evaluate(
        "[...document.querySelectorAll('.imulab :is(button, select, input)')].filter((el) => el.offsetParent)"
        ".map((el) => [el, el.getBoundingClientRect()])"
        ".map(([el, box]) => [el.outerHTML.slice(0, 80), box.width, box.height])"
    )
    return page.evaluate("document.documentElement.scrollWidth"), [box for box in boxes if min(box[1:]) < 40]
