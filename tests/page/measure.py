"""How large and how quick the report page is: python3 measure.py MAKE_PAGE FOLDER [PAGE...]

Prints each number beside its limit; exit code 1 where one is missed. PAGEs are pages of real runs, of which
the size is printed too. Limits hold for processor time, which other programs on the machine disturb little; what the
clock says stands beside it. In Chromium without a GPU.
"""

import pathlib
import re
import resource
import statistics
import subprocess
import sys

from browser import Browser, fits_of

# 120 frames of the plot, in each of which EVENT happens.
FRAMES = """
const canvas = document.querySelector('.fit-plot canvas');
canvas.scrollIntoView({block: 'center'});
document.querySelector('[name="fit-drag"][value="move"]').click();
canvas.focus();
const box = canvas.getBoundingClientRect();
const fire = (type, x) => canvas.dispatchEvent(new PointerEvent(type,
  {clientX: box.left + x, clientY: box.top + 150, button: 0, buttons: 1, bubbles: true}));
const frame = () => new Promise(requestAnimationFrame);
const times = [];
for (let i = 0; i <= 120; ++i) {
  EVENT
  times.push(await frame());
}
return times.slice(1);
"""
PANNING = "fire(i === 0 ? 'pointerdown' : 'pointermove', 300 + 100 * Math.sin(i / 8));"
# In by a factor of 7.4 and out again, twice.
ZOOMING = """
canvas.dispatchEvent(new WheelEvent('wheel', {clientX: box.left + 300, clientY: box.top + 150,
  deltaY: i % 60 < 30 ? -45 : 45, bubbles: true, cancelable: true}));
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


def tell(what, value, limit, unit):
    good = value <= limit
    if not good:
        missed.append(what)
    print(f"{'' if good else 'MISSED  '}{what}: {value:,.1f} {unit} (at most {limit:,} {unit})",
          flush=True)


# What a run brings into its page: fits, tables, figures.
CONTENT = re.compile(rb'<script [^>]*id="fit-data">.*?</script>|<table.*?</table>|<svg.*?</svg>',
                     re.DOTALL)


def sizes(page, limit_kb):
    text = pathlib.Path(page).read_bytes()
    begin = text.index(b'id="fit-data">')
    data = text.index(b"</script>", begin) - begin
    tell(f"{page.name}: the page", len(text) / 1e3, limit_kb, "kB")
    print(f"  of it fits: {data / 1e3:,.1f} kB of {fits_of(page)[0]:,} fits")
    tell(f"{page.name}: without fits, tables and figures", len(CONTENT.sub(b"", text)) / 1e3, 150,
         "kB")


def make(make_page, case, page):
    """Processor seconds and the largest memory so far, in MB."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([make_page, case, str(page)], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
            after.ru_maxrss / 1e3)


def tell_event(browser, what, limit_ms, script):
    """Medians of five: what the page's process spends, with its threads that draw, and until it is
    drawn as the clock has it."""
    clock, spent, script_spent = [], [], []
    for _ in range(5):
        before = browser.processor_s()
        clock.append(browser.run_async(EVENT.replace("SCRIPT", script)))
        after = browser.processor_s()
        spent.append(1e3 * (after[1] - before[1]))
        script_spent.append(1e3 * (after[0] - before[0]))
    tell(what, statistics.median(spent), limit_ms, "ms of processor time")
    print(f"  of its main thread: {statistics.median(script_spent):.0f} ms; "
          f"by the clock: {statistics.median(clock):.0f} ms")


def tell_opened(browser, page, what, limit_s, ready):
    """Opens a page; `ready` says in JavaScript when it could be used, in ms."""
    browser.driver.get("about:blank")
    browser.open(page, wait="fit-data" in page.read_text(encoding="utf-8"))
    tell(f"{what}: opened", browser.processor_s()[1], limit_s, "s of processor time")
    print(f"  by the clock: {browser.run(ready) / 1e3:.2f} s")


def tell_heap(browser, what, limit):
    browser.command("HeapProfiler.collectGarbage")
    heap = browser.command("Runtime.getHeapUsage")
    tell(f"{what}: heap", (heap["usedSize"] + heap.get("backingStorageSize", 0)) / 1e6, limit, "MB")


