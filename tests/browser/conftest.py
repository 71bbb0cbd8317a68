"""A browser without a network, and visits that write down everything that went wrong."""

from __future__ import annotations

import itertools
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

from hands.viz.imu_lab_model import write_lab_model
from hands.viz.page_model import write_page_model
from hands.viz.sphinx_ext import PAGE_FILES, page_scripts

SOFTWARE_GL = (
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-gpu-rasterization",
)
"""Text and lines need no GPU, so they are spared the way through software's; Debian's chromium would take it."""
QUIET = ("--no-sandbox", "--disable-background-networking", "--disable-component-update")
PATIENCE_MS = 60_000
"""One figure takes under a second in software; a busy machine with several browsers takes its time."""

FIGURES = (".bookfig", ".livehand", ".handgallery", ".imulab", ".masklab", ".studentlab")

LOOKS = {
    "light": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "color_scheme": "light",
        "has_touch": True,
        "is_mobile": True,
    },
}
COUNT_CONTEXTS = """
  window.contexts = 0;
  const get = HTMLCanvasElement.prototype.getContext;
  HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
    const fresh = kind.startsWith("webgl") && !this.counted;
    if (fresh) { this.counted = true; window.contexts += 1; }
    return get.call(this, kind, ...rest);
  };
"""
NO_WEBGL = """
  const get = HTMLCanvasElement.prototype.getContext;
  HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
    return kind.startsWith("webgl") ? null : get.call(this, kind, ...rest);
  };
"""
"""Scripts that run before a page's own."""


def chromium_path() -> str | None:
    """Debian's browser; Playwright's own is not downloaded."""
    return next(filter(None, map(shutil.which, ("/usr/bin/chromium", "chromium", "chromium-browser"))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium_path()
    if path is None:
        message = "no chromium on this machine: the browser tests need Debian's package chromium"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*SOFTWARE_GL, *QUIET])
        yield browser
        browser.close()


@dataclass
class Visit:
    """A page that was opened, and its troubles: errors on the console, failed requests, requests to other hosts."""

    page: Page
    troubles: list[str] = field(default_factory=list)

    def listen(self) -> None:
        self.page.on("console", lambda m: m.type == "error" and self.troubles.append(f"console: {m.text}"))
        self.page.on("pageerror", lambda error: self.troubles.append(f"page error: {error}"))
        self.page.on("requestfailed", lambda r: self.troubles.append(f"request failed: {r.url}"))
        self.page.on("response", lambda r: r.status >= 400 and self.troubles.append(f"http {r.status}: {r.url}"))

    def block(self, route: Route) -> None:
        url = route.request.url
        if url.startswith(("file:", "data:", "blob:", "http://127.0.0.1:")):
            route.continue_()
        else:
            self.troubles.append(f"asked another host: {url}")
            route.abort()

    def draw(self, *selectors: str, most: int | None = None) -> list[str]:
        """Scroll each figure, or the first ones of each kind, into view, wait until it is drawn or has failed.

        Returns the states.
        """
        states = []
        figures = (self.page.locator(kind).all()[:most] for kind in selectors or FIGURES)
        for figure in itertools.chain.from_iterable(figures):
            figure.scroll_into_view_if_needed()
            handle = figure.element_handle()
            self.page.wait_for_function("el => ['drawn', 'failed'].includes(el.dataset.state)", arg=handle)
            states.append(figure.get_attribute("data-state"))
        return states


Opener = Callable[..., Visit]


@contextmanager
def visiting(browser: Browser) -> Iterator[Opener]:
    """`visit(url, look)` opens a page with no network but this machine's; all are closed at the end."""
    contexts = []

    def open_page(url: str, look: str = "light", **options: object) -> Visit:
        context = browser.new_context(**(LOOKS[look] | options))
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        opened = Visit(context.new_page())
        opened.listen()
        context.route("**/*", opened.block)
        opened.page.goto(url)
        return opened

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Opener]:
    with visiting(browser) as opener:
        yield opener


@pytest.fixture(scope="session")
def lasting_visit(browser: Browser) -> Iterator[Opener]:
    """Pages that several tests share."""
    with visiting(browser) as opener:
        yield opener


def write_page(folder: Path, body: str) -> Path:
    """A page of its own with the book's styles and scripts, which opens from its folder."""
    for file in PAGE_FILES.glob("*.*"):
        shutil.copy(file, folder)
    write_page_model(folder / "hand_model_data.js")
    write_lab_model(folder / "imu_model_data.js")
    styles = "".join(f'<link rel="stylesheet" href="{file.name}">' for file in sorted(PAGE_FILES.glob("*.css")))
    scripts = "".join(f'<script defer src="{name}"></script>' for name in page_scripts(body))
    page = folder / "index.html"
    page.write_text(
        '<!doctype html><html lang="en" data-theme="light"><meta charset="utf-8"><title>A page</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f'{styles}{scripts}<body style="margin: 8px">{body}</body></html>',
        encoding="utf-8",
    )
    return page


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a folder on a free port of this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def book_url(built_book: Path) -> Iterator[str]:
    """The book's address on this machine, without the last slash."""
    with serving(built_book) as url:
        yield url
