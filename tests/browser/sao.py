"""The web client as a person uses it: menus, lists, forms, buttons, tabs.

    with Browser(server) as browser:
        client = browser.login('agnes', 'agnes')
        client.menu("Coopérative", "Sociétaires", "Sociétaires")

Words are those on the screen, in the user's language.
"""
import os
import re
import time

from playwright.sync_api import Error, expect, sync_playwright

from tests.support import ROOT

CHROMIUM = os.environ.get('COOP_CHROMIUM', '/usr/bin/chromium')
OPTIONS = [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update',
    '--disable-sync']
SHOTS = ROOT / 'var' / 'screenshots'
PATIENCE = 30_000
# Of BooleanColumn.clicked, which has no group
BOX_ERROR = "Cannot read properties of undefined (reading 'parent')"


class Browser:

    def __init__(self, server, language='fr-FR', width=1400, height=900):
        self.server = server
        self.language = language
        self.size = {'width': width, 'height': height}

    def __enter__(self):
        self.playwright = sync_playwright().start()
        self.chromium = self.playwright.chromium.launch(
            executable_path=CHROMIUM, args=OPTIONS)
        return self

    def __exit__(self, *_):
        self.chromium.close()
        self.playwright.stop()

    def page(self, **size):
        context = self.chromium.new_context(
            viewport=self.size | size, locale=self.language)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        return page

    def login(self, user, password, **size):
        "A client of its own for the user"
        page = self.page(**size)
        page.goto(f'{self.server.address}#{self.server.database}')
        # The list of databases comes after the form
        page.wait_for_load_state('networkidle')
        page.fill('input#login', user)
        asked = page.locator('input[type=password]').last
        for _ in range(5):
            page.click('.modal-content button[type=submit]')
            try:
                asked.wait_for(timeout=6_000)
                break
            except Error:  # a client still being loaded does not hear it
                continue
        asked.fill(password)
        page.keyboard.press('Enter')
        # A telephone hides the menu
        page.wait_for_selector('#menu tbody tr', state='attached')
        return Client(page)


