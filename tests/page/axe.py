"""axe-core (Deque, MPL 2.0), which tests pages for accessibility. Fetched by npm for the tests alone, in
the version and with the hash of package-lock.json."""

import pathlib
import shutil
import subprocess

HERE = pathlib.Path(__file__).parent


def source(folder):
    """Its text; None where it is not there and cannot be fetched."""
    script = folder / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        if not shutil.which("npm"):
            return None
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, folder / name)
        fetched = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                                 cwd=folder, capture_output=True, timeout=180)
        if fetched.returncode != 0:
            return None
    return script.read_text(encoding="utf-8")


def violations(browser, text):
    """One line for each element that breaks a rule. Run beside the page's own security policy."""
    browser.command("Runtime.evaluate", expression=text)
    found = browser.run_async("return (await axe.run(document)).violations;")
    if isinstance(found, str):
        return [found]
    return [f"{rule['id']}: {node['html'][:200]} ({node['failureSummary'][:300]})"
            for rule in found for node in rule["nodes"]]
