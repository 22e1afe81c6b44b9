"""Pictures of the report page to look at: python3 screenshots.py PAGE FOLDER

At 1,280 and 390 pixels wide, light and dark, and as printed (a PDF)."""

import pathlib
import sys
from base64 import b64decode

from browser import Browser


def main(page, folder):
    folder.mkdir(parents=True, exist_ok=True)
    name = pathlib.Path(page).stem
    with Browser() as browser:
        for width in (1280, 390):
            browser.resize(width, 900)
            for scheme in ("light", "dark"):
                browser.scheme(scheme)
                browser.open(page)
                browser.run_async("await new Promise(go => setTimeout(go, 300));")
                browser.screenshot(folder / f"{name}-{width}-{scheme}.png")
        browser.scheme("light")
        pdf = browser.command("Page.printToPDF", printBackground=False)
        (folder / f"{name}.pdf").write_bytes(b64decode(pdf["data"]))


if __name__ == "__main__":
    main(sys.argv[1], pathlib.Path(sys.argv[2]))
