"""A small data set, generated once, for all tests of data."""

import pytest

from hands import data
from tests.data.small import SMALL


@pytest.fixture(scope="package")
def home(tmp_path_factory):
    """Where generated data lie."""
    with pytest.MonkeyPatch.context() as patch:
        place = tmp_path_factory.mktemp("generated")
        patch.setenv("HANDS_DATA", str(place))
        yield place


@pytest.fixture(scope="package")
def sim(home):
    """Six recordings of a second, by perfect sensors."""
    return data.simhand("clean", **SMALL, workers=1)


@pytest.fixture(scope="package")
def glove(home):
    """The same by real ones."""
    return data.simhand("glove", **SMALL, workers=1)