class Client:
    "One logged in user"

    def __init__(self, page):
        self.page = page
        self.clicks = 0
        self.errors = []
        self.pending = set()
        page.on('pageerror', lambda error: self.errors.append(str(error)))
        page.on('request', lambda r: self.pending.add(r))
        page.on('requestfinished', lambda r: self.pending.discard(r))
        page.on('requestfailed', lambda r: self.pending.discard(r))

    def _click(self, locator):
        locator.click()
        self.clicks += 1
        self.settle()

    def settle(self):
        "Wait until the client has asked for nothing for a while"
        end = time.monotonic() + PATIENCE / 1000
        quiet = 0
        while quiet < 4:
            assert time.monotonic() < end, f"still waits: {self.pending}"
            self.page.wait_for_timeout(50)
            quiet = 0 if self.pending else quiet + 1

    def menu(self, *path):
        "Open the list or form of the entry of the menu with this path"
        self._entry(*path)
        self.tab.wait_for()
        self.settle()

    def start(self, *path):
        "Start the wizard of the entry of the menu with this path"
        self._entry(*path)
        self.page.locator('.modal.in:visible').wait_for()
        self.settle()

    def _entry(self, *path):
        menu = self.page.locator('#menu')
        if not menu.is_visible():
            self._click(self.page.locator('a[data-toggle=menu]'))
            menu.wait_for()
        rows = self.page.locator('#menu tbody tr')
        row = rows.filter(has=self._title(path[0])).first
        for child in path[1:]:
            below = row.locator('xpath=following-sibling::tr').filter(
                has=self._title(child)).first
            if not below.count():
                self._click(row.locator('.expander img'))
            below.wait_for()
            row = below
        self._click(row.locator('.column-char'))

    def _title(self, name):
        return self.page.locator(f'.column-char[title="{name}"]')

    @property
    def tab(self):
        "What is in front: a dialog, or else the form or list of the tab"
        dialog = self.page.locator('.modal.in:visible')
        if dialog.count():
            return dialog.last
        return self.page.locator('#tabcontent > .tab-pane.active')

    def _widget(self, name, line=False):
        "The field of the form, or of the line that is being entered in it"
        inside = '.form-one2many tr ' if line else ''
        return self.tab.locator(f'{inside}[name="{name}"]:visible').first

    def new_line(self):
        "Begin a line in the list of the form that is in front"
        self._click(self.tab.locator(
                '.form-one2many button[title="Nouveau"]:visible').first)

    def fill(self, name, value, line=False):
        "Give a field its value, as typed or as chosen"
        widget = self._widget(name, line)
        if widget.evaluate('e => e.tagName') == 'SELECT':
            widget.select_option(label=value)
        else:
            # A number is typed in another input than it is shown in
            widget.focus()
            widget = self._widget(name, line)
            widget.fill(value)
            widget.press('Tab')
        self.settle()

    def choose(self, name, text, line=False):
        "Choose the record that a relation finds by a text"
        widget = self._widget(name, line)
        found = self.page.locator(
            'ul.dropdown-menu:visible li').filter(has_text=text).first
        for _ in range(5):
            widget.fill('')
            widget.press_sequentially(text, delay=30)
            try:
                found.wait_for(timeout=8_000)
            except Error:  # a form still being drawn loses what is typed
                continue
            self._click(found)
            expect(widget).to_have_value(re.compile(re.escape(text)))
            return
        raise AssertionError(f"{name} offers nothing for {text}")

    def tick(self, name):
        "Tick or untick a box of the form"
        self._click(self._widget(name))

    def tick_row(self, column, row):
        "Tick or untick the box of a row, by the title of its column"
        before = self._boxes(column).nth(row).is_checked()
        for _ in range(5):
            # The first click may only begin to edit the row
            self._click(self._boxes(column).nth(row))
            # The client 8.0 sets the value, and fails then
            self.errors[:] = [e for e in self.errors if e != BOX_ERROR]
            if self._boxes(column).nth(row).is_checked() != before:
                return
        raise AssertionError(f"{column} of the row {row} stays {before}")

    def ticked(self, column):
        "How many rows are ticked in the column of this title"
        boxes = self._boxes(column)
        # They are drawn after the last answer of the server
        boxes.first.wait_for()
        self.settle()
        return sum(boxes.nth(i).is_checked() for i in range(boxes.count()))

    def _boxes(self, column):
        return self.tab.locator(
            f'td[data-title^="{column}"]:visible input[type=checkbox]')

    def attach(self, name, file_name, content):
        "Choose a file for a field"
        self.tab.locator(f'.form-binary:has([name="{name}"]) '
            'input[type=file]').set_input_files({
                'name': file_name, 'mimeType': 'text/plain',
                'buffer': content})
        self.clicks += 1
        self.settle()

    def value(self, name):
        widget = self.tab.locator(f'[name="{name}"]').first
        return widget.evaluate(
            "e => e.tagName == 'SELECT' "
            "? (e.options[e.selectedIndex] || {}).text : e.value")

    def shows(self, name, value):
        "Wait until a field shows a value, with plain spaces for its own"
        end = time.monotonic() + PATIENCE / 1000
        while time.monotonic() < end:
            try:
                found = re.sub(r'\s', ' ', self.value(name) or '')
            except Error:  # it is being drawn again
                found = None
            if found == value:
                return
            self.page.wait_for_timeout(200)
        raise AssertionError(f"{name} is {found!r}, not {value!r}")

    def tab_of(self, name):
        "Choose the tab of a list"
        self._click(self.tab.locator('.nav-tabs a').filter(
                has_text=name).first)

    def page_of(self, name):
        "Choose the page of a form"
        self._click(self.tab.locator('.nav-tabs:visible a:visible').filter(
                has_text=name).first)

    def context(self, name, value):
        "Change what a list is shown for, as its date"
        self.fill(name, value)
        self.tool('reload')

    def dialog_button(self, name):
        "Press the button of a dialog by its words, which leaves it"
        # The dialog may still be on its way
        dialog = self.page.locator('.modal.in:visible').last
        button = dialog.locator('.modal-footer button').filter(
            has_text=name).first
        for _ in range(5):
            self._click(button)
            # A wizard that is still being drawn does not hear the button
            if not button.is_visible():
                return
        raise AssertionError(f"the dialog stays after {name}")

    def disabled(self, name):
        "Whether the button of this name may not be pressed"
        return self.tab.locator(
            f'button[name="{name}"]:visible').first.is_disabled()

    def press(self, name):
        "Press the button of this name of the form"
        # The dialog before may still be leaving
        for _ in range(PATIENCE // 100):
            button = self.tab.locator(f'button[name="{name}"]:visible').first
            if button.is_visible():
                break
            self.page.wait_for_timeout(100)
        self._click(button)

    def ask(self, name):
        "Press a button that asks something in a dialog, and wait for it"
        self.press(name)
        self.page.locator('.modal.in:visible').wait_for()
        self.settle()

    def tool(self, name):
        "Press a button of the toolbar: new_, save, switch_, reload..."
        self._click(self.page.locator(
                f'#tabcontent > .tab-pane.active button[id="{name}"]').first)

    def rows(self):
        "The rows of the list"
        return self.tab.locator('table.tree tbody tr')

    def row(self, text):
        "The row of the list that shows a text"
        return self.rows().filter(has_text=text).first

    def search(self, text):
        "Search the list as one types it"
        # Not what a list is shown for, which is in the box, too
        entry = self.tab.locator(
            '.filter-box input[placeholder="Rechercher"]:visible').first
        entry.fill(text)
        entry.press('Enter')
        self.settle()

    def open(self, text):
        # A long list shows its first rows only
        if not self.row(text).count():
            self.search(text)
        # not on a relation, whose click opens what it relates to
        self.row(text).locator(
            '.column-char:visible, .column-integer:visible, '
            '.column-date:visible').first.click()
        self.clicks += 1
        self.tool('switch_')

    def shot(self, name):
        "Keep a picture of the screen"
        SHOTS.mkdir(parents=True, exist_ok=True)
        path = SHOTS / f'{name}.png'
        self.page.screenshot(path=path)
        return path


class Timer:
    "Seconds and clicks of an act that is done every week, printed"

    def __init__(self, client, act):
        self.client, self.act = client, act

    def __enter__(self):
        self.start, self.clicks = time.monotonic(), self.client.clicks
        return self

    def __exit__(self, *_):
        print(f'{self.act}: {self.client.clicks - self.clicks} clicks, '
            f'{time.monotonic() - self.start:.1f} s')
