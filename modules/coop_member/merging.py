# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Texts in which ``{name}`` stands for what is known of a member.

Imports no Tryton. Nothing but the names given is ever looked at, so that who
writes a letter reaches nothing else by it.
"""
import re

PLACE = re.compile(r'\{([^{}]*)\}')


def unknown(text, names):
    "Return the places of a text that are none of the names, in their order"
    return list(dict.fromkeys(
            place for place in PLACE.findall(text)
            if place.strip() not in names))


def merge(text, values):
    """Return the text with its places filled in.

    :param values: {name: text}; what is filled in is not looked at again
    :raises KeyError: for a place that has no value
    """
    return PLACE.sub(lambda m: str(values[m.group(1).strip()]), text)
