"""Every page of the book, from a folder and from a server, with no network: nothing fails, everything is drawn."""

import json
from pathlib import Path

import nbformat
import pytest
import yaml

ROOT = Path(__file__).parents[2]
FIGURE_MIMES = {
    "application/vnd.plotly.v1+json": "bookfig",
    "application/vnd.hands.live+json": "livehand",
    "application/vnd.hands.gallery+json": "handgallery",
    "application/vnd.hands.imu_lab+json": "imulab",
    "application/vnd.hands.mask_lab+json": "masklab",
    "application/vnd.hands.student_lab+json": "studentlab",
}
MAX_HTML_BYTES = 1_500_000
EXTRA_PAGES = ["genindex", "search"]
STILL = {"reduced_motion": "reduce"}
"""Hands that move keep a processor so busy that each further figure takes seconds; other tests look at them."""


def pages_of_the_book():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    return [toc["root"]] + [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]


PAGES = pages_of_the_book()


def notebook(page):
    path = ROOT / f"{page}.ipynb"
    return nbformat.read(path, as_version=4) if path.exists() else None


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_light_and_holds_every_figure_of_its_notebook(built_book, page):
    html = (built_book / f"{page}.html").read_text()
    assert len(html.encode()) < MAX_HTML_BYTES
    cells = notebook(page).cells if notebook(page) else []
    shown = [out.get("data", {}) for cell in cells if cell.cell_type == "code" for out in cell.outputs]
    hidden = sum("remove-output" in cell.metadata.get("tags", []) for cell in cells)
    assert hidden == 0, "an output that is removed is a figure that is missing"
    for mime, name in FIGURE_MIMES.items():
        assert html.count(f'<div class="{name}"') == sum(mime in data for data in shown)


@pytest.mark.parametrize("page", PAGES)
def test_notebooks_need_no_kernel_to_be_read(page):
    """No widgets in the page, no default renderer of Plotly, which would ask a CDN."""
    text = json.dumps(notebook(page) or {})
    for foreign in ("vnd.jupyter.widget-view", "cdn.plot.ly", "require.js", "FigureWidget("):
        assert foreign not in text


@pytest.fixture(scope="module")
def dark(lasting_visit):
    """A reader who goes from page to page in the dark: the second has the scripts of the first."""
    return lasting_visit("about:blank", "dark", **STILL)


@pytest.fixture(scope="module")
def phone(lasting_visit):
    return lasting_visit("about:blank", "phone", **STILL)


def check(opened, url, most=None):
    opened.page.goto("about:blank")
    opened.troubles.clear()
    opened.page.goto(url)
    states = opened.draw(most=most)
    assert states == ["drawn"] * len(states)
    assert opened.troubles == []
    return opened.page


@pytest.mark.browser
@pytest.mark.parametrize("page", EXTRA_PAGES)
def test_a_page_that_sphinx_makes(visit, built_book, page):
    check(visit("about:blank"), (built_book / f"{page}.html").as_uri())


@pytest.mark.browser
@pytest.mark.parametrize("page", PAGES)
def test_a_page_from_a_server_in_the_dark(dark, book_url, page):
    opened = check(dark, f"{book_url}/{page}.html", most=2)  # of each kind: the phone draws all
    assert opened.evaluate("document.documentElement.dataset.theme") == "dark"


@pytest.mark.browser
@pytest.mark.parametrize("page", PAGES)
def test_a_page_from_a_folder_on_a_phone_in_light_is_never_wider_than_the_screen(phone, built_book, page):
    opened = check(phone, (built_book / f"{page}.html").as_uri())
    assert opened.evaluate("document.documentElement.scrollWidth") <= 390
    assert opened.evaluate("window.innerWidth") == 390, "nothing made the phone zoom out"
