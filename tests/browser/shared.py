"""The demonstration that all files of this folder use, made once.

    server = shared.server()
    agnes = shared.login(browser, 'agnes')
"""
import atexit
import datetime as dt
import functools
import os
import time

from tests.browser.demonstration import Demonstration


@functools.cache
def server():
    "Make it, and drop it at the end of the process"
    start = time.monotonic()
    result = Demonstration(os.environ['DB_NAME'])
    result.__enter__()
    atexit.register(result.__exit__)
    print(f'from nothing: {time.monotonic() - start:.0f} s')
    return result


def login(browser, user, **size):
    "A web client of the user, on a screen of a width and a height"
    return browser.login(user, server().logins[user], **size)


def rpc(user):
    "What calls methods as the user's client does"
    send = server().login(user, server().logins[user])
    context = send('model.res.user.get_preferences', True)
    return functools.partial(send, context=context)


def day(distance):
    "Today or another day, as a French user types it"
    date = dt.date.today() + dt.timedelta(days=distance)
    return date.strftime('%d.%m.%Y')
