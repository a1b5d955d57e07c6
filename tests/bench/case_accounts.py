# SPDX-License-Identifier: MIT
"""Ten accounts at once: until the first page is there, until all are in step, what keys cost meanwhile, and what it takes of the memory."""
import os, sqlite3, time
from bench import Terminal, percentile

ACCOUNTS, COUNT, KEYS = 10, 2000, 60


def in_step(home):
    """How many inboxes are here whole."""
    path = f'{home.directory}/data/postern/mail.db'
    if not os.path.exists(path):
        return 0
    try:
        with sqlite3.connect(f'file:{path}?mode=ro', uri=True) as db:
            return db.execute('SELECT count(*) FROM folders WHERE role = 1 AND total >= ?', (COUNT,)).fetchone()[0]
    except sqlite3.OperationalError: # not made yet
        return 0


def first_page(bench, home):
    screen = Terminal([bench.postern], home.environment)
    at = screen.wait(f'Message number {COUNT - 1}', 30)
    if at is None:
        screen.close()
        raise RuntimeError(f'no inbox on the screen: {screen.seen[-300:]}')
    return screen, (at - screen.begun) * 1000


def run(bench):
    server, home = bench.server(), bench.home()
    try:
        server.fill(COUNT)
        for i in range(ACCOUNTS):
            home.account(server.account + '\n[sync]\nbodies = headers\n', f'bench{i}')
        screen, first = first_page(bench, home)
        took, end = [], time.monotonic() + 120
        while in_step(home) < ACCOUNTS and time.monotonic() < end:
            took.append(screen.key('j' if len(took) % 2 == 0 else 'k') or 0)
        all_s = time.monotonic() - screen.begun
        whole = in_step(home)
        screen.settle()
        settled = [screen.key('j') or 0 for _ in range(KEYS)]
        bench.row(f'{ACCOUNTS} new accounts: first page', 'ms', '', {'postern': first})
        bench.row(f'  all in step, {COUNT} messages each', 's', '', {'postern': all_s}, whole == ACCOUNTS)
        if took:
            bench.row('  down, p99, while they come', 'ms', '', {'postern': percentile(took, 0.99)})
        bench.row('  down, p99, then', 'ms', '≤ 16', {'postern': percentile(settled, 0.99)}, percentile(settled, 0.99) <= 16)
        bench.row('  resident', 'MB', '≤ 80', {'postern': screen.memory_mb()}, screen.memory_mb() <= 80)
        screen.close()
        screen, again = first_page(bench, home)
        bench.row('  start again', 'ms', '', {'postern': again})
        screen.close()
    finally:
        server.stop()
        home.remove()
