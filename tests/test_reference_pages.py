"""The reference pages say what the code says: every row of their tables is held against it."""

import ast
import importlib
import re
import textwrap
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from hands import conventions as c
from hands import imu, mano, motion
from hands.mano.keypoint_orders import KEYPOINT_ORDERS

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "book" / "reference"
LAYERS = ("mano", "motion", "imu", "data", "nets", "train", "fusion", "distill", "gesture", "experiments")
PARTS = {"part 2", "part 3", "part 4", "part 5"}


def tables(page):
    """Heading -> rows of the tables below it, each a dictionary by column."""
    result, heading, header = {}, "", None
    for line in (REFERENCE / page).read_text(encoding="utf-8").splitlines():
        cells = [cell.strip().replace(r"\*", "*") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if line.startswith("#"):
            heading, header = line.lstrip("# "), None
        elif not cells:
            header = None
        elif header is None:
            header = cells
        elif not re.fullmatch(r"-+", cells[0]):
            result.setdefault(heading, []).append(dict(zip(header, cells, strict=True)))
    return result


NOTATION = tables("notation.md")
MAP = [(heading, row) for heading, rows in tables("paper_map.md").items() for row in rows]


def test_the_joint_table():
    rows = NOTATION["The 16 joints"]
    assert [int(row["joint"]) for row in rows] == list(range(16))
    assert tuple(row["name"].strip("`") for row in rows) == c.JOINT_NAMES
    assert tuple(row["anatomical name"] for row in rows) == c.ANATOMICAL_NAMES
    assert tuple(int(row["parent"]) for row in rows) == c.PARENTS


def test_the_keypoint_table():
    rows = NOTATION["The 21 keypoints"]
    sources = [f"joint {joint}" for joint in range(16)] + [f"vertex {vertex}" for vertex in c.TIP_VERTICES["smplx"]]
    assert [int(row["keypoint"]) for row in rows] == list(range(21))
    assert tuple(row["name"].strip("`") for row in rows) == c.KEYPOINT_NAMES
    assert tuple(int(row["parent"]) for row in rows) == c.KEYPOINT_PARENTS
    assert [row["taken from"] for row in rows] == [sources[i] for i in c.KEYPOINTS_FROM_JOINTS_AND_TIPS]


def test_the_fingertip_table():
    rows = NOTATION["Which vertex is a fingertip"]
    assert {row["name"].strip("`"): tuple(int(row[finger]) for finger in c.FINGERS) for row in rows} == c.TIP_VERTICES


def test_gravity_is_what_the_page_says():
    page = (REFERENCE / "notation.md").read_text(encoding="utf-8")
    (vector,) = re.findall(r"`GRAVITY_W` = (\(.*?\)) m/s²", page)
    assert ast.literal_eval(vector) == c.GRAVITY_W


@pytest.fixture(scope="module")
def hand():
    return mano.load()


def symbols():
    return [(row["name in code"].strip("`"), row["shape"]) for row in NOTATION["The hand: symbols"] if row["shape"]]


def shape_of(text, hand, batch):
    """A shape as the page writes it, with this hand's numbers in it."""
    numbers = {"V": hand.data.num_vertices, "F": len(hand.data.faces), "n": 6}
    tokens = [token.strip() for token in text.strip("()").split(",") if token.strip()]
    return tuple(n for t in tokens for n in (batch if t == "*batch" else (numbers.get(t) or int(t),)))


@pytest.mark.parametrize(("name", "shape"), symbols())
def test_every_symbol_has_the_shape_that_the_page_says(name, shape, hand):
    if hasattr(hand.data, name):
        assert getattr(hand.data, name).shape == shape_of(shape, hand, ())
    elif name in mano.HandOutput._fields:
        batched = hand(betas=hand.hands_mean.new_zeros(2, 3, 10))
        assert tuple(getattr(batched, name).shape) == shape_of(shape, hand, (2, 3))
    elif name in ("betas", "global_orient", "hand_pose", "transl", "hand_pca"):
        argument = hand.hands_mean.new_zeros(shape_of(shape, hand, (2, 3)))
        assert hand.keypoints(**{name: argument}).shape == (2, 3, 21, 3)
    else:
        assert name in {"full_pose", "local_rotmat", "global_", ""}, "a symbol that nothing checks"


def test_the_symbols_of_motion_and_sensors_have_the_shapes_that_the_page_says(hand):
    T, S = 9, len(imu.GLOVE)
    still = torch.zeros(T, 3)
    moving = motion.Motion(
        betas=torch.zeros(10),
        global_orient=still,
        hand_pose=torch.zeros(T, 15, 3),
        transl=still,
        forearm_orient=still,
        fps=30.0,
    )
    recording = imu.simulate(moving, hand)
    position, rotation = imu.trajectories(moving, hand, imu.GLOVE)
    derived = {"position": position, "rotation": rotation, "lin_acc_w": imu.acceleration(position, 30.0)}
    numbers = {"T": T, "S": S}
    rows = [row for row in NOTATION["Motion and sensors: symbols"] if row["shape"]]
    assert len(rows) >= 6
    for row in rows:
        shape = tuple(numbers.get(n.strip()) or int(n) for n in row["shape"].strip("()").split(",") if n.strip())
        for name in re.findall(r"`(\w+)`", row["name in code"]):
            value = derived.get(name)
            value = getattr(recording, name, getattr(moving, name, None)) if value is None else value
            assert tuple(value.shape) == shape, name


def test_the_page_says_how_many_vertices_the_default_hand_has(hand):
    page = (REFERENCE / "notation.md").read_text(encoding="utf-8")
    assert f"V = {hand.data.num_vertices} and F = {len(hand.data.faces)}" in page


def test_the_frame_is_as_the_page_says(hand):
    """Fingers to -x, palm to -y, thumb on the +z side; the wrist is not the origin, the middle knuckle is."""
    rest = hand()
    wrist, thumb, knuckle = rest.joints[0], rest.keypoints[4], rest.joints[4]
    assert rest.keypoints[12, 0] < wrist[0] - 0.15
    assert thumb[2] > wrist[2] + 0.03
    assert wrist.norm() > 0.09
    assert knuckle.norm() < 1e-3
    fist = hand(hand_pose=hand.hands_mean.new_tensor([0, 0, 1.0]).expand(15, 3)).keypoints
    assert (fist[[8, 12, 16, 20], 1] < rest.keypoints[[8, 12, 16, 20], 1] - 0.02).all(), "+z flexes towards the palm"


# --- the map of the papers --------------------------------------------------------------------------------------------


def found(dotted):
    """The object of a dotted name: a module, or something in one."""
    parts = dotted.split(".")
    for depth in range(len(parts), 0, -1):
        try:
            value = importlib.import_module(".".join(parts[:depth]))
        except ModuleNotFoundError:
            continue
        for name in parts[depth:]:
            value = getattr(value, name)
        return value
    raise ModuleNotFoundError(dotted)


@pytest.mark.parametrize(("heading", "row"), MAP, ids=lambda value: value if isinstance(value, str) else value["step"])
def test_every_row_of_the_map_leads_somewhere(heading, row):
    assert row["known"].split(":")[0].split(";")[0] in {"given", "inferred", "ours"}
    names = re.findall(r"`(hands\.[\w.]+)`", row["where it is"])
    links = re.findall(r"\]\(([^)]+)\)", row["where it is"])
    if not names:
        assert row["where it is"] in PARTS
        return
    for name in names:
        assert found(name).__doc__, f"{name} has no docstring"
    assert links
    for link in links:
        assert list(REFERENCE.glob(f"{link}.*")), f"there is no chapter {link}"


def test_the_map_covers_both_papers():
    steps = {heading: sum(1 for other, _ in MAP if other == heading) for heading, _ in MAP}
    assert steps["Teacher"] >= 15
    assert steps["Student and distillation"] >= 10
    assert sum(n for heading, n in steps.items() if heading.startswith("Stage")) >= 12, "the paper has twelve equations"


# --- the others -------------------------------------------------------------------------------------------------------


def test_every_public_module_of_the_layers_is_in_the_reference():
    """Not the builder of the default hand, which is a tool, nor the parts of figures that only Sphinx calls."""
    pages = "".join(page.read_text(encoding="utf-8") for page in sorted(REFERENCE.glob("api*.md")))
    documented = set(re.findall(r"automodule:: (\S+)", pages))
    expected = {
        f"hands.{layer}.{file.stem}"
        for layer in LAYERS
        for file in (ROOT / "hands" / layer).glob("*.py")
        if not file.stem.startswith("_")
    }
    assert expected | {"hands.conventions", "hands.metrics", "hands.viz", "hands.check"} <= documented
    for module in documented:
        assert importlib.import_module(module).__doc__


def test_the_example_of_the_reference_runs():
    """All but its last line, whose figure the figures' own tests look at."""
    (example,) = re.findall(r"```python\n(.*?)```", (REFERENCE / "api.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(example.splitlines()) <= 10
    lines = [line for line in example.splitlines() if not line.startswith(("print", "viz."))]
    scope = {}
    exec("\n".join(lines), scope)
    assert scope["bent"].keypoints.shape == (21, 3)
    assert not {
        name.attr
        for node in ast.walk(ast.parse(example))
        if isinstance(node, ast.Call)
        and isinstance(name := node.func, ast.Attribute)
        and isinstance(name.value, ast.Name)
        if name.value.id in {"mano", "metrics", "viz"} and not hasattr(found(f"hands.{name.value.id}"), name.attr)
    }


def test_the_examples_of_motion_and_sensors_run(tmp_path, monkeypatch, capsys):
    """In the guide and on the two pages of the library; and a fit becomes a motion as the guide says."""
    monkeypatch.chdir(tmp_path)
    pages = [(REFERENCE / page).read_text(encoding="utf-8") for page in ("how_to.md", "api_motion.md", "api_imu.md")]
    examples = [block for page in pages for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL)]
    examples = [example for example in examples if "motion.sample" in example]
    assert len(examples) == 3
    for example in examples:
        exec(example, {})
    assert (tmp_path / "bending.npz").exists()
    assert (tmp_path / "bending_imu.npz").exists()
    (call,) = re.findall(r"`(Motion\(\*\*fit.*?\))`", pages[0])
    points = mano.load()(hand_pose=torch.zeros(5, 15, 3)).keypoints
    fitted = eval(call, {"Motion": motion.Motion, "fit": mano.fit(points, fps=30.0)})
    assert len(fitted) == 5


def test_the_examples_of_data_and_experiments_run(tmp_path, monkeypatch, capsys):
    """In the guide and on the two pages of the library; what they make is found again, not made again."""
    monkeypatch.setenv("HANDS_DATA", str(tmp_path))
    monkeypatch.setattr("tempfile.mkdtemp", lambda: str(tmp_path))
    for page, expected in (("how_to", "S01 ROM13 (61, 7, 3)"), ("api_data", "32, 7, 3"), ("api_experiments", "7.0")):
        text = (REFERENCE / f"{page}.md").read_text(encoding="utf-8")
        blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
        (example,) = [block for block in blocks if re.search("data.simhand|from hands import experiments", block)]
        exec(example, {})
        assert expected in capsys.readouterr().out
    assert len(list(tmp_path.glob("simhand-*"))) == 2


@pytest.mark.parametrize("lost", [(), (120, 121, 122, 300, 455, 456)])
def test_a_gloves_table_becomes_a_hand_as_the_guide_says(lost, tmp_path, monkeypatch, capsys):
    """The example, on the table of a glove that was made here, whose mountings are known; some records may be lost."""
    monkeypatch.chdir(tmp_path)
    hand, seeded = mano.load(), torch.Generator().manual_seed
    worn = imu.misplaced(imu.GLOVE, seeded(1), angle=0.3)
    poses = imu.calibration_motion(motion.SUBJECTS["S04"], looseness=imu.EXACT, generator=seeded(2))
    begins = round(poses.holds[0].start * poses.fps)  # when the hand lies flat
    poses = poses.cut(begins, len(poses))
    glove = imu.simulate(poses, hand, worn, imu.parts.BMI270, seeded(3), session=seeded(4), fps=100.0)
    each = torch.cat([glove.acc / 9.81, glove.gyro.rad2deg()], -1).transpose(0, 1).flatten(1)
    table = np.delete(torch.cat([glove.timestamps[:, None], each], 1).numpy(), lost, 0)
    np.savetxt("glove.csv", table, delimiter=",", header="seconds and seven times six signals")
    guide = (REFERENCE / "how_to.md").read_text(encoding="utf-8")
    blocks = [textwrap.dedent(block) for block in re.findall(r"```python\n(.*?)```", guide, re.DOTALL)]
    (example,) = [block for block in blocks if "glove.csv" in block]
    (fill,) = [block for block in blocks if "np.interp" in block]
    made = {}
    if lost:
        with pytest.raises(ValueError, match=r"0.04 s pass from record 119 to 120"):
            exec(example, {})
        example = re.sub(r"(table = .*\n)", rf"\1{fill}", example, count=1)
    exec(example, made)
    assert f"{len(glove) - bool(lost)}, 7, 15" in capsys.readouterr().out
    mounts = imu.Calibration.of(worn, hand)
    assert max(made["calibration"].errors(mounts).values()) < np.radians(6)  # 17 on average before
    flat, fist = (made["posed"].keypoints[round(100 * at), 12].norm() for at in (1.0, 7.5))
    assert fist < flat - 0.02  # metres, of the middle fingertip from the middle knuckle


def test_the_guide_lists_every_order_of_points_with_its_unit():
    guide = (REFERENCE / "how_to.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| (m|mm) \|", guide, re.MULTILINE)
    listed = {order: (int(points), {"m": 1.0, "mm": 0.001}[unit]) for order, points, unit in rows}
    assert listed == {order: (len(known.names), known.metres) for order, known in KEYPOINT_ORDERS.items()}


def test_make_targets_named_in_the_guide_exist():
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert (
        set(re.findall(r"`?make (\w+)`?  ?", (REFERENCE / "how_to.md").read_text(encoding="utf-8"))) - {"stops"}
        <= targets
    )


def test_every_reference_page_is_in_the_table_of_contents():
    text = (ROOT / "_toc.yml").read_text(encoding="utf-8")
    assert yaml.safe_load(text)
    missing = [page.stem for page in REFERENCE.glob("*.md") if f"book/reference/{page.stem}\n" not in text + "\n"]
    assert not missing


def test_every_work_in_the_bibliography_has_author_title_and_year():
    entries = re.split(r"^@\w+\{", (ROOT / "book" / "references.bib").read_text(encoding="utf-8"), flags=re.MULTILINE)[
        1:
    ]
    keys = [entry.split(",")[0] for entry in entries]
    assert len(keys) == len(set(keys))
    for entry in entries:
        assert {"author", "title", "year"} <= set(re.findall(r"^  (\w+) = ", entry, re.MULTILINE)), entry


def test_every_citation_is_in_the_bibliography():
    keys = set(
        re.findall(r"^@\w+\{(\w+),", (ROOT / "book" / "references.bib").read_text(encoding="utf-8"), re.MULTILINE)
    )
    pages = [*ROOT.glob("book/**/*.md"), *ROOT.glob("book/**/*.ipynb")]
    cited = {
        key
        for page in pages
        if ".ipynb_checkpoints" not in page.parts
        for group in re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", page.read_text(encoding="utf-8"))
        for key in group.split(",")
    }
    assert cited <= keys


def test_every_term_referred_to_is_in_the_glossary():
    glossary = (REFERENCE / "glossary.md").read_text(encoding="utf-8")
    terms = set(re.findall(r"^(\S.*)\n  \S", glossary, re.MULTILINE))
    references = set()
    for page in ROOT.glob("book/**/*.md"):
        for reference in re.findall(r"\{term\}`([^`]+)`", page.read_text(encoding="utf-8")):
            references.add(re.sub(r".*<(.+)>", r"\1", reference))
    assert {term.lower() for term in references} <= {term.lower() for term in terms}
