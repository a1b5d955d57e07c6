# SPDX-License-Identifier: MIT
"""Finding mail: until the first results are there, and whether they are the ones notmuch finds (random queries, many scripts)."""
import random, subprocess, time
import search_corpus
from bench import Terminal, percentile

QUERIES, WORDS = 200, 12


def typed(bench, home, rng):
    """Milliseconds from the last letter of a word to the picture with what it finds, while typing."""
    screen = Terminal([bench.postern], home.environment)
    took = []
    try:
        screen.settle(0.5, 20)
        for _ in range(WORDS):
            word = rng.choice([w for w in search_corpus.LATIN if w.isascii()] + [f"rare{rng.randrange(20000)}"])
            screen.send('g/' + word[:-1])
            screen.settle(0.4, 5)
            took.append(screen.key(word[-1], 0.15) or 0)
            screen.send('\x1b')
            screen.settle(0.2, 5)
            screen.send('\x1b')
            screen.settle(0.2, 5)
    finally:
        screen.close()
    return percentile(took, 0.5), max(took)


def notmuch_ms(environment, rng):
    begun = time.monotonic()
    subprocess.run(['notmuch', 'search', '--limit=50', rng.choice(search_corpus.LATIN)], env=environment, capture_output=True)
    return (time.monotonic() - begun) * 1000


def run(bench):
    count = min(bench.options.messages, 100000)
    rng, home = random.Random(1), bench.home()
    search_corpus.prepare(rng, home.directory, home.environment, count)
    subprocess.run([bench.postern, 'sync'], env=home.environment, capture_output=True, check=True)
    begun = time.monotonic()
    subprocess.run([bench.postern, 'search', '--limit', '1', 'warm'], env=home.environment, capture_output=True)
    indexed = time.monotonic() - begun
    has_peer = bench.has('notmuch')
    begun = time.monotonic()
    if has_peer:
        subprocess.run(['notmuch', 'new', '--quiet'], env=home.environment, capture_output=True)
    peer_indexed = time.monotonic() - begun
    bench.row(f'index of {count} messages with text', 's', 'notmuch', {'postern': indexed, **({'notmuch': peer_indexed} if has_peer else {})})
    middle, worst = typed(bench, home, rng)
    peer = percentile([notmuch_ms(home.environment, rng) for _ in range(WORDS)], 0.5) if has_peer else None
    bench.row(f'first results while typing, {count} messages', 'ms', '<= 50', {'postern': middle, **({'notmuch': peer} if has_peer else {})}, middle <= 50)
    bench.row('  the slowest of them', 'ms', '', {'postern': worst})
    if has_peer:
        same = search_corpus.compare(rng, bench.postern, home.environment, QUERIES)
        bench.row(f'random queries that find the same, of {QUERIES}', '', f'{QUERIES}', {'postern': same, 'notmuch': QUERIES}, same == QUERIES)
    home.remove()
