# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""PDF files made of HTML by WeasyPrint, in a memory that does not grow.

Imports no Tryton. Nothing is loaded from anywhere: what is printed is what
the HTML holds, images too (as data: addresses).
"""
import io

from pypdf import PdfWriter

# Lines of a table laid out together: as many as a dozen pages hold
CHUNK = 400
# Letters drawn together
LETTERS = 50


def _weasyprint():
    # It takes a second to import, which who prints nothing is spared
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration
    return weasyprint, FontConfiguration()


def _layout(weasyprint, fonts, html):
    return weasyprint.HTML(
        string=html,
        url_fetcher=weasyprint.URLFetcher(allowed_protocols={'data'}),
        ).render(font_config=fonts)


class _Book:
    "The pages drawn so far"

    def __init__(self):
        self.writer = PdfWriter()

    def add(self, document, pages):
        self.writer.append(
            io.BytesIO(document.copy(pages).write_pdf()),
            import_outline=False)

    def content(self):
        content = io.BytesIO()
        self.writer.write(content)
        return content.getvalue()


def letters(htmls):
    """Return the bytes of one PDF file of letters.

    Each is laid out alone, so that its pages are numbered from one.

    :param htmls: iterable of HTML documents
    """
    weasyprint, fonts = _weasyprint()
    book, first, pages = _Book(), None, []
    for html in htmls:
        document = _layout(weasyprint, fonts, html)
        first = first or document
        pages += document.pages
        if len(pages) >= LETTERS:
            book.add(first, pages)
            first, pages = None, []
    if pages:
        book.add(first, pages)
    return book.content()


def pages(count, draw, advanced=None, chunk=CHUNK):
    """Return the bytes of the PDF file of a long table.

    The lines are laid out by chunks; the last page of a chunk is laid out
    again at the head of the next, so that no page stays half empty.

    :param count: number of lines
    :param draw: function(start, stop, page, total) that returns the HTML of
        the lines from start to stop, of which the first is on that page; each
        has its number as id. ``total`` is None, but for the last chunk of
        several, where it is the number of all pages once it is known
    :param advanced: function(done), called with the lines done
    """
    weasyprint, fonts = _weasyprint()
    book, start, page = _Book(), 0, 1
    while True:
        stop = min(start + chunk, count)
        document = _layout(
            weasyprint, fonts, draw(start, stop, page, None))
        laid_out = document.pages
        if stop == count:
            break
        stop, laid_out = _whole(laid_out, stop)
        book.add(document, laid_out)
        start, page = stop, page + len(laid_out)
        if advanced:
            advanced(start)
    if page > 1:
        document = _layout(weasyprint, fonts, draw(
                start, stop, page, page + len(laid_out) - 1))
        laid_out = document.pages
    book.add(document, laid_out)
    if advanced:
        advanced(count)
    return book.content()


def _whole(laid_out, stop):
    "Return (the first line of the last page, the pages before it)"
    *before, last = laid_out
    if not before:
        return stop, laid_out
    return min(int(a) for a in last.anchors if a.isdecimal()), before


def merge(contents):
    "Return the bytes of one PDF file of all the pages of others"
    writer = PdfWriter()
    for content in contents:
        writer.append(io.BytesIO(content), import_outline=False)
    content = io.BytesIO()
    writer.write(content)
    return content.getvalue()
