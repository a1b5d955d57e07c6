# SPDX-License-Identifier: MIT
"""Every message of a folder onto this computer: headers and bodies from nothing. postern's bodies are a cache and not synced to the disk (doc/decisions/0015);
mbsync's Maildir is, unless it is told not to. Measured where the temporary files are, and on a RAM disk, where syncing costs nothing and the server's own
work is most of it: no client can be faster there than the bare loop."""
import os, shutil, subprocess, tempfile, time
import bench as library

COUNT = 10000


class Body:
    """17 KB on the average, a few of them large."""

    def format(self, i):
        kind, spread = i * 2654435761 % 100, i * 40503 % 1000
        size = 3000 + spread * 5 if kind < 60 else 8000 + spread * 22 if kind < 90 else 30000 + spread * 70 if kind < 99 else 100000 + spread * 400
        return f'{i:08x} the engine might compose elaborate pieces of music\n' * (size // 60)


def bare(server):
    with server.connect() as line:
        line.ask('SELECT INBOX')
        begun = time.monotonic()
        line.ask('UID FETCH 1:* (UID BODY.PEEK[])')
        return time.monotonic() - begun


def files(directory):
    return sum(len(names) for _, _, names in os.walk(directory))


def timed(command, home, mail):
    os.sync()
    begun = time.monotonic()
    done = subprocess.run(command, env=home.environment, capture_output=True, text=True)
    took = time.monotonic() - begun
    if done.returncode != 0 or files(mail) < COUNT:
        raise RuntimeError(f'{command[0]} brought {files(mail)} of {COUNT}: {done.stderr}')
    return took


class Place:
    """Where homes are made."""

    def __init__(self, directory):
        self.directory = directory

    def home(self):
        return library.Home(self)


def postern(bench, place, server):
    home = place.home()
    home.account(server.account + '\n[sync]\nbodies = everything\n')
    took = timed([bench.postern, 'sync', '--quiet'], home, home.directory + '/cache/postern')
    home.remove()
    return took


def mbsync(place, server, is_synced):
    home = place.home()
    password = home.write('password', server.password)
    config = home.write('mbsyncrc', ('' if is_synced else 'FSync no\n\n') +
                        f'IMAPStore far\nHost localhost\nPort {server.imaps}\nUser alice\nPassCmd "cat {password}"\nSSLType IMAPS\n'
                        f'CertificateFile {server.ca}\n\nMaildirStore near\nPath {home.directory}/md/\nInbox {home.directory}/md/INBOX\n'
                        'SubFolders Verbatim\n\nChannel all\nFar :far:\nNear :near:\nPatterns INBOX\nCreate Near\nSyncState *\n')
    os.makedirs(home.directory + '/md')
    took = timed(['mbsync', '-q', '-c', config, '-a'], home, home.directory + '/md')
    home.remove()
    return took


def measure(bench, server, place, where, wanted):
    rate = lambda measured: COUNT / bench.least(measured)
    values = {'bare loop': rate(lambda: bare(server)), 'postern': rate(lambda: postern(bench, place, server))}
    values['mbsync'] = rate(lambda: mbsync(place, server, True)) if bench.has('mbsync') else 'missing'
    bench.row(f'full pull of {COUNT} messages of 17 KB{where}', 'messages/s', '', values)
    if bench.has('mbsync'):
        ratio = values['postern'] / values['mbsync']
        bench.row('  of mbsync\'s speed', 'ratio', wanted, {'postern': ratio, 'bare loop': values['bare loop'] / values['mbsync']},
                  ratio >= 2 if wanted else None)
        unsynced = rate(lambda: mbsync(place, server, False))
        bench.row('  of mbsync\'s speed with FSync no', 'ratio', '', {'postern': values['postern'] / unsynced})


def run(bench):
    server = bench.server()
    memory = tempfile.mkdtemp(prefix='postern-bench-', dir='/dev/shm') if os.access('/dev/shm', os.W_OK) else None
    try:
        server.fill(COUNT, Body())
        bare(server)
        measure(bench, server, bench, '', '≥ 2')
        if memory is not None:
            measure(bench, server, Place(memory), ' (RAM disk)', '')
    finally:
        server.stop()
        if memory is not None:
            shutil.rmtree(memory, ignore_errors=True)
