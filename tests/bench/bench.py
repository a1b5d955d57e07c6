# SPDX-License-Identifier: MIT
"""What the cases of tests/bench share: the tests' own Dovecot, a home directory, a terminal with a program in it, and the table.

A case is a file case_NAME.py with a function run(bench). It calls bench.row(name, unit, wanted, {program: value, ...}) for each line of the table;
a value may be a number, or a string that says why there is none ("missing"). Everything a case makes lies below bench.directory."""
import base64, errno, fcntl, os, pty, re, select, shutil, signal, socket, ssl, struct, subprocess, tempfile, termios, threading, time

PEERS = ('neomutt', 'mutt', 'mbsync', 'notmuch')


class Server:
    """The tests' Dovecot (tests/servers), alice's mailbox in it."""

    def __init__(self, serve):
        self.process = subprocess.Popen([serve], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if line.startswith('tls-ca-file') and any('outgoing' in each for each in lines):
                break
        self.account = ''.join(lines)
        found = re.search(r'directory (\S+); imap \(STARTTLS\) (\d+), imaps (\d+)', lines[0]) if lines else None
        if found is None:
            raise RuntimeError('the server of the tests did not start')
        self.directory, self.imap, self.imaps = found[1], int(found[2]), int(found[3])
        self.ca = self.directory + '/ca.pem'
        self.password = re.search(r'^password = (.*)$', self.account, re.M)[1].replace('\\\\', '\\')

    def doveadm(self, *arguments, text=None):
        return subprocess.run(['doveadm', '-c', self.directory + '/dovecot.conf', *arguments], input=text, capture_output=True, text=True)

    def fill(self, count, body='Body of {i}\n', folder=''):
        """count messages into a folder of the Maildir; Dovecot indexes them before anybody measures."""
        home = f'{self.directory}/home/alice/Maildir' + (f'/.{folder}' if folder else '')
        for part in ('cur', 'new', 'tmp'):
            os.makedirs(f'{home}/{part}', exist_ok=True)
        now = int(time.time())
        for i in range(count):
            when = now - (count - i) * 60
            date = time.strftime('%a, %d %b %Y %H:%M:%S +0000', time.gmtime(when))
            with open(f'{home}/cur/{when}.M{i}P1.bench:2,{"S" if i % 3 else ""}', 'w') as out:
                out.write(f'From: Person {i % 97} <p{i % 97}@example.test>\nTo: alice@example.test\nSubject: Message number {i}\n'
                          f'Message-ID: <m{i}.{folder}@bench>\nDate: {date}\nContent-Type: text/plain; charset=utf-8\n\n' + body.format(i=i))
        if os.getuid() == 0:
            subprocess.run(['chown', '-R', 'mail:mail', f'{self.directory}/home/alice'], check=False)
        self.doveadm('index', '-u', 'alice', folder or 'INBOX')
        with self.connect() as line: # once: Dovecot's own cache is warm for all who are measured
            line.ask(f'SELECT "{folder or "INBOX"}"')
            line.ask(f'FETCH 1:* {ITEMS}')

    def deliver(self, subject, body='hello\n'):
        date = time.strftime('%a, %d %b %Y %H:%M:%S +0000', time.gmtime())
        return self.doveadm('save', '-u', 'alice', '-m', 'INBOX', text=f'From: Bob <bob@example.test>\nTo: alice@example.test\nSubject: {subject}\n'
                            f'Message-ID: <{time.time_ns()}@bench>\nDate: {date}\n\n{body}')

    def connect(self):
        return Line(self)

    def stop(self):
        self.process.terminate()
        self.process.wait()


# What postern asks for of many messages (core/sync_imap.c, core/header_envelope.h).
ITEMS = ('(UID FLAGS INTERNALDATE RFC822.SIZE BODYSTRUCTURE BODY.PEEK[HEADER.FIELDS (DATE FROM REPLY-TO TO CC SUBJECT MESSAGE-ID IN-REPLY-TO '
         'REFERENCES LIST-ID)])')
# What others ask for, and what makes a server work more: each envelope is made anew.
ENVELOPES = '(UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE BODY.PEEK[HEADER.FIELDS (REFERENCES LIST-ID)])'


class Line:
    """An IMAP connection that reads and throws away: the bare loop."""

    def __init__(self, server):
        context = ssl.create_default_context(cafile=server.ca)
        self.socket = context.wrap_socket(socket.create_connection(('127.0.0.1', server.imaps)), server_hostname='localhost')
        self.number, self.rest = 0, b''
        self.read_until(b'\r\n')
        self.ask('AUTHENTICATE PLAIN ' + base64.b64encode(f'\0alice\0{server.password}'.encode()).decode())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def read_until(self, end):
        tail, total = b'', 0
        while end not in tail:
            data = self.socket.recv(262144)
            if not data:
                raise EOFError(tail)
            total += len(data)
            tail = tail[-len(end) - 200:] + data
        return tail, total

    def send(self, words):
        self.number += 1
        self.socket.sendall(f'b{self.number} {words}\r\n'.encode())

    def ask(self, words):
        self.send(words)
        return self.read_until(f'b{self.number} OK'.encode())


class Proxy:
    """Between a client and the server's IMAP port, in the clear (on this machine only): when was mail announced, how often was an answer waited for?"""

    def __init__(self, port):
        self.port, self.announced_at, self.rounds = port, None, 0
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.here = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def account(self, text):
        """The account file with this in the way."""
        text = re.sub(r'(?ms)(^\[incoming\].*?)^port = \d+', rf'\1port = {self.here}', text, count=1)
        return re.sub(r'(?ms)(^\[incoming\].*?)^security = \w+', r'\1security = plain', text, count=1)

    def accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.relay, args=(client, socket.create_connection(('127.0.0.1', self.port))), daemon=True).start()

    def relay(self, client, server):
        was_server = True
        try:
            while True:
                for ready in select.select([client, server], [], [])[0]:
                    data = ready.recv(262144)
                    if not data:
                        return
                    if ready is server and len(data) < 4096 and b' EXISTS' in data:
                        self.announced_at = time.monotonic()
                    self.rounds += ready is client and was_server
                    was_server = ready is server
                    (client if ready is server else server).sendall(data)
        except OSError:
            pass
        finally:
            client.close()
            server.close()

    def close(self):
        self.listener.close()


