"""What every checker relies on: an answer gets copies, and its own errors become the message."""

import numpy as np
import pytest
import torch

from hands.check.verdict import judge


@pytest.mark.parametrize("argument", [np.ones(3), torch.ones(3)])
def test_an_answer_may_write_into_what_it_is_given(argument):
    """A right answer that works in place must stay right, in the next case as well."""

    def doubled(x):
        x *= 2
        return x

    expected = 2 * argument
    assert judge(doubled, {"once": ((argument,), expected), "again": ((argument,), expected)}, praise="right")
    assert float(argument.sum()) == 3


def test_an_error_of_the_answer_is_told():
    verdict = judge(lambda x: x.nothing, {"a case": ((1.0,), 1.0)}, praise="right")
    assert not verdict
    assert "a case: your function raised AttributeError" in repr(verdict)
