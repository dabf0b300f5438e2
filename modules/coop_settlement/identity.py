# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The numbers by which the tax office knows a party.

What is billed names the seller's business number, and that of VAT as soon as
VAT is billed (CGI ann. II 242 nonies A I-2).
"""
VAT = ['eu_vat', 'fr_tva']
COMPANY = ['fr_siret', 'fr_siren']
BUSINESS = [*COMPANY, *VAT]


def numbers(party, types=BUSINESS):
    "Return the identifiers of a party of some types, in their order"
    return sorted(
        (i for i in party.identifiers if i.type in types),
        key=lambda i: types.index(i.type))


def told(party, types=BUSINESS):
    "Return the identifiers of a party of some types, as a text"
    return ', '.join(
        f'{i.type_string} {i.code}' for i in numbers(party, types))


def business_number(party):
    "Return the number of a party as a business, or ''"
    return next((i.code for i in numbers(party)), '')


def vat_number(party):
    "Return the VAT number of a party, or ''"
    return next((i.code for i in numbers(party, VAT)), '')
