"""Debian's Chromium, driven without a window, for pages that lie on this machine."""

import json
import os
import pathlib
import shutil
import struct
import sys
import zlib
from base64 import b64decode

SKIPPED = 77


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
except ImportError:
    skip("selenium is not installed (python3-selenium)")

for program, package in (("chromium", "chromium"), ("chromedriver", "chromium-driver")):
    if not shutil.which(program):
        skip(f"{program} is not installed ({package})")


class Browser:
    """One window of the browser."""

    def __init__(self, width=1280, height=900):
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for argument in ("--headless=new", "--disable-gpu", "--no-sandbox", "--hide-scrollbars",
                         "--disable-dev-shm-usage", "--force-color-profile=srgb", "--lang=en",
                         "--disable-background-networking", "--disable-component-update",
                         "--no-first-run", "--enable-precise-memory-info",
                         "--js-flags=--expose-gc"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(service=Service(shutil.which("chromedriver")),
                                       options=options)
        self.driver.set_script_timeout(120)
        self.resize(width, height)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()

    def command(self, name, **parameters):
        return self.driver.execute_cdp_cmd(name, parameters)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def run_async(self, script, *arguments):
        """`script` is the body of an async function."""
        return self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            f"(async (...given) => {{ {script} }})(...arguments).then(done, e => done(String(e)));",
            *arguments)

    def resize(self, width, height):
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height,
                     deviceScaleFactor=1, mobile=False)

    def scheme(self, scheme="light", media="screen"):
        self.command("Emulation.setEmulatedMedia", media=media,
                     features=[{"name": "prefers-color-scheme", "value": scheme}])

    def scripts(self, allowed):
        self.command("Emulation.setScriptExecutionDisabled", value=not allowed)

    def open(self, page, wait=True):
        """Opens a file; with `wait`, until its fits can be used."""
        self.messages()
        self.requests()
        self.driver.get(pathlib.Path(page).resolve().as_uri())
        if wait:
            state = self.run_async(
                "while (!document.documentElement.dataset.fits)"
                "  await new Promise(go => setTimeout(go, 5));"
                "return document.documentElement.dataset.fits;")
            assert state == "ready", self.run("return document.body.innerText.slice(0, 500)")

    def processor_s(self):
        """Processor time of the page so far: of its main thread's tasks, and of its whole process."""
        self.command("Performance.enable", timeDomain="threadTicks")
        metrics = {one["name"]: one["value"]
                   for one in self.command("Performance.getMetrics")["metrics"]}
        return metrics["TaskDuration"], metrics["ProcessTime"]

    def messages(self):
        """What the console was told since this was last asked."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self):
        """What was asked for since this was last asked."""
        events = (json.loads(entry["message"])["message"]
                  for entry in self.driver.get_log("performance"))
        return [event["params"]["request"]["url"] for event in events
                if event["method"] == "Network.requestWillBeSent"]

    def screenshot(self, file):
        """The page from top to bottom."""
        size = self.command("Page.getLayoutMetrics")["cssContentSize"]
        picture = self.command("Page.captureScreenshot", format="png", captureBeyondViewport=True,
                               clip={"x": 0, "y": 0, "width": size["width"],
                                     "height": min(size["height"], 16000), "scale": 1})
        pathlib.Path(file).write_bytes(b64decode(picture["data"]))


def fits_of(page):
    """The fits in a page, read by nothing of ours: (rows, [ids], {key: (description, values)})."""
    text = pathlib.Path(page).read_text(encoding="utf-8")
    begin = text.index('id="fit-data">') + len('id="fit-data">')
    data = zlib.decompress(b64decode(text[begin:text.index("</script>", begin)]))
    (length,) = struct.unpack_from("<I", data)
    head = json.loads(data[4:4 + length])
    rows, at = head["rows"], 4 + length
    ids = [data[at + 6 * row:at + 6 * row + 6].hex() for row in range(rows)]
    at += 6 * rows
    columns = {}
    for column in head["columns"]:
        planes = [data[at + i * rows:at + (i + 1) * rows] for i in range(4)]
        values = [struct.unpack("<i", bytes(four))[0] for four in zip(*planes)]
        columns[column["key"]] = (column, values)
        at += 4 * rows
    assert at == len(data)
    return rows, ids, columns


def environment_folder(name):
    folder = os.environ.get(name)
    return pathlib.Path(folder) if folder else None
