# SPDX-License-Identifier: MIT
"""Mail in many scripts and random queries over it, in postern's words and in notmuch's: words are quoted on both sides, because a bare word is the
beginning of one to postern and a stem to notmuch."""
import base64, email.utils, json, os, random, subprocess, time

LATIN = ("engine analytic compiler lecture harbour violet thunder meadow lantern copper marble pepper saddle velvet walnut "
         "Müller Straße façade naïve Łódź żółty smörgås piñata dağ ışık coöperate").split()
OTHER = "письмо встреча договор λόγος επιστολή ταχυδρομείο رسالة اجتماع".split()
PEOPLE = [("Ada Lovelace", "ada@analytical.test"), ("Grace Hopper", "grace@navy.test"), ("Łukasz Żółć", "lukasz@poczta.test"),
          ("Jürgen Groß", "juergen@post.test"), ("Иван Петров", "ivan@pochta.test"), ("Kurt Gödel", "kurt@logik.test")]
FILES = ["ledger.pdf", "blueprint.png", "minutes.ics"]
EPOCH, DAYS = 1735689600, 300  # 2025


def encoded(text):
    return f"=?utf-8?B?{base64.b64encode(text.encode()).decode()}?="


def words(rng, count):
    # A few rare ones make queries that find little.
    return [rng.choice(LATIN + OTHER) if rng.random() < 0.9 else f"rare{rng.randrange(20000)}" for _ in range(count)]


def message(rng, number):
    name, address = rng.choice(PEOPLE)
    to_name, to_address = rng.choice(PEOPLE)
    subject = encoded(" ".join(words(rng, rng.randint(1, 5))))  # in one line: notmuch reads no further
    date = email.utils.formatdate(EPOCH + rng.randrange(0, DAYS) * 86400 + rng.randrange(3600, 80000))
    body = base64.encodebytes((" ".join(words(rng, rng.randint(3, 60))) + "\n").encode()).decode()
    head = (f"From: {encoded(name)} <{address}>\nTo: {encoded(to_name)} <{to_address}>\nSubject: {subject}\nDate: {date}\n"
            f"Message-ID: <m{number}@corpus.test>\nMIME-Version: 1.0\n")
    text = f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n{body}"
    if rng.random() >= 0.2:
        return head + text
    return (f'{head}Content-Type: multipart/mixed; boundary="b"\n\n--b\n{text}\n--b\nContent-Type: application/octet-stream\n'
            f'Content-Disposition: attachment; filename="{rng.choice(FILES)}"\n\nxxxx\n--b--\n')


def fill(rng, maildir, count):
    for box in ("cur", "new", "tmp"):
        os.makedirs(f"{maildir}/{box}")
    for number in range(count):
        flags = "".join(flag for flag in "FRS" if rng.random() < 0.4)
        with open(f"{maildir}/cur/{number}.h:2,{flags}", "w", newline="") as file:
            file.write(message(rng, number))


def leaf(rng):
    kind, word = rng.randrange(9), rng.choice(LATIN + OTHER)
    if kind <= 2:
        return f'"{word}"', f'"{word}"'
    if kind == 3:
        phrase = " ".join(rng.choices(LATIN, k=2))
        return f'"{phrase}"', f'"{phrase}"'
    if kind == 4:
        return f'subject:"{word}"', f'subject:"{word}"'
    if kind == 5:
        name = rng.choice(rng.choice(PEOPLE)[0].split())
        return f'from:"{name}"', f'from:"{name}"'
    if kind == 6:
        return rng.choice([("is:unread", "tag:unread"), ("is:starred", "tag:flagged"), ("is:answered", "tag:replied")])
    if kind == 7:
        name = rng.choice(FILES).split(".")[0]
        return f'attachment:"{name}"', f'attachment:"{name}"'
    day = time.strftime("%Y-%m-%d", time.gmtime(EPOCH + rng.randrange(0, DAYS) * 86400))
    return f"after:{day}", f"date:{day}.."


def query(rng, depth=0):
    """(postern, notmuch)"""
    kind = rng.randrange(6) if depth < 3 else 5
    if kind >= 4:
        return leaf(rng)
    first, second = query(rng, depth + 1), query(rng, depth + 1)
    if kind == 0:
        return f"({first[0]} OR {second[0]})", f"({first[1]} or {second[1]})"
    if kind == 1:
        return f"({first[0]} -{second[0]})", f"({first[1]} and not {second[1]})"
    return f"({first[0]} {second[0]})", f"({first[1]} and {second[1]})"


def found_by_postern(postern, environment, text):
    out = subprocess.run([postern, "search", "--json", text], env=environment, capture_output=True, text=True)
    return {json.loads(line)["message_id"].strip("<>") for line in out.stdout.splitlines()}, out.stderr.strip()


def found_by_notmuch(environment, text):
    out = subprocess.run(["notmuch", "search", "--output=messages", "--", text], env=environment, capture_output=True, text=True)
    return {line.removeprefix("id:") for line in out.stdout.split()}, out.stderr.strip()


def compare(rng, postern, environment, count):
    """How many queries find the same; those that do not are printed."""
    same = 0
    for _ in range(count):
        ours, theirs = query(rng)
        (mine, my_words), (other, their_words) = found_by_postern(postern, environment, ours), found_by_notmuch(environment, theirs)
        same += mine == other
        if mine != other:
            print(f"{ours}\n    {theirs}\n    only postern: {len(mine - other)} {sorted(mine - other)[:3]}, only notmuch: {len(other - mine)} "
                  f"{sorted(other - mine)[:3]} {my_words} {their_words}")
    return same


def prepare(rng, home, environment, count):
    """A Maildir of so many messages, and the settings of both programs for it. What is left is to run them."""
    fill(rng, f"{home}/mail/Maildir", count)
    os.makedirs(f"{home}/config/postern/accounts", exist_ok=True)
    with open(f"{home}/config/postern/accounts/local.conf", "w") as file:
        file.write(f"[account]\nname = Local\nfrom = me@corpus.test\n\n[incoming]\nprotocol = maildir\npath = {home}/mail/Maildir\n\n"
                   "[outgoing]\nprotocol = sendmail\ncommand = true\n")
    with open(f"{home}/notmuch.conf", "w") as file:
        file.write(f"[database]\npath={home}/mail\n[user]\nname=me\nprimary_email=me@corpus.test\n[new]\ntags=unread;inbox\n"
                   "[maildir]\nsynchronize_flags=true\n")
    environment.update(NOTMUCH_CONFIG=f"{home}/notmuch.conf", TZ="UTC")
