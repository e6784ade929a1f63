#!/usr/bin/env python3
"""Checks an evidence archive (docs/audit-log.md) with Python 3.8 alone: says "Sound", or names the first bad line and exits with 1."""
import argparse, base64, functools, hashlib, json, re, struct, sys
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493  # Ed25519 (RFC 8032, 5.1.7), only what verifying needs
D, ROOT = -121665 * pow(121666, 2**255 - 21, P) % P, pow(2, (P - 1) // 4, P)
def point(octets):
    sign, y = divmod(int.from_bytes(octets, "little"), 1 << 255)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square: x = x * ROOT % P
    need(y < P and x * x % P == square and (x or not sign), "signature")
    x = x if x & 1 == sign else P - x
    return x, y, 1, x * y % P
def add(p, q):
    a, b, c, d = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P, 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    return (b - a) * (d - c) % P, (d + c) * (b + a) % P, (d - c) * (d + c) % P, (b - a) * (b + a) % P
def times(n, p): return functools.reduce(lambda q, bit: add(add(q, q), p) if bit == "1" else add(q, q), bin(n)[2:], (0, 1, 1, 0))
def is_signed(key, message, signature):
    s = int.from_bytes(signature[32:], "little")
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    a, b = times(s, point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))), add(point(signature[:32]), times(h, point(key)))
    return s < L and (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0
sha, b64 = lambda octets: hashlib.sha256(octets).digest(), lambda octets: base64.b64encode(octets).decode()
def node(left, right): return sha(b"\1" + left + right)  # the tree (RFC 9162, section 2.1) and its leaves
text, maybe = lambda t: struct.pack(">I", len(t.encode())) + t.encode(), lambda t: b"\0" if t is None else b"\1" + text(t)
def leaf(e):
    return sha(b"\0LKA1" + struct.pack(">qq", e["index"], e["at"]) + text(e["actor_kind"]) + maybe(e["actor_id"]) + text(e["action"])
               + text(e["outcome"]) + b"".join(maybe(e[name]) for name in ("outcome_code", "tenant", "connection", "subject"))
               + (b"\0" if e["generation"] is None else b"\1" + struct.pack(">Q", e["generation"])) + maybe(e["key_id"]))
def root_of(peaks): return functools.reduce(lambda root, peak: node(peak, root), peaks[::-1])
def is_consistent(old, new, hashes, old_root, new_root):
    rest, own, last = ([old_root] if old & (old - 1) == 0 else []) + hashes, old - 1, new - 1
    while own & 1: own, last = own >> 1, last >> 1
    a = b = rest[0]
    for sibling in rest[1:]:
        if last == 0: return False
        if own & 1 or own == last:
            a, b = node(sibling, a), node(sibling, b)
            while own and not own & 1: own, last = own >> 1, last >> 1
        else: b = node(b, sibling)
        own, last = own >> 1, last >> 1
    return last == 0 and (a, b) == (old_root, new_root)
class Bad(Exception): pass  # signed notes (C2SP) and the archive's lines
def need(so, what, entry=None):
    if not so: raise Bad("line %d%s: %s" % (Lines.count, ", entry %d" % entry if entry else "", what))
def signer(note, origin, keys):  # None: a key that is not among these
    body, line = note.split("\n\n", 1)
    blob = base64.b64decode(line[len(origin) + 3:-1], validate=True)
    need(line == "\u2014 %s %s\n" % (origin, b64(blob)) and len(blob) == 68, "signature")
    key = next((key for key in keys if sha(origin.encode() + b"\n\1" + key["raw"])[:4] == blob[:4]), None)
    need(not key or is_signed(key["raw"], (body + "\n").encode(), blob[4:]), "signature")
    return key
def checkpoint(note, name, keys):
    origin, size, root, time = note.split("\n\n", 1)[0].split("\n")
    need(note.startswith("%s\n%d\n%s\ntime %d\n\n" % (origin, int(size), root, int(time[5:]))) and name in (None, origin), "signature")
    return int(size), base64.b64decode(root, validate=True), signer(note, origin, keys), int(time[5:]), origin
def kept(notes, keys):  # what is torn or signed by nobody accuses nobody
    for note in notes:
        try: yield checkpoint(note, None, keys)
        except (Bad, ValueError, IndexError): pass
class Lines:
    count = 0
    def __init__(self, file): self.file, self.hash, self.ahead = file, hashlib.sha256(), file.readline()
    def next(self, kind, names=None):
        raw, self.ahead, Lines.count = self.ahead, self.file.readline(), Lines.count + 1
        need(raw, "the archive ends here")
        value = json.loads(raw.decode())
        need(raw.decode() == json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n", "not in its one form")
        need(list(value) == [kind] and (not names or list(value[kind]) == names.split()), "another line belongs here")
        self.hash.update(raw)
        return value[kind]
ENTRY = "index at actor_kind actor_id action outcome outcome_code tenant connection subject generation key_id hash"
ROTATING = (r"data_key\.(generated|promoted|retired|destr\w+|oldest_opening_set)|reseal\.(begun|paused|completed)|audit\.key_(created|replaced)"
            r"|root_key\.(created|replaced|exported)|emergency_rotation\.(begun|completed)|client_secret\.changed")
FIGURES = "state records created activated retired destroyed"
def check(file, trusted, elsewhere):
    lines, keys, points = Lines(file), [], []
    head = lines.next("archive", "format origin size root")
    origin, size = head["origin"], head["size"]
    need(head["format"] == 1 and size > 0, "no archive of format 1")
    while not keys or lines.ahead.startswith(b'{"audit_key":'):
        key = lines.next("audit_key", "id public_key entry")
        key["raw"] = base64.b64decode(key["public_key"], validate=True)
        need((keys[-1]["entry"] if keys else 0) < key["entry"] <= size, "an audit key in the wrong place")
        keys.append(key)
    first = keys[0]["raw"]
    trust = "%s+%s+%s" % (origin, sha(origin.encode() + b"\n\1" + first)[:4].hex(), b64(b"\1" + first))
    is_named = origin == "latchkey.audit/" + sha(first)[:8].hex() and trusted in (None, trust)
    need(is_named, "not the first key of this log, or not the one that was named")
    rightful = lambda n: ([keys[0]] + [key for key in keys if key["entry"] < n])[-1]
    while not points or points[-1][0] < size:
        n, root, key = checkpoint(lines.next("checkpoint"), origin, keys)[:3]
        need((points[-1][0] if points else 0) < n <= size and key is rightful(n), "a checkpoint in the wrong place")
        points.append((n, root))
    need(b64(points[-1][1]) == head["root"], "another root was signed")
    for key in keys[1:]: need(key["entry"] in dict(points), "a key without the last word of the one before it")
    others, given, fits = list(kept(elsewhere, keys)), 0, set()
    due, peaks, vouched, introduced, counted = sorted(set(points + [o[:2] for o in others])), [], 0, [], []
    summary = {"configuration": None, "rotations": [], "proofs": [], "failures": []}
    for index in range(1, size + 1):
        entry = lines.next("entry", ENTRY)
        need(entry["index"] == index, "another entry belongs here", index)
        need(b64(leaf(entry)) == entry["hash"], "the entry is not the one that was hashed", index)
        hash, count = base64.b64decode(entry["hash"]), index
        while count & 1 == 0: hash, count = node(peaks.pop(), hash), count >> 1
        peaks.append(hash)
        what, outcome, subject = entry["action"], entry["outcome"], entry["subject"]
        if what in ("audit.key_created", "audit.key_replaced"): introduced.append((index, subject))
        if what == "service.started" and subject is not None: summary["configuration"] = subject
        if what == "data_key.counted": counted = [one for one in counted if counted[-1][0] == index - 1] + [(index, subject)]
        told = re.fullmatch(ROTATING, what), what == "rotation.verified", outcome == "failed"
        for part, is_told in zip(("rotations", "proofs", "failures"), told): summary[part] += [index] if is_told else []
        for at in re.findall(r"^backup\.restored succeeded .* abandoned=\d+,(\d+),[^,]+$", "%s %s %s" % (what, outcome, subject)):
            given = max(given, int(at))
        while due and due[0][0] <= index:
            n, root = one = due.pop(0)
            if root_of(peaks) == root: fits, vouched = fits | {one}, n
            need(one in fits or one not in points, "one of entries %d to %d was replaced" % (vouched + 1, n), vouched + 1)
    for n, root, key, at, name in others:  # of this log, of a larger one, or of one that an entry gives up for a restored one
        fit = (n, root) in fits and key is rightful(n) if n <= size else name == origin
        need(fit or at <= given, "a checkpoint of %d entries that was kept elsewhere is of another log" % n)
    for key in keys: key["said"] = key["entry"], key["id"] + " " + base64.urlsafe_b64encode(key["raw"]).decode()[:-1]
    need(introduced == [key["said"] for key in keys], "the entries introduce other keys")
    for n, root in points[:-1]:
        proof = lines.next("consistency", "from to hashes")
        hashes = [base64.b64decode(hash, validate=True) for hash in proof["hashes"]]
        need((proof["from"], proof["to"]) == (n, size) and is_consistent(n, size, hashes, root, points[-1][1]), "no proof")
    for one in counted:
        key = lines.next("data_key", "entry id " + FIGURES)
        said = " ".join([key["id"]] + ["%s=%s" % (n, "-" if key[n] is None else key[n]) for n in FIGURES.split()])
        need((key["entry"], said) == one, "another inventory was counted")
    need(lines.next("summary", "configuration rotations proofs failures") == summary, "the entries say something else")
    digest, note = lines.hash.digest(), lines.next("seal")
    is_over = note.split("\n\n")[0] == "latchkey evidence 1\n%s\n%d\n%s" % (origin, size, b64(digest))
    need(is_over and signer(note, origin, keys) is rightful(size), "the seal is over another text, or another's")
    if lines.ahead: lines.next("nothing")  # Behind the seal nothing belongs.
    return "Sound: %d entries, %d checkpoints, %d kept elsewhere agree.\nSigned by the log of this key: %s" % (
        size, len(points), sum(o[:2] in fits for o in others), trust)
def notes(path):
    lines = open(path, encoding="utf-8").read().split("\n")
    return ["\n".join(lines[i - 5:i + 1]) + "\n" for i in range(5, len(lines) - 1) if lines[i].startswith("\u2014 ")]
if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive")
    parser.add_argument("--key", help="the log's first public key, NAME+HASH+KEY, if you know it from elsewhere")
    parser.add_argument("--checkpoints", action="append", default=[], help="a file of checkpoints kept elsewhere")
    options = parser.parse_args()
    try: print(check(open(options.archive, "rb"), options.key, [n for path in options.checkpoints for n in notes(path)]))
    except Bad as bad: sys.exit("NOT SOUND, %s" % bad)
    except (ValueError, LookupError, TypeError, AttributeError, struct.error): sys.exit("NOT SOUND, line %d: no line" % Lines.count)
