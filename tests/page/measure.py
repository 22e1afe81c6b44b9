"""How large and how quick the report page is: python3 measure.py MAKE_PAGE FOLDER [PAGE...]

Prints each number beside its limit; exit code 1 where one is missed. PAGEs are pages of real runs, of which
the size is printed too. Times are of this machine, in Chromium without a GPU.
"""

import pathlib
import resource
import statistics
import subprocess
import sys
import time

from browser import Browser, fits_of

DRAG = """
const canvas = document.querySelector('.fit-plot canvas');
canvas.scrollIntoView({block: 'center'});
document.querySelector('[name="fit-drag"][value="move"]').click();
const box = canvas.getBoundingClientRect();
const fire = (type, x) => canvas.dispatchEvent(new PointerEvent(type,
  {clientX: box.left + x, clientY: box.top + 150, button: 0, buttons: 1, bubbles: true}));
const frame = () => new Promise(requestAnimationFrame);
fire('pointerdown', 300);
await frame();
const times = [];
for (let i = 1; i <= 120; ++i) {
  fire('pointermove', 300 + 100 * Math.sin(i / 8));
  times.push(await frame());
}
fire('pointerup', 300);
return times;
"""
LAST = """
return performance.getEntriesByName('crossfold ' + arguments[0]).map(one => one.duration).slice(-1)[0];
"""
# Until the browser has drawn what an event changed.
EVENT = """
const start = performance.now();
SCRIPT
await new Promise(requestAnimationFrame);
await new Promise(go => setTimeout(go));
return performance.now() - start;
"""

missed = []


def tell(what, value, limit, unit, at_least=False):
    good = value >= limit if at_least else value <= limit
    if not good:
        missed.append(what)
    bound = "at least" if at_least else "at most"
    print(f"{'' if good else 'MISSED  '}{what}: {value:,.1f} {unit} ({bound} {limit:,} {unit})")


def sizes(page, limit_kb):
    text = pathlib.Path(page).read_bytes()
    begin = text.index(b'id="fit-data">')
    data = text.index(b"</script>", begin) - begin
    tell(f"{page.name}: the page", len(text) / 1e3, limit_kb, "kB")
    print(f"  of it fits: {data / 1e3:,.1f} kB of {fits_of(page)[0]:,} fits")


def event(browser, script):
    return statistics.median(browser.run_async(EVENT.replace("SCRIPT", script)) for _ in range(5))


def measure(make_page, folder):
    folder.mkdir(parents=True, exist_ok=True)
    small = folder / "complete.html"
    subprocess.run([make_page, "complete", str(small)], check=True)
    sizes(small, 150)
    large = folder / "fits-50000.html"
    start = time.monotonic()
    subprocess.run([make_page, "fits:50000", str(large)], check=True)
    tell("50,000 fits: made (run made up, report, page)", time.monotonic() - start, 5, "s")
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e3
    tell("50,000 fits: memory to make it", memory, 500, "MB")
    sizes(large, 2500)
    with Browser() as browser:
        browser.open(large)
        ready = browser.run(
            "return performance.getEntriesByName('crossfold ready')[0].startTime")
        tell("50,000 fits: interactive after", ready / 1e3, 1.5, "s")
        browser.command("HeapProfiler.collectGarbage")
        heap = browser.command("Runtime.getHeapUsage")
        tell("50,000 fits: heap", (heap["usedSize"] + heap.get("backingStorageSize", 0)) / 1e6,
             150, "MB")
        took = event(browser, """
            const input = document.querySelector('[aria-label="Filter task AUC"]');
            input.value = input.value === '> 0.85' ? '> 0.8' : '> 0.85';
            input.dispatchEvent(new Event('input'));""")
        tell("50,000 fits: filter a column, until drawn", took, 100, "ms")
        print(f"  of it choosing rows: {browser.run(LAST, 'filter'):.1f} ms")
        took = event(browser, """
            const input = document.querySelector('input[type=search]');
            input.value = input.value === 'lambda 1' ? 'lambda 2' : 'lambda 1';
            input.dispatchEvent(new Event('input'));""")
        tell("50,000 fits: search names, until drawn", took, 100, "ms")
        browser.run("[...document.querySelectorAll('button')]"
                    ".find(one => one.textContent === 'Show all fits').click()")
        took = event(browser,
                     "[...document.querySelectorAll('.fit-head button')].slice(-3)[0].click();")
        tell("50,000 fits: sort, until drawn", took, 200, "ms")
        took = event(browser, "document.querySelector('.fit-grid').scrollTop += 70000;")
        tell("50,000 fits: scroll the table, until drawn", took, 50, "ms")
    points = folder / "fits-100000.html"
    subprocess.run([make_page, "fits:100000", str(points)], check=True)
    with Browser() as browser:
        browser.open(points)
        browser.run_async("await new Promise(go => setTimeout(go, 500));")
        times = browser.run_async(DRAG)
        frames = 1e3 * (len(times) - 1) / (times[-1] - times[0])
        tell("100,000 points: panned", frames, 50, "frames/s", at_least=True)


if __name__ == "__main__":
    measure(sys.argv[1], pathlib.Path(sys.argv[2]))
    for given in sys.argv[3:]:
        sizes(pathlib.Path(given), 400)
    sys.exit(1 if missed else 0)
