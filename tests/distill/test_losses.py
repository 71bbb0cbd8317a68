"""Losses of distillation on vectors made by hand, and a student's whole loss against itself written out."""

import dataclasses

import numpy as np
import pytest
import torch

from hands import distill
from hands.distill import Knowledge, Said, Shown, Teaching
from hands.fusion import LossWeights, teacher_terms
from tests.distill.small import CONFIG, FEW, student
from tests.fusion.small import asked, batch, hand, teacher

MEASURES = {"shape": distill.ssd, "pose": distill.dpd, "motion": distill.tmd, "entangled": distill.entangled}
WEIGHTS = LossWeights(joints=5.0, vertices=0.0, rotation=0.25, betas=0.1, shape=0.7, pose=0.3, motion=0.9)


@pytest.fixture(scope="module")
def data():
    return batch()


@pytest.fixture(scope="module")
def master(data):
    return teacher(data)


@pytest.fixture(scope="module")
def fused(master, data):
    with torch.no_grad():
        return master(**asked(data))


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def features(seed=0):
    return Knowledge(drawn(3, 4, seed=seed), *(drawn(3, 5, 4, seed=seed + k) for k in (1, 2, 3)))


@pytest.mark.parametrize("kind", MEASURES)
def test_what_agrees_has_no_loss_what_is_opposite_four_and_a_right_angle_two(kind):
    """Whatever the other features are."""
    said, measure = features(), MEASURES[kind]
    x = getattr(said, kind)
    across = torch.stack([-x[..., 1], x[..., 0], -x[..., 3], x[..., 2]], -1)
    for other, expected in ((x, 0), (-x, 4), (across, 2)):
        taught = features(seed=9)._replace(**{kind: other})
        assert measure(said, taught).item() == pytest.approx(expected, abs=1e-13)


@pytest.mark.parametrize("kind", MEASURES)
def test_each_loss_is_two_minus_two_cosines_of_its_own_feature(kind):
    said, taught = features(), features(seed=9)
    pairs = zip(*(getattr(one, kind).reshape(-1, 4).numpy() for one in (said, taught)), strict=True)
    expected = [2 - 2 * a @ b / np.sqrt(a @ a) / np.sqrt(b @ b) for a, b in pairs]
    assert MEASURES[kind](said, taught).item() == pytest.approx(np.mean(expected), rel=1e-13)


def test_lengths_do_not_count():
    said, taught = drawn(3, 5, 4), drawn(3, 5, 4, seed=1)
    stretched = distill.distance(said * drawn(3, 5, 1).exp(), taught * 1e-3)
    torch.testing.assert_close(stretched, distill.distance(said, taught), rtol=1e-13, atol=0)


