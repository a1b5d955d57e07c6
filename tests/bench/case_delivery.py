# SPDX-License-Identifier: MIT
"""New mail while a long backfill is running in the same account: from the server's word under IDLE to the screen, and opening it then."""
import random, re, threading, time
from bench import Terminal, percentile


class Listener:
    """Another client that idles: when does the server announce it?"""

    def __init__(self, server):
        self.line = server.connect()
        self.line.ask('SELECT INBOX')
        self.line.send('IDLE')
        self.line.read_until(b'+ ')
        self.at = None
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()

    def listen(self):
        try:
            while True:
                if b'EXISTS' in self.line.read_until(b'\n')[0]:
                    self.at = time.monotonic()
        except (OSError, EOFError):
            pass


def once(server, screen, listener):
    """Milliseconds from the announcement to the screen; None: it did not come within 30 s."""
    word = ''.join(random.choice('BCDFGHJKLMNPQRSTVWXZ') for _ in range(9))
    body = word[::-1].lower()
    screen.forget()
    listener.at = None
    threading.Thread(target=server.deliver, args=(word, body + '\n'), daemon=True).start()
    seen = screen.wait(word, 30)
    if seen is None or listener.at is None:
        return None, None
    screen.settle(0.05, 1)
    screen.forget()
    screen.send('\x1b[H')
    screen.settle(0.05, 1)
    begun = time.monotonic()
    screen.send('\r')
    shown = screen.wait(body, 30)
    screen.send('q')
    screen.settle(0.1, 1)
    return max(seen - listener.at, 0) * 1000, (shown - begun) * 1000 if shown is not None else None


def run(bench):
    server = bench.server()
    home = bench.home()
    try:
        server.fill(20, folder='')
        server.fill(bench.options.messages, folder='Big')
        home.account(server.account + '\n[sync]\nbodies = headers\n')
        screen = Terminal([bench.postern], home.environment)
        if screen.wait('Message number 19', 30) is None:
            raise RuntimeError(f'no inbox on the screen: {screen.seen[-300:]}')
        listener = Listener(server)
        came, opened = [], []
        while len(came) < 12:
            arrival, reading = once(server, screen, listener)
            if arrival is None:
                raise RuntimeError('the new message did not come to the screen')
            came.append(arrival)
            if reading is not None:
                opened.append(reading)
        screen.close()
        bench.row('new mail to the screen while a backfill runs, worst', 'ms', '≤ 200', {'postern': max(came)}, max(came) <= 200)
        if opened:
            bench.row('  opening it then, worst', 'ms', '≤ 300', {'postern': max(opened)}, max(opened) <= 300)
    finally:
        server.stop()
        home.remove()
