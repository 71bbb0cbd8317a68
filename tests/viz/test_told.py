"""Tables of text in two forms, and sentences."""

import itertools

import pytest
from markdown_it import MarkdownIt

from hands import viz

HEAD = ["method", "mm", "verdict"]
ROWS = [["ridge | 3 frames", "9.0 (+8.1 to +9.9)", "agrees"], ["mean pose", "-", "cannot tell"]]


def cells(markdown):
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown)
    rows, styles = [], []
    for token, after in itertools.pairwise(tokens):
        if token.type == "tr_open":
            rows.append([])
        elif token.type in ("th_open", "td_open"):
            rows[-1].append(after.content)
            styles.append(token.attrs.get("style"))
    return rows, styles[: len(rows[0])]


def test_the_page_reads_the_same_cells():
    found, styles = cells(viz.table(HEAD, ROWS, "Two methods.")._repr_markdown_())
    assert found == [HEAD, *ROWS]
    assert styles == ["text-align:left", "text-align:right", "text-align:left"]


def test_columns_of_plain_text_stand_below_each_other():
    lines = repr(viz.table(HEAD, ROWS, "Two methods.")).splitlines()
    assert lines[0] == "Two methods."
    assert len({line.index(word) for line, word in zip(lines[1:], ("verdict", "agrees", "cannot"), strict=True)}) == 1
    assert lines[2].index("9.0") + len("9.0 (+8.1 to +9.9)") == lines[3].index("-") + 1


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="2 cells and the head 3"):
        viz.table(HEAD, [["a", "b"]])


def test_words_are_paragraphs():
    said = viz.words("*One*.", "Two.")
    assert said._repr_markdown_() == repr(said) == "*One*.\n\nTwo."