def test_no_constant_loses_less_than_the_best_one():
    """Which gradient descent finds as well."""
    taught = drawn(6, 5, 4) + 1
    found = distill.of_a_constant(taught)
    constant = torch.ones(4, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([constant], max_iter=50, tolerance_grad=1e-12, line_search_fn="strong_wolfe")

    def lost():
        optimiser.zero_grad()
        loss = distill.distance(constant.expand_as(taught), taught)
        loss.backward()
        return loss

    optimiser.step(lost)
    assert lost().item() == pytest.approx(found.item(), rel=1e-9)


def test_the_gradient_turns_the_student_and_leaves_the_teacher():
    said, taught = drawn(3, 5, 4).requires_grad_(), drawn(3, 5, 4, seed=1).requires_grad_()
    distill.distance(said, taught).backward()
    assert taught.grad is None
    assert said.grad.norm(dim=-1).min() > 1e-4
    torch.testing.assert_close((said.grad * said).sum(-1), torch.zeros(3, 5).double(), rtol=0, atol=1e-15)


def test_a_vector_of_nothing_is_no_trouble():
    said = torch.zeros(2, 4, dtype=torch.float64, requires_grad=True)
    loss = distill.distance(said, drawn(2, 4))
    loss.backward()
    assert loss.item() == pytest.approx(1, rel=1e-13)  # from the origin to the unit sphere
    assert not said.grad.any()


def test_a_teachers_knowledge_is_its_priors_averaged_over_joints(fused):
    known = distill.knowledge(fused)
    torch.testing.assert_close(known.shape, fused.priors.shape, rtol=0, atol=0)
    for found, tokens in (
        (known.pose, fused.priors.pose),
        (known.motion, fused.priors.motion),
        (known.entangled, fused.tokens),
    ):
        np.testing.assert_allclose(found.numpy(), tokens.numpy().mean(2), rtol=1e-12)


def test_a_students_features_have_the_shapes_of_a_teachers(data, fused):
    said = student(data)(data["features"])
    assert [part.shape for part in said.features] == [part.shape for part in distill.knowledge(fused)]


def test_the_loss_is_the_weighted_sum_of_terms_that_have_a_weight(data, master):
    teaching = Teaching(shape=0.5, pose=1.1, motion=0.4, entangled=0.2, outputs=0.3, labels=0.6)
    found = distill.student_loss(hand(), WEIGHTS, teaching, master)(student(data), data)
    names = {"ssd": 0.5, "dpd": 1.1, "tmd": 0.4, "entangled": 0.2, "outputs": 0.3, "labels": 0.6}
    names |= {name: getattr(WEIGHTS, name) for name in ("joints", "vertices", "rotation", "betas")}
    assert found.keys() == {"loss", *names}
    expected = sum(weight * found[name].item() for name, weight in names.items())
    assert found["loss"].item() == pytest.approx(expected, rel=1e-12)
    assert [name for name, term in found.items() if term.requires_grad] == ["loss"]


def test_what_has_no_weight_is_not_computed_and_no_teacher_is_asked(data):
    busy = teacher(data)
    busy.register_forward_pre_hook(lambda *_: pytest.fail("the teacher was asked"))
    for teaching, extra in ((Teaching(), set()), (Teaching(labels=1.0), {"labels"})):
        found = distill.student_loss(hand(), WEIGHTS, teaching, busy)(student(data), data)
        assert found.keys() == {"loss", "joints", "vertices", "rotation", "betas"} | extra
    assert found["vertices"].item() == 0


def test_the_taught_terms_compare_what_they_say_they_do(data, master, fused):
    net = student(data)
    found = distill.student_loss(hand(), WEIGHTS, distill.DECOUPLED, master)(net, data)
    said, known = net(data["features"]).features, distill.knowledge(fused)
    for name, kind in (("ssd", "shape"), ("dpd", "pose"), ("tmd", "motion")):
        cosines = torch.cosine_similarity(getattr(said, kind), getattr(known, kind), -1)
        assert found[name].item() == pytest.approx(2 - 2 * cosines.mean().item(), rel=1e-10)


def test_outputs_are_the_loss_of_rotations_and_shape_with_the_teachers_in_place_of_the_true_ones(data, master, fused):
    net = student(data)
    found = distill.student_loss(hand(), WEIGHTS, Teaching(outputs=1.0), master)(net, data)
    as_if_true = data | {"pose_6d": fused.pose_6d, "betas": fused.betas}
    terms = distill.student_loss(hand(), WEIGHTS)(net, as_if_true)
    expected = 0.25 * terms["rotation"].item() + 0.1 * terms["betas"].item()
    assert found["outputs"].item() == pytest.approx(expected, rel=1e-12)


def test_labels_are_the_terms_that_a_teachers_auxiliary_heads_have(data, fused):
    net = student(data)
    found = distill.student_loss(hand(), WEIGHTS, Teaching(labels=1.0))(net, data)
    swapped = fused._replace(auxiliary=net(data["features"]).auxiliary)
    terms = teacher_terms(swapped, data, hand(), every=0)
    expected = sum(getattr(WEIGHTS, name) * terms[name].item() for name in ("shape", "pose", "motion"))
    assert found["labels"].item() == pytest.approx(expected, rel=1e-12)


def test_who_says_the_truth_has_no_loss(data):
    class Knowing(torch.nn.Module):
        worn = CONFIG

        def forward(self, _):
            return Shown(3.0 * data["pose_6d"], data["betas"])

    found = distill.student_loss(hand(), LossWeights(every=3))(Knowing(), data)
    assert max(term.item() for term in found.values()) == pytest.approx(0, abs=1e-12)


def test_only_the_student_learns(data):
    master, net = teacher(data).train(), student(data)
    before = {name: value.clone() for name, value in master.state_dict().items()}
    distill.student_loss(hand(), WEIGHTS, distill.DECOUPLED, master)(net, data)["loss"].backward()
    assert not master.training
    assert all(parameter.grad is None for parameter in master.parameters())
    assert all(torch.equal(value, before[name]) for name, value in master.state_dict().items())
    assert net.embed.weight.grad.abs().min() > 0


@pytest.mark.parametrize(
    ("teaching", "learning"),
    [
        (Teaching(), set()),
        (Teaching(motion=1.0), {"motion_branch", "projectors.motion"}),
        (Teaching(entangled=1.0), {"projectors.entangled"}),
        (Teaching(labels=1.0), {"motion_branch", "branch_shape", "branch_pose", "branch_motion"}),
    ],
)
def test_each_lesson_reaches_its_own_part(data, master, teaching, learning):
    net = student(data)
    distill.student_loss(hand(), WEIGHTS, teaching, master)(net, data)["loss"].backward()
    optional = ("motion_branch", "projectors.", "branch_")
    reached = {name for name, p in net.named_parameters() if p.grad is not None and name.startswith(optional)}
    assert {next(part for part in learning if name.startswith(part)) for name in reached} == learning


def test_a_student_of_few_sensors_is_given_their_rows_alone_and_its_teacher_all(data, master):
    net = student(data, dataclasses.replace(CONFIG, sensors=FEW))
    loss = distill.student_loss(hand(), WEIGHTS, Teaching(pose=1.0), master)
    hearing = []
    net.register_forward_pre_hook(lambda _, given: hearing.append(given[0]))
    loss(net, data)
    torch.testing.assert_close(hearing[0], data["features"][:, :, [1, 2, 4]], rtol=0, atol=0)


def test_a_few_taught_steps_help(data, master):
    net, loss = distill.Student(CONFIG), distill.student_loss(hand(), WEIGHTS, distill.DECOUPLED, master)
    net = net.double()
    optimiser = torch.optim.AdamW(net.parameters(), 1e-2)
    losses = []
    for _ in range(6):
        optimiser.zero_grad()
        losses.append(loss(net, data))
        losses[-1]["loss"].backward()
        optimiser.step()
    for name in ("loss", "ssd", "dpd", "tmd", "joints"):
        assert losses[-1][name] < 0.9 * losses[0][name], name


def test_mistakes_are_told_in_words(data, master):
    with pytest.raises(ValueError, match=r"pose is -1.0, expected a weight of zero or more"):
        Teaching(pose=-1.0)
    with pytest.raises(ValueError, match=r"needs a teacher: pass teacher="):
        distill.student_loss(hand(), WEIGHTS, Teaching(outputs=1.0))
    simple = distill.FrameMlp(distill.FrameMlpConfig(width=8)).double()
    with pytest.raises(ValueError, match="only a Student has branches that can be taught"):
        distill.student_loss(hand(), WEIGHTS, Teaching(labels=1.0))(simple, data)
    assert "outputs" in distill.student_loss(hand(), WEIGHTS, Teaching(outputs=1.0), master)(simple, data)


def test_weights_of_teaching_scale_together():
    assert Teaching(shape=1.0, labels=2.0).scaled(0.5) == Teaching(shape=0.5, labels=1.0)
    assert isinstance(student()(batch()["features"]), Said)
