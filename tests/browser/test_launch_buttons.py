"""The buttons that lead to Binder and to the repository: on every page once its address is set, and on none before."""

import re
import shutil
from pathlib import Path

import nbformat
import pytest
import yaml

from tests.conftest import build_book

ROOT = Path(__file__).parents[2]
ADDRESS = "https://github.com/OWNER/REPO"
PAGES = ("book/intro", "book/1_mano/1_meet_the_hand", "book/reference/glossary")
BUTTONS = ("dropdown-launch-buttons", "dropdown-source-buttons")


@pytest.fixture(scope="module")
def book_with_address(tmp_path_factory):
    """A few small pages of the book, with its configuration but for the address."""
    folder = tmp_path_factory.mktemp("with_address")
    for page in PAGES:
        source = ROOT / f"{page}.ipynb"
        (folder / page).parent.mkdir(parents=True, exist_ok=True)
        if source.exists():
            notebook = nbformat.v4.new_notebook(metadata=nbformat.read(source, as_version=4).metadata)
            notebook.cells.append(nbformat.v4.new_markdown_cell("# A notebook"))
            (folder / f"{page}.ipynb").write_text(nbformat.writes(notebook))
        else:
            (folder / f"{page}.md").write_text("# A page of text")
    shutil.copy(ROOT / "book" / "references.bib", folder / "book")
    shutil.copytree(ROOT / "book" / "images", folder / "book" / "images")
    root, *others = PAGES
    toc = {"format": "jb-book", "root": root, "chapters": [{"file": page} for page in others]}
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc))
    configuration = yaml.safe_load((ROOT / "_config.yml").read_text())
    configuration["repository"]["url"] = ADDRESS
    (folder / "_config.yml").write_text(yaml.safe_dump(configuration))
    return build_book(folder, folder / "built")


def pages(book):
    """Each page's name in the repository, without its ending, and its html."""
    return {str(page.relative_to(book).with_suffix("")): page.read_text() for page in book.glob("book/**/*.html")}


def test_binder_opens_each_notebook_in_jupyterlab(book_with_address):
    links = {
        name: re.findall(r'href="(https://mybinder[^"]*)"', html) for name, html in pages(book_with_address).items()
    }
    notebooks = {name for name in links if (ROOT / f"{name}.ipynb").exists()}
    assert set(PAGES) == links.keys()
    assert len(notebooks) == 2
    for name, found in links.items():
        binder = f"https://mybinder.org/v2/gh/OWNER/REPO/main?urlpath=lab/tree/{name}.ipynb"
        assert found == ([binder] if name in notebooks else []), name


def test_each_page_leads_to_the_repository_and_to_a_new_issue(book_with_address):
    for name, html in pages(book_with_address).items():
        links = re.findall(rf'href="{ADDRESS}([^"]*)"', html)
        assert links.count("") == 1, name
        assert [link.split("?title=")[0] for link in links if link] == ["/issues/new"], name
        assert f"%2F{name}.html" in links[-1]


def test_without_an_address_no_page_has_such_a_button(built_book):
    if yaml.safe_load((ROOT / "_config.yml").read_text())["repository"]["url"]:
        pytest.skip("the book has an address")
    assert len(pages(built_book)) > 8
    for page in built_book.rglob("*.html"):
        html = page.read_text()
        for mark in (*BUTTONS, "mybinder", "github.com/OWNER", "/issues/new"):
            assert mark not in html, page.name


@pytest.mark.browser
@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_the_buttons_open_within_the_screen_and_ask_no_other_host(visit, book_with_address, look):
    opened = visit((book_with_address / "book" / "intro.html").as_uri(), look)
    for button, entry in zip(BUTTONS, ("Binder", "Open issue"), strict=True):
        menu = opened.page.locator(f".{button}").first
        menu.locator("button").first.click()
        link = menu.get_by_text(entry, exact=True)
        link.wait_for(state="visible")
        box = link.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= opened.page.viewport_size["width"]
        opened.page.keyboard.press("Escape")
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= opened.page.viewport_size["width"]
    assert opened.troubles == []
