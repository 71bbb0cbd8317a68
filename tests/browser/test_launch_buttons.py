"""The buttons that lead to Binder and to the repository: on every page once its address is set, and on none before."""

import re
import shutil
from pathlib import Path

import pytest
import yaml

from tests.conftest import build_book

ROOT = Path(__file__).parents[2]
ADDRESS = "https://github.com/OWNER/REPO"
BUTTONS = ("dropdown-launch-buttons", "dropdown-source-buttons")


def book_at(address, folder):
    """The pages of the book, built as if this were its address."""
    shutil.copytree(ROOT / "book", folder / "book", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    shutil.copy(ROOT / "_toc.yml", folder)
    configuration = yaml.safe_load((ROOT / "_config.yml").read_text())
    configuration["repository"]["url"] = address
    (folder / "_config.yml").write_text(yaml.safe_dump(configuration))
    return build_book(folder, folder / "built")


@pytest.fixture(scope="module")
def book_with_address(tmp_path_factory):
    return book_at(ADDRESS, tmp_path_factory.mktemp("with_address"))


@pytest.fixture(scope="module")
def book_without(tmp_path_factory):
    return book_at("", tmp_path_factory.mktemp("without"))


def pages(book):
    """Each page's name in the repository, without its ending, and its html."""
    return {str(page.relative_to(book).with_suffix("")): page.read_text() for page in book.glob("book/**/*.html")}


def test_binder_opens_each_notebook_in_jupyterlab(book_with_address):
    links = {
        name: re.findall(r'href="(https://mybinder[^"]*)"', html) for name, html in pages(book_with_address).items()
    }
    notebooks = {name for name in links if (ROOT / f"{name}.ipynb").exists()}
    assert "book/intro" in notebooks
    for name, found in links.items():
        binder = f"https://mybinder.org/v2/gh/OWNER/REPO/main?urlpath=lab/tree/{name}.ipynb"
        assert found == ([binder] if name in notebooks else []), name


def test_each_page_leads_to_the_repository_and_to_a_new_issue(book_with_address):
    for name, html in pages(book_with_address).items():
        links = re.findall(rf'href="{ADDRESS}([^"]*)"', html)
        assert links.count("") == 1, name
        assert [link.split("?title=")[0] for link in links if link] == ["/issues/new"], name
        assert f"%2F{name}.html" in links[-1]


def test_without_an_address_no_page_has_such_a_button(book_without):
    assert len(pages(book_without)) > 8
    for page in book_without.rglob("*.html"):
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
