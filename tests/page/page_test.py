"""The report page as a reader has it: python3 page_test.py MAKE_PAGE FOLDER [UNITTEST_ARGUMENT...]

MAKE_PAGE is the program of make_page.cpp, FOLDER takes the pages. axe-core is looked for in
FOLDER/node_modules (see axe.py).
"""

import pathlib
import subprocess
import sys
import unittest

import axe
from browser import Browser, fits_of, skip

from selenium.webdriver.common.keys import Keys

NONE = -2**31
MAKE_PAGE, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2])


def page(case):
    """The page of a case, made once."""
    file = FOLDER / (case.replace(":", "-") + ".html")
    if case not in page.made:
        subprocess.run([MAKE_PAGE, case, str(file)], check=True)
        page.made.add(case)
    return file


page.made = set()

IN_SIGHT = """
return [...document.querySelectorAll('.fit-body .fit-row')].filter(row => !row.hidden)
  .sort((a, b) => a.dataset.place - b.dataset.place)
  .map(row => [...row.children].map(cell => cell.textContent));
"""
SET_VALUE = """
arguments[0].value = arguments[1];
arguments[0].dispatchEvent(new Event('input'));
"""


class PageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = Browser()

    @classmethod
    def tearDownClass(cls):
        cls.browser.driver.quit()

    def setUp(self):
        self.browser.scripts(True)
        self.browser.scheme("light")
        self.browser.resize(1280, 900)

    def find(self, selector):
        return self.browser.driver.find_element("css selector", selector)

    def count(self):
        return self.find(".fit-count").text

    def column_filter(self, label):
        return self.find(f'[aria-label="Filter {label}"]')

    def set(self, element, value):
        self.browser.run(SET_VALUE, element, value)

    def test_opens_without_a_request_and_without_a_message(self):
        for case in ("complete", "incomplete", "two-classes", "hostile", "fits:2000"):
            with self.subTest(case):
                self.browser.open(page(case))
                self.assertEqual(self.browser.messages(), [])
                self.assertEqual(self.browser.requests(), [page(case).resolve().as_uri()])

    def test_tables_and_figures_are_there_without_scripts(self):
        self.browser.open(page("two-classes"))
        captions = self.browser.run(
            "return [...document.querySelectorAll('caption')].map(one => one.textContent)")
        self.browser.scripts(False)
        self.browser.open(page("two-classes"), wait=False)
        shown = [one for one in self.browser.driver.find_elements("css selector", "caption")
                 if one.is_displayed()]
        self.assertEqual(len(shown), len(captions))
        self.assertGreater(len(shown), 5)
        self.assertTrue(self.find(".without-scripts").is_displayed())
        self.assertEqual(len(self.browser.driver.find_elements("css selector", ".fit-grid")), 0)

    def test_all_fits_are_in_the_table_as_they_are_in_the_data(self):
        file = page("two-classes")
        rows, ids, columns = fits_of(file)
        self.browser.open(file)
        self.assertEqual(self.count(), f"All {rows} fits")
        table = self.rows_by_keyboard(rows)
        self.assertEqual([row[-1] for row in table], ids)
        for i, (key, (column, values)) in enumerate(columns.items()):
            expected = [self.text(column, value) for value in values]
            self.assertEqual([row[i] for row in table], expected, key)

    @staticmethod
    def text(column, value):
        if value == NONE:
            return ""
        if column["kind"] != "number":
            return column["levels"][value]
        if value == 2**31 - 1:
            return "∞"
        return f"{value / 10**column['digits']:.{column['digits']}f}".replace("-", "−")

    def rows_by_keyboard(self, rows):
        """Every row, reached by the arrow key alone, as it is spoken and shown."""
        grid = self.find(".fit-grid")
        self.browser.run("arguments[0].focus()", grid)
        table = []
        for _ in range(rows):
            cells, spoken, described = self.browser.run("""
                const active = document.querySelector('.fit-active');
                const cells = [...active.children].map(cell => cell.textContent);
                const described = document.getElementById(
                  arguments[0].getAttribute('aria-activedescendant'));
                return [cells, document.querySelector('.fit-spoken').textContent,
                        described?.parentElement === active];""", grid)
            self.assertTrue(described)
            for cell in cells:
                self.assertIn(cell, spoken)
            table.append(cells)
            grid.send_keys(Keys.ARROW_DOWN)
        return table

    def test_text_and_columns_filter(self):
        file = page("fits:2000")
        rows, _, columns = fits_of(file)
        self.browser.open(file)
        auc = columns["task_auc"][1]
        for text, holds in (("> 0.9", lambda v: v > 9000), ("<=0.85", lambda v: v <= 8500),
                            ("0.86..0.87", lambda v: 8600 <= v <= 8700),
                            ("0.8800", lambda v: v == 8800), ("none", lambda v: v == NONE)):
            self.set(self.column_filter("task AUC"), text)
            expected = sum(holds(value) for value in auc)
            self.assertEqual(self.count(), f"{expected:,} of {rows:,} fits", text)
        self.set(self.column_filter("task AUC"), "above")
        self.assertEqual(self.column_filter("task AUC").get_attribute("aria-invalid"), "true")
        self.assertEqual(self.count(), f"All {rows:,} fits")
        self.set(self.column_filter("task AUC"), "")
        self.set(self.column_filter("seed"), "3")
        self.set(self.find("input[type=search]"), "BASELINE")
        self.assertEqual(self.count(), f"10 of {rows:,} fits")
        self.browser.driver.find_element("xpath", "//button[.='Show all fits']").click()
        self.assertEqual(self.count(), f"All {rows:,} fits")

    def test_columns_sort_and_fits_without_a_value_are_last(self):
        file = page("incomplete")
        _, ids, columns = fits_of(file)
        self.browser.open(file)
        heading = self.browser.driver.find_element(
            "xpath", "//*[@role='columnheader'][contains(., 'oos AUC')]")
        press = heading.find_element("css selector", "button")
        for direction, sign in (("ascending", 1), ("descending", -1)):
            press.click()
            self.assertEqual(heading.get_attribute("aria-sort"), direction)
            values = columns["oos_auc"][1]
            order = sorted(range(len(ids)),
                           key=lambda row: (values[row] == NONE, sign * values[row], row))
            shown = [row[-1] for row in self.browser.run(IN_SIGHT)]
            self.assertEqual(shown, [ids[row] for row in order[:len(shown)]])
        press.click()
        self.assertEqual(heading.get_attribute("aria-sort"), "none")
        self.assertEqual(self.browser.run(IN_SIGHT)[0][-1], ids[0])

    def test_the_picker_leaves_the_chosen_candidates(self):
        self.browser.open(page("fits:2000"))
        self.browser.run("""
            const picker = document.querySelector('.fit-picker select');
            picker.options[0].selected = picker.options[3].selected = true;
            picker.dispatchEvent(new Event('change'));""")
        self.assertEqual(self.count(), "100 of 2,000 fits")

    def test_a_rectangle_in_the_scatter_plot_selects_rows_of_the_table(self):
        file = page("fits:2000")
        rows, _, columns = fits_of(file)
        self.browser.open(file)
        x, y = columns["domain_auc"][1], columns["oos_auc"][1]
        self.drag(0.5, 0.0, 1.0, 1.0)
        low, high = min(x), max(x)
        middle = (low + high) / 2
        self.assertEqual(self.count(), f"{sum(v >= middle for v in x):,} of {rows:,} fits")
        shown = [row for row in self.browser.run(IN_SIGHT)]
        index = list(columns).index("domain_auc")
        self.assertTrue(all(float(row[index]) >= middle / 1e4 for row in shown))
        self.assertEqual(len(x), len(y))
        self.find(".fit-plot canvas").send_keys(Keys.ESCAPE)
        self.assertEqual(self.count(), f"All {rows:,} fits")

    def drag(self, x0, y0, x1, y1):
        """From a place to another, in parts of the plotting area, by events as a pointer makes."""
        self.browser.run("""
            const canvas = document.querySelector('.fit-plot canvas');
            canvas.scrollIntoView({block: 'center'});
            const box = canvas.getBoundingClientRect();
            const [left, right, top, bottom] = [62, 14, 12, 48];
            const at = (x, y) => ({clientX: box.left + left + x * (box.width - left - right),
                                   clientY: box.top + top + y * (box.height - top - bottom)});
            const fire = (type, x, y, buttons) => canvas.dispatchEvent(new PointerEvent(type,
              {...at(x, y), buttons, button: 0, bubbles: true, pointerType: 'mouse'}));
            const [x0, y0, x1, y1] = arguments;
            fire('pointerdown', x0, y0, 1);
            fire('pointermove', (x0 + x1) / 2, (y0 + y1) / 2, 1);
            fire('pointermove', x1, y1, 1);
            fire('pointerup', x1, y1, 0);""", x0, y0, x1, y1)

    def test_arrow_keys_reach_every_point_of_the_scatter_plot(self):
        file = page("complete")
        _, ids, columns = fits_of(file)
        self.browser.open(file)
        plotted = [fit for fit, x, y in zip(ids, columns["domain_auc"][1], columns["oos_auc"][1])
                   if NONE not in (x, y)]
        canvas = self.find(".fit-plot canvas")
        self.browser.run("arguments[0].focus()", canvas)
        reached = []
        for _ in plotted:
            reached.append(self.find(".fit-spoken").get_attribute("textContent").split(",")[0])
            canvas.send_keys(Keys.ARROW_RIGHT)
        self.assertEqual(sorted(reached), sorted(f"fit {fit}" for fit in plotted))
        canvas.send_keys(Keys.ENTER)
        active = self.browser.run("return document.querySelector('.fit-active').textContent")
        self.assertIn(reached[-1].split()[1], active)
        self.assertEqual(self.browser.driver.switch_to.active_element.get_attribute("role"), "grid")

    def test_the_tab_key_reaches_every_control(self):
        self.browser.open(page("incomplete"))
        expected = self.browser.run("""
            document.querySelectorAll('details').forEach(one => { one.open = true; });
            const all = [...document.querySelectorAll(
              'a[href], button, input, select, summary, [tabindex="0"]')];
            all.forEach((one, i) => { one.dataset.stop = i; });
            const radio = one => one.type === 'radio' && !one.checked;  // by arrow keys
            return all.filter(one => !radio(one)).map(one => one.dataset.stop);""")
        reached = set()
        self.browser.run("document.activeElement.blur()")
        for _ in range(len(expected) + 2):
            self.browser.driver.switch_to.active_element.send_keys(Keys.TAB)
            stop, outline = self.browser.run("""
                const one = document.activeElement;
                return [one.dataset.stop, getComputedStyle(one).outlineStyle];""")
            if stop is None:
                continue
            self.assertNotEqual(outline, "none", "focus cannot be seen")
            reached.add(stop)
        self.assertEqual(set(expected) - reached, set())

    def test_is_dark_where_the_reader_wants_it_and_light_on_paper(self):
        self.browser.open(page("complete"))
        background = "return getComputedStyle(document.body).backgroundColor"
        self.assertEqual(self.browser.run(background), "rgb(255, 255, 255)")
        self.browser.scheme("dark")
        self.assertEqual(self.browser.run(background), "rgb(22, 25, 29)")
        self.browser.scheme("dark", media="print")
        self.assertEqual(self.browser.run(background), "rgb(255, 255, 255)")
        self.assertFalse(self.find("nav").is_displayed())
        self.assertTrue(all(one.is_displayed() for one in self.browser.driver.find_elements(
            "css selector", "table:not(.long table)")))

    def test_prints_short_tables_and_names_what_writes_the_long_ones(self):
        self.browser.open(page("fits:500"))
        self.browser.scheme("light", media="print")
        boxes = """return [...document.querySelectorAll('.long table')]
            .map(table => table.getClientRects().length)"""
        self.assertEqual(set(self.browser.run(boxes)), {0})
        self.assertIn("--figure NAME -o NAME.csv", self.browser.run(
            "return getComputedStyle(document.querySelector('.long'), '::after').content"))
        short = self.browser.driver.find_elements("css selector", "details:not(.long) table")
        self.assertGreater(len(short), 0)
        self.assertTrue(all(one.is_displayed() for one in short))
        self.browser.scheme("light")
        self.assertEqual(self.browser.run(
            "return getComputedStyle(document.querySelector('.long'), '::after').content"), "none")
        self.browser.run("document.querySelectorAll('.long').forEach(one => { one.open = true })")
        self.assertNotIn(0, self.browser.run(boxes))

    def test_hostile_names_are_shown_and_do_nothing(self):
        self.browser.open(page("hostile"))
        self.assertIn("</script><img src=x onerror=", self.find("h1").text)
        self.assertIn("x" * 300, self.find("h1").text)
        self.assertNotEqual(self.browser.driver.title, "owned")
        self.assertEqual(self.browser.run("return document.images.length"), 0)
        self.rows_by_keyboard(4)
        self.browser.run("arguments[0].focus()", self.find(".fit-plot canvas"))
        self.assertNotEqual(self.browser.driver.title, "owned")

    def test_nothing_but_tables_is_wider_than_a_telephone(self):
        for case in ("complete", "incomplete", "two-classes", "hostile"):
            for width in (1280, 390):
                with self.subTest(case=case, width=width):
                    self.browser.resize(width, 844)
                    self.browser.open(page(case))
                    self.assertLessEqual(
                        self.browser.run("return document.documentElement.scrollWidth"), width)

    def test_axe_finds_nothing(self):
        source = axe.source(FOLDER)
        if source is None:
            self.skipTest("axe-core is not there, and npm cannot fetch it")
        for case in ("complete", "incomplete", "two-classes", "hostile"):
            for scheme, media in (("light", "screen"), ("dark", "screen"), ("light", "print")):
                with self.subTest(case=case, scheme=scheme, media=media):
                    self.browser.open(page(case))
                    self.browser.scheme(scheme, media)
                    self.assertEqual(axe.violations(self.browser, source), [])
                    self.browser.scheme("light")


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    if not pathlib.Path(MAKE_PAGE).exists():
        skip(f"{MAKE_PAGE} is not built")
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[3:]])
