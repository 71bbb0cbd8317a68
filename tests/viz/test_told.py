"""Tables of text in two forms, and sentences."""

from html.parser import HTMLParser

import pytest

from hands import viz

HEAD = ["method", "mm", "verdict"]
ROWS = [["ridge & 3 < 4 frames", "9.0 (+8.1 to +9.9)", "agrees"], ["mean pose", "-", "cannot tell"]]


class Cells(HTMLParser):
    """Rows of text, and the first row's styles."""

    def __init__(self):
        super().__init__()
        self.rows, self.looks = [], []

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            self.rows[-1].append("")
            self.looks.append(dict(attrs)["style"].split(";")[1])

    def handle_data(self, data):
        if self.rows and data.strip():
            self.rows[-1][-1] += data


def test_the_page_reads_the_same_cells():
    parser = Cells()
    parser.feed(viz.table(HEAD, ROWS, "a < b")._repr_html_().split("</p>")[1])
    assert parser.rows == [HEAD, *ROWS]
    assert parser.looks[:3] == ["text-align:left", "text-align:right", "text-align:left"]
    assert "a &lt; b" in viz.table(HEAD, ROWS, "a < b")._repr_html_()


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
