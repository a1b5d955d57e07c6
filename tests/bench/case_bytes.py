# SPDX-License-Identifier: MIT
"""Bytes written to a terminal of 24 x 80 for each step of a day's work: the same mail, the same step, in postern, mutt and neomutt."""
import os, subprocess
from bench import Terminal

ACCOUNT = """[account]
name = Home
from = Alice <alice@example.test>
[incoming]
protocol = maildir
path = ~/Mail
[outgoing]
protocol = sendmail
command = /bin/true
"""
MUTTRC = """set folder = ~/Mail
set spoolfile = ~/Mail
set mbox_type = Maildir
set sort = reverse-date
set index_format = "%4C %Z %{%b %d} %-15.15L (%?l?%4l&%4c?) %s"
set delete = yes
set quit = yes
set mail_check = 600
set sleep_time = 0
set help = no
set trash = ~/Mail/.Trash
"""
# name, keys of postern, keys of mutt; each program is left where the next step of both begins
STEPS = (('down', 'j', 'j'), ('down again', 'j', 'j'), ('up', 'k', 'k'), ('page', '\x1b[6~', '\x1b[6~'), ('page back', '\x1b[5~', '\x1b[5~'),
         ('last', '\x1b[F', '*'), ('first', '\x1b[H', '='), ('open', '\r', '\r'), ('page in the message', ' ', ' '), ('next message', 'n', 'J'),
         ('back to the list', 'q', 'i'), ('mark', ' ', 't'), ('star', '*', 'F'), ('delete', 'd', 'd'), ('undo', 'u', 'ku'), ('help', '?', '?'),
         ('back from help', 'q', 'q'), ('filter', '/', 'l'), ('filter: a letter', 'x', 'x'))
# where mutt does something else (its last page is what remains, ours is full): counted and shown, but no judge of the step
OTHER = {'last', 'undo', 'help', 'back from help', 'filter', 'filter: a letter', 'mark'}


def fill(directory, count=200):
    for part in ('cur', 'new', 'tmp', '.Trash/cur', '.Trash/new', '.Trash/tmp'):
        os.makedirs(f'{directory}/{part}', exist_ok=True)
    for i in range(count):
        when = 1700000000 + i * 3600
        date = subprocess.run(['date', '-u', '-R', '-d', f'@{when}'], capture_output=True, text=True).stdout.strip()
        lines = ''.join(f'Line {n} of message {i}: the engine might compose elaborate pieces of music.\n' for n in range(60))
        with open(f'{directory}/cur/{when}.M{i}P1.bench:2,S', 'w') as out:
            out.write(f'From: Person {i % 17} <p{i % 17}@example.test>\nTo: alice@example.test\nSubject: Message number {i} about item {i * 7 % 31}\n'
                      f'Message-ID: <m{i}@bench>\nDate: {date}\nContent-Type: text/plain; charset=utf-8\n\n{lines}')


def count(screen, keys):
    screen.settle(quiet=0.15)
    before = screen.bytes
    screen.send(keys)
    screen.settle(quiet=0.4)
    return screen.bytes - before


def measure(command, environment, word, which):
    screen = Terminal(command, environment)
    if screen.wait(word, 30) is None:
        screen.close()
        raise RuntimeError(f'{command[0]}: the mail did not come: {screen.seen[-400:]}')
    screen.settle(quiet=1.5)
    took = {}
    for step in STEPS:
        took[step[0]] = count(screen, step[which])
    screen.close()
    return took


def run(bench):
    programs = {}
    for name in ('postern', 'mutt', 'neomutt'):
        if name != 'postern' and not bench.has(name):
            continue
        home = bench.home()
        fill(home.directory + '/Mail')
        if name == 'postern':
            home.account(ACCOUNT)
            subprocess.run([bench.postern, 'sync'], env=home.environment, capture_output=True)
            programs[name] = measure([bench.postern], home.environment, 'Message number 199', 1)
        else:
            rc = home.write('rc', MUTTRC)
            command = [bench.peers[name], '-n', '-F', rc, '-f', home.directory + '/Mail']
            programs[name] = measure(command, home.environment, 'Message number 199', 2)
        home.remove()
    for step, _, _ in STEPS:
        values = {name: took[step] for name, took in programs.items()}
        is_judged = step not in OTHER and 'mutt' in values
        bench.row(f'bytes: {step}', 'bytes', '≤ mutt' if is_judged else '', values, values['postern'] <= values['mutt'] if is_judged else None)
