# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Reading and checking the files of the bulk import. Imports no Tryton.

``reading`` makes tables of files, ``values`` makes values of cells, ``layout``
names the columns, ``checking`` looks at every row, ``history`` makes the
operations of the register of them, ``plan`` puts it all together.
"""
