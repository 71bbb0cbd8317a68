"""What a teacher answers, asked each time and asked once."""

import pytest
import torch

from hands import distill
from hands.distill import Teaching
from tests.distill.small import student
from tests.fusion.small import asked, batch, hand, teacher


@pytest.fixture(scope="module")
def data():
    return batch()


@pytest.fixture
def master(data):
    return teacher(data)


def tensors(answer):
    return [*answer.knowledge, answer.pose_6d, answer.betas]


def equal(one, other):
    return all(torch.equal(a, b) for a, b in zip(tensors(one), tensors(other), strict=True))


def test_an_answer_is_what_the_teacher_gives(data, master):
    with torch.no_grad():
        fused = master(**asked(data))
    answer = distill.asked(master)(data)
    assert torch.equal(answer.pose_6d, fused.pose_6d)
    assert torch.equal(answer.betas, fused.betas)
    for one, other in zip(answer.knowledge, distill.knowledge(fused), strict=True):
        assert torch.equal(one, other)


def test_a_teacher_is_asked_once_even_by_another_process(data, master, tmp_path):
    """Which only shares the folder."""
    calls = []
    master.register_forward_hook(lambda *_: calls.append(None))
    first = distill.kept(master, tmp_path)(data)
    again = distill.kept(master, tmp_path)(data)
    assert len(calls) == 1
    assert equal(first, again)
    assert not any(one.requires_grad for one in tensors(again))


@pytest.mark.parametrize("name", ["features", "pose_6d", "betas", "hidden"])
def test_another_batch_is_asked_about_anew(name, data, master, tmp_path):
    tutor, other = distill.kept(master, tmp_path), dict(data)
    other[name] = ~data[name] if data[name].dtype == torch.bool else data[name] + 1e-6
    assert equal(tutor(data), distill.asked(master)(data))
    assert equal(tutor(other), distill.asked(master)(other))
    assert len([*tmp_path.iterdir()]) == 2


def test_another_teacher_answers_for_itself(data, master, tmp_path):
    """The same but for one weight."""
    before = distill.kept(master, tmp_path)(data)
    with torch.no_grad():
        next(master.parameters()).view(-1)[0] += 1
    assert not equal(distill.kept(master, tmp_path)(data), before)


@pytest.mark.parametrize("harm", ["cut", "flipped", "empty"])
def test_a_damaged_answer_is_made_anew(harm, data, master, tmp_path):
    tutor = distill.kept(master, tmp_path)
    good = tutor(data)
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    flipped = whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:]
    path.write_bytes({"cut": whole[:-8], "flipped": flipped, "empty": b""}[harm])
    assert equal(tutor(data), good)
    assert path.read_bytes() == whole


def test_a_student_learns_the_same_from_both(data, master, tmp_path):
    net, teaching = student(data), Teaching(shape=0.5, pose=1.0, motion=0.2, entangled=0.3, outputs=0.7)
    tutor = distill.kept(master, tmp_path)
    for _ in range(2):  # the second answer comes from the folder
        kept = distill.student_loss(hand(), None, teaching, tutor)(net, data)
        fresh = distill.student_loss(hand(), None, teaching, master)(net, data)
        assert {name: term.item() for name, term in kept.items()} == {name: term.item() for name, term in fresh.items()}
