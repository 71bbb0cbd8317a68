"""bookfig.js: figures come and go with the screen, keep their camera, follow the theme, and let fingers scroll."""

import pytest

pytestmark = pytest.mark.browser

CAMERA = "el => el.querySelector('.js-plotly-plot')._fullLayout.scene._scene.getCamera().eye.x"


@pytest.fixture(scope="module")
def shared(lasting_visit, small_book):
    """`shared(name, look)` is a page for tests that leave it as it was, but for where it is scrolled to."""
    opened = {}

    def page_of(name, look="light"):
        if (name, look) not in opened:
            opened[name, look] = lasting_visit((small_book / f"{name}.html").as_uri(), look)
        return opened[name, look]

    return page_of


def first_figure(page):
    """The first figure of a page, drawn."""
    figure = page.locator(".bookfig").first
    figure.scroll_into_view_if_needed()
    page.wait_for_function("el => el.dataset.state === 'drawn'", arg=figure.element_handle())
    return figure


def states(page):
    return page.eval_on_selector_all(".bookfig", "all => all.map(el => el.dataset.state || 'waiting')")


def test_twenty_scenes_all_come_back_after_scrolling(shared):
    opened = shared("twenty")
    assert opened.draw() == ["drawn"] * 20
    assert states(opened.page).count("drawn") <= 10, "far fewer than the 16 WebGL contexts of a browser"
    assert states(opened.page)[0] == "dropped"
    assert opened.draw() == ["drawn"] * 20
    assert opened.troubles == []


def test_a_dropped_scene_comes_back_as_the_reader_left_it(shared):
    page = shared("twenty").page
    first, last = first_figure(page), page.locator(".bookfig").last
    in_state = "([el, state]) => el.dataset.state === state"
    turn = "el => Plotly.relayout(el.querySelector('.js-plotly-plot'), {'scene.camera.eye': {x: 1, y: 1, z: 0.5}})"
    first.evaluate(turn)
    before = first.evaluate(CAMERA)
    assert before == pytest.approx(1.0)
    last.scroll_into_view_if_needed()
    page.wait_for_function(in_state, arg=[first.element_handle(), "dropped"])
    first.scroll_into_view_if_needed()
    page.wait_for_function(in_state, arg=[first.element_handle(), "drawn"])
    assert first.evaluate(CAMERA) == pytest.approx(before)


def test_every_kind_of_figure_is_drawn_and_described(shared):
    opened = shared("kinds")
    assert opened.draw() == ["drawn"] * 6
    assert opened.troubles == []
    labels = opened.page.eval_on_selector_all(".bookfig-plot", "all => all.map(el => el.getAttribute('aria-label'))")
    assert labels[:3] == ["Three hands", "A skeleton", 'Two "curves" & <tags>']


def test_figures_follow_the_theme_and_keep_their_camera(shared):
    page = shared("kinds").page
    figure = first_figure(page)
    layout = (
        "el => { const l = el.querySelector('.js-plotly-plot')._fullLayout; return [l.font.color, l.paper_bgcolor] }"
    )
    light, paper = figure.evaluate(layout)
    eye = figure.evaluate(CAMERA)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_function(
        "([el, light]) => el.querySelector('.js-plotly-plot')._fullLayout.font.color !== light",
        arg=[figure.element_handle(), light],
    )
    assert figure.evaluate(CAMERA) == pytest.approx(eye)
    page.evaluate("document.documentElement.dataset.theme = 'light'")
    assert paper.replace(" ", "") == "rgba(0,0,0,0)"


def test_a_wide_scene_shrinks_on_a_phone(shared):
    ratio = "el => el.querySelector('.js-plotly-plot')._fullLayout.scene.aspectratio.x"
    found = {}
    for look in ("light", "phone"):
        found[look] = first_figure(shared("kinds", look).page).evaluate(ratio)
    assert found["phone"] < 0.8 * found["light"]


def test_on_a_phone_a_legend_keeps_clear_of_the_title(shared):
    """It goes below the plot, where there is room for it."""
    boxes = """el => ['.gtitle', '.legend', '.cartesianlayer'].map((part) => el.querySelector(part))
        .map((part) => part.getBoundingClientRect()).map(({ top, bottom }) => [top, bottom])"""
    figure = shared("kinds", "phone").page.locator(".bookfig").nth(2)
    figure.scroll_into_view_if_needed()
    figure.locator(".legend").wait_for(state="attached")
    (_, title_ends), (legend_begins, legend_ends), (plot_begins, plot_ends) = figure.evaluate(boxes)
    assert title_ends <= plot_begins
    assert plot_ends < legend_begins < legend_ends


def test_without_plotly_the_figure_says_so_and_shows_its_description(visit, small_book):
    html = (small_book / "kinds.html").read_text()
    broken = small_book.parent / "broken" / "kinds.html"
    broken.parent.mkdir(exist_ok=True)
    broken.write_text(html.replace("plotly.min.js", "missing.js"))
    page = visit(broken.as_uri()).page
    page.wait_for_selector('.bookfig[data-state="failed"]')
    first = page.locator(".bookfig").first
    assert "plotly.min.js" in first.locator('[role="alert"]').inner_text()
    assert first.locator(".bookfig-alt").is_visible()


def swipe(page, figure):
    """A finger moves up by 200 px on a figure, as a thumb that scrolls."""
    box = figure.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.8
    session = page.context.new_cdp_session(page)
    touch = "Input.dispatchTouchEvent"
    session.send(touch, {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 11):
        session.send(touch, {"type": "touchMove", "touchPoints": [{"x": x, "y": y - 20 * step}]})
        page.wait_for_timeout(20)
    session.send(touch, {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(300)


def test_a_finger_scrolls_the_page_until_it_takes_hold_of_a_figure(shared):
    page = shared("kinds", "phone").page
    figure = first_figure(page)
    eye, start = figure.evaluate(CAMERA), page.evaluate("scrollY")
    swipe(page, figure)
    assert page.evaluate("scrollY") > start + 100, "the page scrolls"
    assert figure.evaluate(CAMERA) == eye, "and the hand does not turn"

    figure.locator(".bookfig-shield").tap(position={"x": 60, "y": 60})
    assert "bookfig-held" in figure.get_attribute("class")
    start = page.evaluate("scrollY")
    swipe(page, figure)
    assert page.evaluate("scrollY") == start, "the hand is held"
    assert figure.evaluate(CAMERA) != eye, "and turns"

    figure.locator(".bookfig-shield").tap()
    assert "bookfig-held" not in figure.get_attribute("class"), "Done lets go"


def test_a_mouse_needs_no_permission(shared):
    page = shared("kinds").page
    assert not page.locator(".bookfig-shield").first.is_visible()


def test_print_draws_figures_that_were_never_seen(visit, small_book):
    page = visit((small_book / "kinds.html").as_uri()).page
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.wait_for_function("document.querySelectorAll('.bookfig[data-state=drawn]').length === 6")
