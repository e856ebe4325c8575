"""Checks that an entry is in a signed log: python3 check_proof.py ENTRY PROOF KEY

ENTRY is the file of the entry, PROOF a proof of the form c2sp.org/tlog-proof@v1, KEY the public key of the log as the
office announced it (name+hash+base64). Needs Python 3.8 and nothing else. Ends with 0 where everything holds.

Sources: C2SP tlog-proof, tlog-checkpoint and signed-note; RFC 9162, section 2.1.3.2; RFC 8032, section 5.1.7.
"""
import base64
import hashlib
import sys

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def add(a, b):
    """Adds points of edwards25519 in extended coordinates."""
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g = 2 * a[3] * b[3] * D % P
    h = 2 * a[2] * b[2] % P
    i, j, k, l = f - e, h - g, h + g, f + e
    return i * j % P, k * l % P, j * k % P, i * l % P


def times(n, point):
    total = (0, 1, 1, 0)
    while n:
        if n & 1:
            total = add(total, point)
        point = add(point, point)
        n >>= 1
    return total


def point(raw):
    """The point that 32 bytes stand for, or None."""
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def is_signed(key, message, signature):
    base = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
    public, r, s = point(key), point(signature[:32]), int.from_bytes(signature[32:], "little")
    if public is None or r is None or s >= ORDER or len(signature) != 64:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    a, b = times(s, base), add(r, times(h, public))
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def root_of(entry, index, size, siblings):
    """The root that the siblings lead to, or None."""
    node, last, value = index, size - 1, hashlib.sha256(b"\0" + entry).digest()
    for sibling in siblings:
        if last == 0:
            return None
        if node & 1 or node == last:
            value = hashlib.sha256(b"\1" + sibling + value).digest()
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            value = hashlib.sha256(b"\1" + value + sibling).digest()
        node, last = node >> 1, last >> 1
    return value if last == 0 and index < size else None


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    entry = open(sys.argv[1], "rb").read()
    head, checkpoint = open(sys.argv[2], encoding="utf-8", newline="").read().split("\n\n", 1)
    lines = [line for line in head.split("\n") if not line.startswith("extra ")]
    if lines[0] != "c2sp.org/tlog-proof@v1":
        sys.exit("not a proof of the form c2sp.org/tlog-proof@v1")
    index = int(lines[1].split(" ")[1])
    siblings = [base64.b64decode(line, validate=True) for line in lines[2:]]
    name, key_id, key = sys.argv[3].split("+", 2)
    key = base64.b64decode(key, validate=True)
    if hashlib.sha256(name.encode() + b"\n" + key).digest()[:4].hex() != key_id or key[0] != 1:
        sys.exit("the key is not an Ed25519 key of the form name+hash+base64")
    text, signatures = checkpoint.split("\n\n", 1)
    text += "\n"
    origin, size, root = text.split("\n")[:3]
    signed = False
    for line in signatures.splitlines():
        mark, who, blob = line.split(" ", 2)
        blob = base64.b64decode(blob, validate=True)
        if mark == "\u2014" and who == name and blob[:4].hex() == key_id:
            signed = is_signed(key[1:], text.encode(), blob[4:])
    if not signed or origin != name:
        sys.exit("the checkpoint is not signed with this key")
    if root_of(entry, index, int(size), siblings) != base64.b64decode(root, validate=True):
        sys.exit("the proof does not lead to the root of the checkpoint")
    print(f"entry {index} of {size} is in the log {origin}")


main()