class Home:
    """A person who begins: own directories for everything."""

    def __init__(self, bench):
        self.directory = tempfile.mkdtemp(dir=bench.directory)
        self.environment = {'HOME': self.directory, 'PATH': os.environ['PATH'], 'LANG': 'C.UTF-8', 'TERM': 'xterm-256color',
                            'XDG_CONFIG_HOME': self.directory + '/config', 'XDG_DATA_HOME': self.directory + '/data',
                            'XDG_CACHE_HOME': self.directory + '/cache', 'XDG_RUNTIME_DIR': self.directory}

    def account(self, text, name='bench'):
        os.makedirs(self.directory + '/config/postern/accounts', exist_ok=True)
        path = f'{self.directory}/config/postern/accounts/{name}.conf'
        with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), 'w') as out:
            out.write(text)

    def write(self, name, text):
        path = os.path.join(self.directory, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w') as out:
            out.write(text)
        return path

    def remove(self):
        shutil.rmtree(self.directory, ignore_errors=True)


class Terminal:
    """A program on a pty of 24 x 80. What it writes is kept as text without its escape sequences, which is enough to know a word again."""

    def __init__(self, command, environment):
        self.seen, self.last, self.bytes = '', None, 0
        self.begun = time.monotonic()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], command, environment)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 80, 0, 0))
        os.kill(self.pid, signal.SIGWINCH)

    def read(self, timeout):
        if not select.select([self.fd], [], [], timeout)[0]:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError as why:
            if why.errno != errno.EIO:
                raise
            data = b''
        if not data:
            raise EOFError(self.seen[-500:])
        self.last = time.monotonic()
        self.bytes += len(data)
        if b'\x1b[6n' in data: # it repeats what it is told to, as xterm does
            os.write(self.fd, b'\x1b[2;4R')
        text = data.decode('utf-8', 'replace')
        self.seen = (self.seen + re.sub(r'\x1b(\[[0-9;?]*[a-zA-Z]|[()][0-9A-B]|[=>78M])|[\x00-\x08\x0e-\x1a]', '', text))[-100000:]
        return True

    def wait(self, word, timeout=30):
        """Seconds on the monotonic clock at which the word was there; None: it never was."""
        end = time.monotonic() + timeout
        while word not in self.seen:
            left = end - time.monotonic()
            if left <= 0:
                return None
            self.read(min(left, 0.05))
        return self.last

    def forget(self):
        self.seen = ''

    def send(self, keys):
        os.write(self.fd, keys.encode())

    def settle(self, quiet=0.1, limit=5):
        end = time.monotonic() + limit
        while time.monotonic() < end and self.read(quiet):
            pass

    def key(self, keys, quiet=0.03):
        """Milliseconds from the key to the last byte it caused."""
        while self.read(0):
            pass
        begun, self.last = time.monotonic(), None
        self.send(keys)
        while time.monotonic() < begun + 2:
            if not self.read(quiet) and (self.last is not None or time.monotonic() > begun + 0.3):
                break
        return (self.last - begun) * 1000 if self.last is not None else None

    def memory_mb(self):
        with open(f'/proc/{self.pid}/status') as status:
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith('VmRSS'))

    def close(self):
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class Bench:
    def __init__(self, build, options):
        self.build, self.options, self.rows = build, options, []
        self.directory = tempfile.mkdtemp(prefix='postern-bench-')
        self.postern = build + '/postern'
        self.peers = {name: shutil.which(name) for name in PEERS}

    def tool(self, name):
        return f'{self.build}/tests/bench/{name}'

    def server(self):
        return Server(self.build + '/tests/serve')

    def home(self):
        return Home(self)

    def has(self, peer):
        return self.peers[peer] is not None

    def least(self, measure):
        """The least of several tries: the machine's other work only ever adds."""
        return min(measure() for _ in range(self.options.tries))

    def row(self, name, unit, wanted, values, good=None):
        """good: True or False, whether what is wanted holds; None: nobody asked for it."""
        for peer, path in self.peers.items():
            if path is None and peer in values:
                values[peer] = 'missing'
        self.rows.append({'name': name, 'unit': unit, 'wanted': wanted, 'values': values, 'holds': good})
        print(self.line(self.rows[-1]), flush=True)

    columns = ('postern', 'bare loop', 'neomutt', 'mutt', 'mbsync', 'notmuch')

    def heading(self):
        return f'{"":46} ' + ' '.join(f'{name:>10}' for name in self.columns) + '  wanted'

    def line(self, row):
        def cell(value):
            return value if isinstance(value, str) else f'{value:.3g}' if value < 1000 else f'{value:.0f}'
        cells = ' '.join(f'{cell(row["values"].get(name, "")):>10}' for name in self.columns)
        verdict = {True: '✓ ', False: '✗ ', None: ''}[row['holds']]
        return f'{row["name"] + ", " + row["unit"]:46} {cells}  {verdict}{row["wanted"]}'

    def close(self):
        shutil.rmtree(self.directory, ignore_errors=True)