def measure_fits(make_page, folder):
    large = folder / "fits-50000.html"
    spent, memory = make(make_page, "fits:50000", large)
    tell("50,000 fits, all figures: made (run made up, report, page)", spent, 5,
         "s of processor time")
    tell("50,000 fits: memory to make it", memory, 500, "MB")
    sizes(large, 2500)
    with Browser() as browser:
        tell_opened(browser, large, "50,000 fits", 1.5,
                    "return performance.getEntriesByName('crossfold ready')[0].startTime")
        tell_heap(browser, "50,000 fits", 150)
        tell_event(browser, "50,000 fits: filter a column", 100, """
            const input = document.querySelector('[aria-label="Filter task AUC"]');
            input.value = input.value === '> 0.85' ? '> 0.8' : '> 0.85';
            input.dispatchEvent(new Event('input'));""")
        print(f"  of it choosing rows: {browser.run(LAST, 'filter'):.1f} ms")
        tell_event(browser, "50,000 fits: search names", 100, """
            const input = document.querySelector('input[type=search]');
            input.value = input.value === 'lambda 1' ? 'lambda 2' : 'lambda 1';
            input.dispatchEvent(new Event('input'));""")
        browser.run("[...document.querySelectorAll('button')]"
                    ".find(one => one.textContent === 'Show all fits').click()")
        tell_event(browser, "50,000 fits: sort", 200,
                   "[...document.querySelectorAll('.fit-head button')].slice(-3)[0].click();")
        tell_event(browser, "50,000 fits: scroll the table", 50,
                   "document.querySelector('.fit-grid').scrollTop += 70000;")


def measure_points(make_page, folder):
    points = folder / "fits-100000.html"
    make(make_page, "fits:100000", points)
    with Browser() as browser:
        browser.open(points)
        browser.run_async("await new Promise(go => setTimeout(go, 500));")
        for what, event in (("panning", PANNING), ("zooming", ZOOMING)):
            script_before, before = browser.processor_s()
            times = browser.run_async(FRAMES.replace("EVENT", event))
            script_after, after = browser.processor_s()
            tell(f"100,000 points: a frame of {what}", 1e3 * (after - before) / len(times), 20,
                 "ms of processor time")
            frames = 1e3 * (len(times) - 1) / (times[-1] - times[0])
            print(f"  of its main thread: {1e3 * (script_after - script_before) / len(times):.1f}"
                  f" ms; by the clock: {frames:.0f} frames a second")


def measure_timeline(make_page, folder):
    what = "1,000 ranks, 100,000 cohorts"
    page = folder / "timeline.html"
    spent, memory = make(make_page, "timeline:1000:100000", page)
    tell(f"{what}: made", spent, 2, "s of processor time")
    tell(f"{what}: memory to make it", memory, 500, "MB")
    tell(f"{what}: the page", page.stat().st_size / 1e6, 10, "MB")
    with Browser() as browser:
        tell_opened(browser, page, what, 2,
                    "return performance.getEntriesByType('navigation')[0].loadEventEnd")
        tell_heap(browser, what, 150)
        tell_event(browser, f"{what}: zoom", 200,
                   "document.querySelector('[data-what=in]').click();")
        tell_event(browser, f"{what}: pan", 200,
                   "document.querySelector('[data-what=later]').click();")
        tell_event(browser, f"{what}: an arrow key", 50, """
            document.querySelector('.lanes').dispatchEvent(
              new KeyboardEvent('keydown', {key: 'ArrowRight'}));""")
        tell_event(browser, f"{what}: the pointer moves", 50, """
            const svg = document.querySelector('.lanes svg'), area = svg.getBoundingClientRect();
            svg.dispatchEvent(new MouseEvent('mousemove',
              {clientX: area.left + 400 + 100 * Math.random(), clientY: area.top + 300}));""")
        browser.screenshot(folder / "timeline.png")


def measure(make_page, folder):
    folder.mkdir(parents=True, exist_ok=True)
    small = folder / "complete.html"
    make(make_page, "complete", small)
    sizes(small, 400)
    measure_fits(make_page, folder)
    measure_points(make_page, folder)
    measure_timeline(make_page, folder)


if __name__ == "__main__":
    measure(sys.argv[1], pathlib.Path(sys.argv[2]))
    for given in sys.argv[3:]:
        sizes(pathlib.Path(given), 400)
    sys.exit(1 if missed else 0)
