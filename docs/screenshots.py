"""Takes screenshots of a report in headless Chromium, for the pictures of the documentation."""

from pathlib import Path

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

from archive.reading import Reader
from evolve.report.page.content import PageContent
from evolve.report.page.document import write_page

WINDOW = (1280, 1120)
PATIENCE_S = 60


def photograph(archive: Path, pictures: Path) -> None:
    """Writes the report of the newest run as PNG files: light, dark, its family tree, a system.

    Args:
        archive: Where the run is.
        pictures: The folder to write to.
    """
    with Reader.read(archive) as opened:
        run = opened.run()
        (confirmation,) = opened.confirmations(run)
        page = archive.with_name("report.html")
        page.write_text(write_page(PageContent(opened, run).data()), encoding="utf-8")
    browser = _browser()
    try:
        for theme in ("light", "dark"):
            _open(browser, page.as_uri(), theme)
            browser.save_screenshot(str(pictures / f"report-{theme}.png"))
        _lineage(browser, pictures / "report-lineage.png")
        _open(browser, f"{page.as_uri()}#{confirmation.winner}", "light")
        browser.save_screenshot(str(pictures / "report-system.png"))
    finally:
        browser.quit()


def _lineage(browser: webdriver.Chrome, path: Path) -> None:
    """The family tree of the page that is open."""
    browser.execute_script("document.getElementById('tree').scrollIntoView({block: 'center'})")
    _until(browser, "return document.querySelector('#tree .main-svg')")
    Select(browser.find_element(By.ID, "tree-layout")).select_by_value("family")
    browser.find_element(By.CSS_SELECTOR, "section:has(#tree)").screenshot(str(path))


def _browser() -> webdriver.Chrome:
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    size = ",".join(map(str, WINDOW))
    for option in ("--headless=new", "--no-sandbox", "--hide-scrollbars", f"--window-size={size}"):
        options.add_argument(option)
    return webdriver.Chrome(options, webdriver.ChromeService("/usr/bin/chromedriver"))


def _open(browser: webdriver.Chrome, address: str, theme: str) -> None:
    browser.get("about:blank")
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia",
        {"features": [{"name": "prefers-color-scheme", "value": theme}]},
    )
    browser.get(address)
    seen = "return ['history', 'front'].every((id) => document.querySelector(`#${id} .main-svg`))"
    _until(browser, seen)


def _until(browser: webdriver.Chrome, script: str) -> None:
    WebDriverWait(browser, PATIENCE_S).until(lambda _: browser.execute_script(script))
