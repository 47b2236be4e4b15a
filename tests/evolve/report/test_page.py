"""The page in a browser, with a thousand candidates whose every text is hostile."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from archive.reading import Reader
from archive.records import Candidate, Decision, Rollout, Score, Trace
from archive.store import Archive
from search_spaces.config import SystemConfig
from search_spaces.library import systems
from tests.evolve.cli.commands import PATIENCE, begin, evolve_process
from tests.evolve.report.large import HOSTILE, fill

pytestmark = [pytest.mark.full, pytest.mark.xdist_group("browser")]
CHARTS = ("history", "front", "tree", "heat", "operators", "spend", "allocation")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report")
    with Archive.write(path / "evolve.db") as archive:
        fill(archive)
    result = evolve_process("report", "-o", "report.html", folder=path)
    assert (result.code, result.err) == (0, ""), result
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for option in ("--headless=new", "--no-sandbox", "--window-size=1400,1000"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService("/usr/bin/chromedriver"))
    yield driver
    driver.quit()


@pytest.fixture
def page(browser: webdriver.Chrome, folder: Path) -> Iterator[webdriver.Chrome]:
    opened(browser, (folder / "report.html").as_uri())
    yield browser
    assert browser.execute_script("return window.owned") is None
    assert browser.get_log("browser") == []


def opened(browser: webdriver.Chrome, address: str) -> None:
    browser.get("about:blank")
    browser.get_log("browser")
    browser.get(address)
    until(browser, lambda: attribute(browser, "ready") == "yes")


def until(browser: webdriver.Chrome, holds: Callable[[], object]) -> None:
    WebDriverWait(browser, PATIENCE, 0.1).until(lambda _: holds())


def attribute(browser: webdriver.Chrome, name: str) -> str | None:
    return browser.execute_script(f"return document.documentElement.dataset.{name}")


def shown(browser: webdriver.Chrome, place: str) -> str:
    return browser.find_element(By.CSS_SELECTOR, place).text


def title(browser: webdriver.Chrome) -> str:
    return shown(browser, "#panel-title")


def drawn(browser: webdriver.Chrome, chart: str) -> None:
    script = f"document.getElementById('{chart}').scrollIntoView({{block: 'center'}})"
    browser.execute_script(script)
    script = f"return Boolean(document.querySelector('#{chart} .main-svg'))"
    until(browser, lambda: browser.execute_script(script))


def press(browser: webdriver.Chrome, keys: str) -> None:
    ActionChains(browser).send_keys(keys).perform()


def click_system(browser: webdriver.Chrome, chart: str, number: int) -> None:
    """Clicks where a chart has drawn a system."""
    place = browser.execute_script(
        """
        const chart = document.getElementById(arguments[0]), { xaxis, yaxis } = chart._fullLayout;
        for (const trace of chart.data) {
          const at = (trace.customdata ?? []).indexOf(arguments[1]);
          if (at < 0 || !trace.mode.includes("markers")) continue;
          const box = chart.getBoundingClientRect();
          const x = xaxis.d2p(trace.x[at]), y = yaxis.d2p(trace.y[at]);
          return [box.x + xaxis._offset + x, box.y + yaxis._offset + y].map(Math.round);
        }
        """,
        chart,
        number,
    )
    mouse = ActionChains(browser, duration=50)
    mouse.w3c_actions.pointer_action.move_to_location(*place)
    mouse.pause(0.5).click().perform()


def test_a_page_with_a_thousand_candidates_is_small(folder: Path) -> None:
    page = (folder / "report.html").read_bytes()
    assert len(page) < 5_000_000
    assert b"window.owned" not in page
    assert b"http://" not in page[page.index(b"</style>") :].replace(b"http://www.w3.org", b"")


def test_every_chart_is_drawn(page: webdriver.Chrome) -> None:
    assert "+25.0 points" in shown(page, "#tiles")
    assert "Difference: +25.0 points [+10.0 to +40.0], paired" in shown(page, "#confirmed")
    assert "No answer in 1" in shown(page, "#confirmed")
    assert "completion tokens beyond `max_tokens`" in shown(page, "#confirmed")
    votes = "one agent with 4 votes at the same cost"
    assert f"[-5.0 to +35.0], over {votes}" in shown(page, "#tiles").replace("−", "-").replace(
        "–", "-"
    )
    assert f"Control: #1 60.0 % [50.0–70.0], {votes}" in shown(page, "#confirmed")
    assert f"but not shown to be better than {votes}" in shown(page, "#confirmed")
    assert "large-" in shown(page, "#title")
    assert HOSTILE[:80] in shown(page, "#subtitle")
    for chart in CHARTS:
        drawn(page, chart)
    rows = page.find_elements(By.CSS_SELECTOR, "#ranking tbody tr")
    assert len(rows) == 25
    page.execute_script("document.getElementById('more').click()")
    until(page, lambda: len(page.find_elements(By.CSS_SELECTOR, "#ranking tbody tr")) == 1000)


@pytest.mark.parametrize("layout", ["score", "family"])
def test_a_click_on_the_tree_shows_the_system(page: webdriver.Chrome, layout: str) -> None:
    drawn(page, "tree")
    Select(page.find_element(By.ID, "tree-layout")).select_by_value(layout)
    click_system(page, "tree", 4)
    until(page, lambda: title(page))
    number = int(title(page).split()[0].removeprefix("#"))
    assert "Topology" in shown(page, "#panel-body")
    press(page, Keys.ESCAPE)
    assert not page.find_element(By.ID, "panel").is_displayed()
    assert number == 4


def test_a_hostile_system_is_shown_as_it_is(page: webdriver.Chrome) -> None:
    page.execute_script("location.hash = '#999'")
    until(page, lambda: title(page).startswith("#999"))
    for summary in page.find_elements(By.CSS_SELECTOR, "#panel details:not([open]) summary"):
        summary.click()
    body = shown(page, "#panel-body")
    assert "<img src=x onerror='window.owned = 1'>" in body
    assert f"999 {HOSTILE[:30]}" in body
    assert "Step by step, </script>" in body
    assert "From #0" in body
    assert page.find_elements(By.CSS_SELECTOR, "#panel ins")
    assert not page.find_elements(By.CSS_SELECTOR, "#panel img, #panel script, #panel a")


def test_keys_walk_the_ranking(page: webdriver.Chrome) -> None:
    press(page, "b")
    best = title(page)
    press(page, "j")
    second = title(page)
    press(page, "k")
    assert title(page) == best != second
    selected = page.find_element(By.CSS_SELECTOR, "#ranking tr[aria-selected=true]")
    assert selected.get_attribute("data-candidate") == best.split()[0].removeprefix("#")
    parent = shown(page, "#panel-body").split("From #")[1].split()[0]
    press(page, "p")
    assert title(page).startswith(f"#{parent} ")
    press(page, Keys.ESCAPE)
    press(page, "?")
    assert page.find_element(By.ID, "help").is_displayed()
    press(page, Keys.ESCAPE)
    assert not page.find_element(By.ID, "help").is_displayed()


@pytest.mark.parametrize("width", [390, 800])
def test_a_narrow_page_is_no_wider_than_its_window(
    browser: webdriver.Chrome, folder: Path, width: int
) -> None:
    metrics = {"width": width, "height": 1500, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        opened(browser, (folder / "report.html").as_uri())
        drawn(browser, "history")
        wide = "return [document.documentElement.scrollWidth,"
        wide += " document.querySelector('#history .main-svg').getBoundingClientRect().right]"
        page_width, chart_end = browser.execute_script(wide)
        assert page_width <= width
        assert chart_end < width
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_light_and_dark(page: webdriver.Chrome) -> None:
    drawn(page, "history")
    colour = "return getComputedStyle(document.body).backgroundColor"
    first, before = attribute(page, "theme"), page.execute_script(colour)
    press(page, "t")
    assert attribute(page, "theme") != first
    assert page.execute_script(colour) != before
    press(page, "t")
    assert page.execute_script(colour) == before


def test_a_live_page_follows_the_run(browser: webdriver.Chrome, tmp_path: Path) -> None:
    with Archive.write(tmp_path / "evolve.db") as archive:
        run = fill(archive, candidates=20, tasks=12, each=4)
        archive.set_status(run, "running")
    watching = begin("watch", "--port", "0", folder=tmp_path)
    try:
        assert watching.stdout is not None
        address = watching.stdout.readline().split(" at ")[1].split()[0]
        opened(browser, address)
        with Reader.read(tmp_path / "evolve.db") as reader:
            seen = reader.results_seen(run)
        assert f"spent on {seen} results" in shown(browser, "#tiles")
        with Archive.write(tmp_path / "evolve.db") as archive:
            decision = Decision(
                number=seen, purpose="search", candidate=0, task=0, trial=1, after=seen, at=9e3
            )
            archive.add_decisions(run, [decision])
            rollout = Rollout(
                decision=seen,
                position=seen,
                candidate=0,
                task=0,
                trial=1,
                score=Score(value=1.0),
                trace=Trace(answer=HOSTILE),
                at=9e3,
            )
            archive.add_rollouts(run, [rollout])
        until(browser, lambda: f"spent on {seen + 1} results" in shown(browser, "#tiles"))
        assert browser.execute_script("return window.owned") is None
        assert browser.get_log("browser") == []
    finally:
        watching.terminate()
        out, err = watching.communicate(timeout=PATIENCE)
    assert (watching.returncode, err) == (0, ""), out


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[SystemConfig]]:
    """A page of every known system, and one that has all kinds of edges."""
    folder = tmp_path_factory.mktemp("known")
    everything = SystemConfig.model_validate(
        {
            "name": "everything",
            "agents": [{"name": name, "samples": 2} for name in ("boss", "one", "router", "two")],
            "edges": [
                {"source": "router", "target": "two", "kind": "route", "when": "task: <b>sum</b>"},
                {"source": "router", "target": "boss", "kind": "route", "when": "else"},
                {"source": "boss", "target": "one", "kind": "delegate"},
                {"source": "two", "target": "two", "kind": "feedback"},
            ],
            "rounds": 2,
            "answer": {"mode": "vote"},
        }
    )
    configs = [*systems().values(), everything]
    with Archive.write(folder / "evolve.db") as archive:
        run = archive.create_run("known", 0, "{}", [])
        for number, config in enumerate(configs):
            archive.add_candidate(run, Candidate(number=number, config=config, operator="seed"))
        archive.set_status(run, "finished")
    result = evolve_process("report", folder=folder)
    assert result.code == 0, result
    return folder / "report.html", configs


def test_topologies_are_drawn(
    browser: webdriver.Chrome, known: tuple[Path, list[SystemConfig]]
) -> None:
    path, configs = known
    opened(browser, path.as_uri())
    for number, config in enumerate(configs):
        browser.execute_script(f"location.hash = '#{number}'")
        until(browser, lambda n=number: title(browser).startswith(f"#{n} "))
        there = browser.execute_script(
            """
            const svg = document.querySelector("#panel svg.topology"), outer = svg.viewBox.baseVal;
            const boxes = [...svg.querySelectorAll("rect")].map((each) => each.getBBox());
            const edges = [...svg.querySelectorAll("path.edge")].map((each) => each.getBBox());
            const within = (b) => b.x >= 0 && b.y >= 0
              && b.x + b.width <= outer.width && b.y + b.height <= outer.height;
            const meet = (a, b) => a !== b && a.x < b.x + b.width && b.x < a.x + a.width
              && a.y < b.y + b.height && b.y < a.y + a.height;
            const count = (what) => svg.querySelectorAll(what).length;
            return {
              agents: count("rect.agent"), label: svg.getAttribute("aria-label"),
              kinds: ["feedback", "delegate", "route"].map((kind) => count(`path.${kind}`)),
              within: [...boxes, ...edges].every(within),
              apart: !boxes.some((a) => boxes.some((b) => meet(a, b))),
              titles: [...svg.querySelectorAll("title")].map((each) => each.textContent),
            };
            """
        )
        assert there["agents"] == len(config.agents), config.name
        kinds = [len(config.arrows(kind)) for kind in ("feedback", "delegate", "route")]
        assert there["kinds"] == kinds, config.name
        assert there["within"], config.name
        assert there["apart"], config.name
        assert "agent" in there["label"]
    assert any("task: <b>sum</b>" in each for each in there["titles"])
    assert browser.get_log("browser") == []
