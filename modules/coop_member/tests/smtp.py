# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""A real SMTP server for the tests."""
import email
import email.policy
import socket
from contextlib import contextmanager

from aiosmtpd.controller import Controller

from trytond import config
from trytond.transaction import Transaction


class _Handler:

    def __init__(self):
        self.messages = []
        self.refused = set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refused:
            return '550 no such user'
        envelope.rcpt_tos.append(address)
        return '250 OK'

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(
            envelope.content, policy=email.policy.default)
        self.messages.append((envelope.rcpt_tos, message))
        return '250 OK'


@contextmanager
def smtp_server():
    "Yield the handler, whose messages are (recipients, message)"
    handler = _Handler()
    with socket.socket() as sock:
        sock.bind(('127.0.0.1', 0))
        port = sock.getsockname()[1]
    controller = Controller(handler, hostname='127.0.0.1', port=port)
    controller.start()
    before = config.get('email', 'uri'), config.get('email', 'from')
    config.set('email', 'uri', f'smtp://127.0.0.1:{port}')
    config.set('email', 'from', 'coop@example.com')
    try:
        yield handler
    finally:
        config.set('email', 'uri', before[0])
        config.set('email', 'from', before[1] or '')
        controller.stop()


def deliver():
    "Send what is queued as the commit does, in a test that is rolled back"
    transaction = Transaction()
    for manager in transaction._datamanagers:
        manager.tpc_vote(transaction)
        manager.tpc_finish(transaction)
