# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import io
import re
import unittest

from pypdf import PdfReader

from .. import pdf


def text(content):
    "Return the text of each page of a PDF file"
    return [p.extract_text() for p in PdfReader(io.BytesIO(content)).pages]


def draw(start, stop, page, total):
    "Lines of uneven height, so that no page has as many as another"
    rows = ''.join(
        f'<tr id="{i}"><td style="height: {5 + i % 7}mm">line-{i};</td></tr>'
        for i in range(start, stop))
    return f'''<style>
        @page {{ size: A4; @bottom-right {{ content: "page-" counter(page) }}}}
        @page :first {{ counter-reset: page {page} }}
        tr {{ break-inside: avoid }}
        </style><table><thead><tr><th>head</th></tr></thead>
        <tbody>{rows}</tbody></table>
        <p>{f"pages={total}" if total else ""}</p>'''


class PDFTestCase(unittest.TestCase):
    "Test PDF files that are drawn in parts"

    def test_pages(self):
        "A table drawn by chunks is that drawn at once"
        whole = text(pdf.pages(300, draw, chunk=1000))
        told = []
        parts = text(pdf.pages(300, draw, told.append, chunk=70))
        self.assertEqual(
            [re.findall(r'line-\d+|page-\d+', p) for p in parts],
            [re.findall(r'line-\d+|page-\d+', p) for p in whole])
        self.assertEqual(
            re.findall(r'line-(\d+)', ''.join(parts)),
            [str(i) for i in range(300)])
        self.assertEqual(
            re.findall(r'page-(\d+)', ''.join(parts)),
            [str(i) for i in range(1, len(parts) + 1)])
        self.assertIn(f'pages={len(parts)}', parts[-1])
        self.assertNotIn('pages=', ''.join(whole))
        self.assertEqual(told, sorted(told))
        self.assertEqual(told[-1], 300)
        self.assertGreater(len(told), 3)

    def test_no_line(self):
        "A table without lines is a page"
        self.assertEqual(len(text(pdf.pages(0, draw))), 1)

    def test_letters(self):
        "Each letter has its own pages"
        page = (
            '<style>@page { @bottom-right { content: counter(page) "/" '
            'counter(pages) } }</style>')
        count = pdf.LETTERS + 5
        letters = text(pdf.letters(
                f'{page}<p>letter-{i}</p>' for i in range(count)))
        self.assertEqual(
            [re.findall(r'letter-(\d+)', p) for p in letters],
            [[str(i)] for i in range(count)])
        for letter in letters:
            self.assertIn('1/1', letter)

    def test_merge(self):
        "Files are merged in their order"
        files = [
            pdf.letters([f'<p>file-{i}</p>']) for i in range(2)]
        self.assertEqual(
            [t.strip() for t in text(pdf.merge(files))],
            ['file-0', 'file-1'])

    def test_nothing_loaded(self):
        "No file of the server gets into a document"
        content = pdf.letters(
            [f'<img src="file://{__file__}" alt="absent"/>'
            f'<a rel="attachment" href="file://{__file__}">x</a>'])
        reader = PdfReader(io.BytesIO(content))
        self.assertEqual(list(reader.attachments), [])
