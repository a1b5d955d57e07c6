# SPDX-License-Identifier: MIT
"""Bytes written to a terminal of 24 x 80 for each step of a day's work: the same mail, the same step, in postern, mutt and neomutt.

For what is written each has the same editor, which adds a line and ends at once; mutt asks for nothing it knows (fast_reply, include)."""
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
set fast_reply = yes
set include = yes
set sendmail = /bin/true
set trash = ~/Mail/.Trash
"""
# name, keys of postern, keys of mutt; each program is left where the next step of both begins
STEPS = (('down', 'j', 'j'), ('down again', 'j', 'j'), ('up', 'k', 'k'), ('page', '\x1b[6~', '\x1b[6~'), ('page back', '\x1b[5~', '\x1b[5~'),
         ('last', '\x1b[F', '*'), ('first', '\x1b[H', '='), ('open', '\r', '\r'), ('page in the message', ' ', ' '), ('next message', 'n', 'J'),
         ('back to the list', 'q', 'i'), ('mark', ' ', 't'), ('star', '*', 'F'), ('delete', 'd', 'd'), ('undo', 'u', 'ku'), ('help', '?', '?'),
         ('back from help', 'q', 'q'), ('filter', '/', 'l'), ('filter: a letter', 'x', 'x'))
ANSWERING = (('open', '\r', '\r'), ('reply with $EDITOR', 'r', 'r'), ('send the answer', 'y', 'y'))
# Letter by letter, as a person sees it; and in a run of its own: after an answer the seconds in which it can be taken back are counted on the screen.
WRITING = (('new message: begin', 'c', 'm'), ('new message: address', tuple('bob@example.test'), tuple('bob@example.test')),
           ('new message: to the subject', ('\t', '\t', '\t'), '\r'), ('new message: subject', tuple('hello'), tuple('hello')),
           ('new message: text in $EDITOR', '\r', '\r'), ('attach: ask', 'a', 'a'), ('attach: a file', '{home}/rc\r', '{home}/rc\r'),
           ('send the message', 'y', 'y'))
# where mutt does something else (its last page is what remains, ours is full): counted and shown, but no judge of the step
# (mutt has a prompt where postern has the whole form, and draws its menu after the editor)
OTHER = {'new message: begin', 'new message: to the subject', 'last', 'undo', 'help', 'back from help', 'filter', 'filter: a letter', 'mark'}


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
    for key in (keys,) if isinstance(keys, str) else keys:
        screen.send(key)
        screen.settle(quiet=0.4)
    return screen.bytes - before


def measure(command, environment, word, which, steps):
    screen = Terminal(command, environment)
    if screen.wait(word, 30) is None:
        screen.close()
        raise RuntimeError(f'{command[0]}: the mail did not come: {screen.seen[-400:]}')
    screen.settle(quiet=1.5)
    took = {}
    for step in steps:
        keys = step[which]
        took[step[0]] = count(screen, keys.replace('{home}', environment['HOME']) if isinstance(keys, str) else keys)
    screen.close()
    return took


def run(bench):
    programs = {}
    for name in ('postern', 'mutt', 'neomutt'):
        if name != 'postern' and not bench.has(name):
            continue
        home = bench.home()
        fill(home.directory + '/Mail')
        rc = home.write('rc', MUTTRC)
        editor = home.write('editor', '#!/bin/sh\necho hello >> "$1"\n')
        os.chmod(editor, 0o755)
        home.environment['EDITOR'] = home.environment['VISUAL'] = editor
        command, which = [bench.peers.get(name), '-n', '-F', rc, '-f', home.directory + '/Mail'], 2
        if name == 'postern':
            home.account(ACCOUNT)
            subprocess.run([bench.postern, 'sync'], env=home.environment, capture_output=True)
            command, which = [bench.postern], 1
        programs[name] = measure(command, home.environment, 'Message number 199', which, STEPS)
        answering = measure(command, home.environment, 'Message number 199', which, ANSWERING)
        writing = measure(command, home.environment, 'Message number 19', which, WRITING)
        programs[name].update((step, bytes) for step, bytes in (answering | writing).items() if step != 'open')
        programs[name]['new message: all'] = sum(bytes for step, bytes in writing.items() if step.startswith('new message'))
        home.remove()
    for step in programs['postern']:
        values = {name: took[step] for name, took in programs.items()}
        is_judged = step not in OTHER and 'mutt' in values
        bench.row(f'bytes: {step}', 'bytes', '≤ mutt' if is_judged else '', values, values['postern'] <= values['mutt'] if is_judged else None)
