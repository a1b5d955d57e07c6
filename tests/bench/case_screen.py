# SPDX-License-Identifier: MIT
"""A folder of a million on the screen, and what a message more costs in it."""
import re, subprocess, time
from bench import Terminal, percentile

OFFLINE = """[account]
name = Bench
from = Alice <alice@example.test>
[incoming]
protocol = imap
host = 127.0.0.1
port = 1
security = plain
user = alice
password = x
[outgoing]
protocol = smtp
host = 127.0.0.1
port = 1
security = plain
"""


def grow(bench, home):
    sizes = [size for size in (1000, 10000, 100000) if size < bench.options.large] + [bench.options.large]
    out = subprocess.run([bench.tool('bench_insert'), home.directory + '/data', *map(str, sizes)], capture_output=True, text=True, check=True).stdout
    lines = [line.split() for line in out.splitlines()]
    for wanted, (_, bulk, _, _, cpu) in zip(sizes, lines):
        bench.row(f'insert into a folder of {wanted}', 'µs', '', {'postern': float(bulk)})
        bench.row('  of which the processor', 'µs', '', {'postern': float(cpu)})
    ratio = float(lines[-1][1]) / float(lines[0][1])
    bench.row('  what the last costs of the first', 'ratio', 'does not grow', {'postern': ratio}, ratio < 2)
    bench.row('index without bodies', 'bytes a message', '≤ 1536', {'postern': float(lines[-1][3])}, float(lines[-1][3]) <= 1536)
    return int(lines[-1][0])


def views(bench, home):
    """The list without its screen: every order, and folders as one list. What a key costs the processor, for the machine does other things too."""
    out = subprocess.run([bench.tool('bench_views'), home.directory + '/data/postern'], capture_output=True, text=True, check=True).stdout
    found = re.findall(r'^(.*?) +open +([\d.]+) ms.*of the processor: p99 +([\d.]+)', out, re.M)
    for name, opened, key in found:
        bench.row(f'  {name}: open', 'ms', '≤ 20', {'postern': float(opened)}, float(opened) <= 20)
        bench.row(f'  {name}: a key, p99', 'ms', '≤ 16', {'postern': float(key)}, float(key) <= 16)


def start(bench, home, size):
    """Until the newest message is on the screen."""
    screen = Terminal([bench.postern], home.environment)
    at = screen.wait(f'Message {size} about', 10)
    if at is None:
        screen.close()
        raise RuntimeError(f'the folder did not come: {screen.seen[-400:]}')
    return screen, (at - screen.begun) * 1000


def run(bench):
    home = bench.home()
    home.account(OFFLINE)
    size = grow(bench, home)
    begun = time.monotonic()
    subprocess.run([bench.postern, '--version'], env=home.environment, capture_output=True)
    least = (time.monotonic() - begun) * 1000
    tries = []
    for _ in range(bench.options.tries + 2):
        screen, ms = start(bench, home, size)
        tries.append(ms)
        screen.settle()
        if len(tries) < bench.options.tries + 2:
            screen.close()
    bench.row(f'start with {size} in the folder', 'ms', f'≤ 50 + process {least:.0f}', {'postern': min(tries)}, min(tries) <= 50 + least)
    for name, keys in (('down', 'j'), ('page', '\x1b[6~'), ('home', '\x1b[H'), ('end', '\x1b[F')):
        took = []
        for i in range(100):
            if name in ('home', 'end'):
                screen.key('\x1b[F' if name == 'home' else '\x1b[H')
            ms = screen.key(keys)
            if ms is not None:
                took.append(ms)
        if took:
            bench.row(f'  {name}, p99', 'ms', '≤ 16', {'postern': percentile(took, 0.99)}, percentile(took, 0.99) <= 16)
    bench.row('  resident', 'MB', '≤ 80', {'postern': screen.memory_mb()}, screen.memory_mb() <= 80)
    screen.close()
    views(bench, home)
    home.remove()
