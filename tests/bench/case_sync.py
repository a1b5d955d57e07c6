# SPDX-License-Identifier: MIT
"""First sync of the headers of a folder, and a second one when nothing changed."""
import subprocess, time
from bench import ENVELOPES, ITEMS, Proxy, Terminal


def bare(server, items):
    with server.connect() as line:
        line.ask('SELECT INBOX')
        begun = time.monotonic()
        line.ask(f'FETCH 1:* {items}')
        return time.monotonic() - begun


def sync(bench, home):
    begun = time.monotonic()
    done = subprocess.run([bench.postern, 'sync'], env=home.environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr or done.stdout)
    return time.monotonic() - begun


def first(bench, server):
    home = bench.home()
    home.account(server.account + '\n[sync]\nbodies = headers\n')
    took = sync(bench, home)
    home.remove()
    return took


def mutt(bench, server, program, count):
    """With its header cache, until the index is drawn."""
    home = bench.home()
    cache = home.directory + '/headers'
    password = server.password.replace('\\', '\\\\').replace('"', '\\"')
    config = home.write('muttrc', f'set folder="imaps://alice@localhost:{server.imaps}/"\nset spoolfile="+INBOX"\nset imap_user="alice"\n'
                        f'set imap_pass="{password}"\nset header_cache="{cache}"\nset ssl_ca_certificates_file="{server.ca}"\n'
                        f'set certificate_file="{server.ca}"\nset ssl_verify_host=no\nset sort=date\nset wait_key=no\nset menu_scroll\n')
    screen = Terminal([program, '-F', config], home.environment)
    at = screen.wait(f'Msgs:{count}', 180)
    took = at - screen.begun if at is not None else None
    screen.close()
    home.remove()
    if took is None:
        raise RuntimeError(f'{program} showed no index: {screen.seen[-300:]}')
    return took


def run(bench):
    count = bench.options.messages
    server = bench.server()
    try:
        server.fill(count)
        envelopes = bench.least(lambda: bare(server, ENVELOPES))
        values = {'bare loop': bench.least(lambda: bare(server, ITEMS)), 'postern': bench.least(lambda: first(bench, server))}
        for program in ('neomutt', 'mutt'):
            values[program] = bench.least(lambda name=program: mutt(bench, server, name, count)) if bench.has(program) else 'missing'
        bench.row(f'first sync of {count} headers', 's', '', values)
        share = values['bare loop'] / values['postern']
        bench.row('  of the bare loop\'s speed', 'ratio', '≥ 0.7', {'postern': share}, share >= 0.7)
        bench.row('  of a bare loop that asks for ENVELOPE', 'ratio', '', {'postern': envelopes / values['postern']})
        if bench.has('neomutt'):
            ratio = values['neomutt'] / values['postern']
            bench.row('  of neomutt\'s speed', 'ratio', '≥ 2.5', {'postern': ratio}, ratio >= 2.5)
        again(bench, server)
    finally:
        server.stop()


def again(bench, server):
    """The same folder once more; and how often postern had to wait for an answer, the way into the account included."""
    home, proxy = bench.home(), Proxy(server.imap)
    home.account(proxy.account(server.account) + '\n[sync]\nbodies = headers\n')
    sync(bench, home)
    took = bench.least(lambda: sync(bench, home))
    proxy.rounds = 0
    sync(bench, home)
    bench.row('  nothing changed since', 's', '', {'postern': took})
    bench.row('  waits for an answer, sign-in and list included', 'count', '', {'postern': proxy.rounds})
    proxy.close()
    home.remove()
