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
    assert "case “a case”: your function raised AttributeError" in repr(verdict)


def test_an_answer_that_is_not_there_yet_is_no_failure_in_a_case():
    verdict = judge(lambda: ..., {"nothing is hidden": ((), 1.0)}, praise="right")
    assert repr(verdict) == "✗ nothing came back yet; replace the dots and return a value"


def test_counts_are_told_as_counts():
    cases = {"one": ((), 377)}
    assert judge(lambda: 1377, cases, praise="", unit="parameters").message == "case “one”: 1,000 parameters too many"
    assert judge(lambda: 370, cases, praise="", unit="parameters").message == "case “one”: 7 parameters too few"


def test_a_mistake_is_known_by_its_nan():
    cases = {"one": ((2.0,), [1.0, 2.0])}
    mistakes = {"a NaN first": lambda x: [np.nan, x]}
    assert judge(lambda x: [np.nan, x], cases, praise="", mistakes=mistakes).message.endswith("a NaN first")
    assert judge(lambda x: [x, np.nan], cases, praise="", mistakes=mistakes).message.endswith("NaN or infinity")
    assert judge(lambda x: "none", cases, praise="", mistakes=mistakes).message.endswith("expected numbers, got str")
