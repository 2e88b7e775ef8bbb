"""The self-check: two replays with different names and accounts.

What contains the names or the account of the first run must contain those of the second in the same place; and a value that the recording has
a reference for, because it changes from run to run, must not be the same in both, unless the request itself gave it.
"""
import json

from parity import values


def check(first, second):
    """Turns a matched result into a difference where the second run shows that the value is not determined by the request."""
    for a, b in zip(first, second):
        if a.status != "matched" or b.response is None or a.response is None:
            continue
        found = list(compare(a, b))
        if found:
            a.status = "differs"
            a.differences = found


def compare(a, b):
    rename = {getattr(a.run, n): getattr(b.run, n) for n in ("token", "account", "second")}
    given = json.dumps(a.call.params, default=str)
    yield from walk(a.call.recorded, a.response, b.response, rename, given, "")


def walk(recorded, a, b, rename, given, path):
    if isinstance(recorded, (dict, list)) and isinstance(a, str) and isinstance(b, str):   # JSON in a text, which the recorder read
        try:
            a, b = json.loads(a), json.loads(b)
        except ValueError:
            pass
    if isinstance(a, dict) and isinstance(b, dict):
        if isinstance(recorded, dict) and any(values.REFERENCE.fullmatch(k) for k in recorded):   # a map whose keys change from run to run
            if len(a) != len(b) or set(a) & set(b):
                yield values.Difference(path, sorted(a), sorted(b), "keys that should have changed in the second run")
            return
        if set(a) != {renamed(k, rename) for k in a} or set(a) != set(b):
            if {renamed(k, rename) for k in a} != set(b):
                yield values.Difference(path, sorted(a), sorted(b), "other members in the second run")
                return
        for k in a:
            r = recorded.get(k) if isinstance(recorded, dict) else None
            yield from walk(r, a[k], b[renamed(k, rename)], rename, given, f"{path}.{k}".lstrip("."))
    elif isinstance(a, list) and isinstance(b, list):
        if len(a) != len(b):
            yield values.Difference(path, len(a), len(b), "another number of entries in the second run")
        elif all(not isinstance(x, (dict, list)) for x in a):
            for x, y in zip(sorted(renamed(v, rename) if isinstance(v, str) else str(v) for v in a), sorted(map(str, b))):
                if any(new in x for new in rename.values()) and x != y:
                    yield values.Difference(path, x, y, "does not follow the names of the request")
        else:
            for i, (x, y) in enumerate(zip(a, b)):
                yield from walk(recorded[i] if isinstance(recorded, list) and i < len(recorded) else None, x, y, rename, given, f"{path}[{i}]")
    elif isinstance(a, str):
        expected = renamed(a, rename)
        partly = isinstance(recorded, str) and values.PLACEHOLDER.search(recorded)  # parts of it are random in either run
        follows = all(a.count(old) == str(b).count(new) for old, new in rename.items()) if partly else expected == b
        if expected != a and not follows:
            yield values.Difference(path, expected, b, "does not follow the names of the request")
        reference = isinstance(recorded, str) and values.REFERENCE.fullmatch(recorded) and not values.is_time(recorded)
        if reference and a == b and a not in given and not by_content(recorded):
            yield values.Difference(path, recorded, a, "the same in two runs")


def renamed(value, rename):
    for old, new in rename.items():
        value = value.replace(old, new) if isinstance(value, str) else value
    return value


def by_content(placeholder):
    """References to what is computed from the content, to a Region, a state, a server's certificate or the place in a new topic: the same in both runs."""
    return any(word in placeholder.lower() for word in ("md5", "m-d5", "sha", "crc", "checksum", "etag", "e-tag", "hash", "region", "status", "signing-cert-file", "sequence-number"))
