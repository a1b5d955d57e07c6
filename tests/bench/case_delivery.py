# SPDX-License-Identifier: MIT
"""New mail while a long backfill is running in the same account: from the server's word under IDLE to the screen, and opening it then."""
import random, sqlite3, threading, time
from bench import Proxy, Terminal

ROUNDS = 12


def once(server, screen, proxy):
    """Milliseconds from the announcement to the screen, and from Enter to the text; None: that did not come."""
    word = ''.join(random.choice('BCDFGHJKLMNPQRSTVWXZ') for _ in range(9))
    body = word[::-1].lower()
    screen.forget()
    proxy.announced_at = None
    threading.Thread(target=server.deliver, args=(word, body + '\n'), daemon=True).start()
    seen = screen.wait(word, 30)
    announced = proxy.announced_at
    if seen is None or announced is None:
        return None, None
    screen.settle(0.1, 1)
    screen.send('\x1b[H')
    screen.settle(0.1, 1)
    screen.forget()
    begun = time.monotonic()
    screen.send('\r')
    shown = screen.wait(body, 5)
    screen.send('q')
    screen.settle(0.2, 1)
    return (seen - announced) * 1000, (shown - begun) * 1000 if shown is not None else None


def run(bench):
    server, home = bench.server(), bench.home()
    proxy = Proxy(server.imap)
    try:
        server.fill(20)
        server.fill(bench.options.messages, folder='Big')
        home.account(proxy.account(server.account) + '\n[sync]\nbodies = headers\n')
        screen = Terminal([bench.postern], home.environment)
        if screen.wait('Message number 19', 30) is None:
            raise RuntimeError(f'no inbox on the screen: {screen.seen[-300:]}')
        came, opened, during = [], [], 0
        for _ in range(ROUNDS):
            arrival, reading = once(server, screen, proxy)
            if arrival is None:
                raise RuntimeError(f'the new message did not come to the screen: {screen.seen[-300:]}')
            during += is_running(home, bench.options.messages)
            came.append(arrival)
            opened.append(reading)
        screen.close()
        bench.row('new mail to the screen while a backfill runs, worst', 'ms', '≤ 200', {'postern': max(came)}, max(came) <= 200)
        bench.row('  of so many while it ran', 'count', '', {'postern': during})
        missed = opened.count(None)
        opened = [ms for ms in opened if ms is not None] or [0]
        bench.row('  opening it then, worst', 'ms', '≤ 300', {'postern': max(opened)}, max(opened) <= 300 and missed == 0)
    finally:
        proxy.close()
        server.stop()
        home.remove()


def is_running(home, count):
    """The big folder is not there whole yet."""
    with sqlite3.connect(f'file:{home.directory}/data/postern/mail.db?mode=ro', uri=True) as db:
        return db.execute('SELECT max(total) FROM folders').fetchone()[0] < count
