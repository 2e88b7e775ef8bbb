"""Compares a recorded answer with ours.

A recorded answer has placeholders where the real value changes from run to run. The rules are those of the recording (shapes.md beside it):

- `<name:1>` (also `<name-1>` and `<name-0idx>`) is a reference. Throughout one test it stands for one value, and two numbers of one name stand
  for two values. Inside a longer text (an ARN, a message) it stands for that part of the text.
- `<name>` is some value: it has to be there. Inside a longer text it has to be a value that stood alone under that name in the same answer,
  if one did.
- `datetime`, `timestamp`, `date` are times.
- Everything else is a literal that our answer must have, with the same type. No member may be missing and none may be surplus.

`Bindings` lives as long as one replayed test; `compare` adds to it. Nothing here knows a service.
"""
import dataclasses
import datetime
import json
import re

PLACEHOLDER = re.compile(r"<[A-Za-z][A-Za-z0-9_.:/+ -]*>")
REFERENCE = re.compile(r"<(.+?)(?:[:-]\d+|[-_]\d+idx)>")
TIMES = {"datetime", "timestamp", "date", "last-updated-time", "<datetime>", "<timestamp>", "<date>"}
ISO = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?"
# Values that differ within one answer although they carry one placeholder.
FREE = {"<uuid>", "<request-id>", "<host-id>", "<id>", "<signature>"} | TIMES


@dataclasses.dataclass(frozen=True)
class Difference:
    path: str
    recorded: object
    ours: object
    why: str

    def __str__(self):
        return f"{self.path or '(answer)'}: {self.why}: recorded {short(self.recorded)}, ours {short(self.ours)}"


def short(value, limit=300):
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return repr(text[:limit] + "…") if len(text) > limit else (repr(text) if isinstance(value, str) else text)


class Bindings:
    """What the placeholders of one test stand for."""

    def __init__(self, known=None):
        self.values = dict(known or {})  # references and the fixed ones
        self.seen = {}  # unnumbered name → its values in the answer under comparison

    def taken_by_another(self, placeholder, value):
        """The other number of the same name that already stands for `value`."""
        name = REFERENCE.fullmatch(placeholder).group(1)
        for other, bound in self.values.items():
            m = REFERENCE.fullmatch(other)
            if other != placeholder and m and m.group(1) == name and bound == value:
                return other
        return None

    def bind(self, placeholder, value):
        """Why `placeholder` cannot stand for `value`, or None."""
        if placeholder in self.values:
            bound = self.values[placeholder]
            return None if bound == value else f"{placeholder} stood for {short(bound)} before"
        if is_time(placeholder) or not REFERENCE.fullmatch(placeholder):
            return None
        if other := self.taken_by_another(placeholder, value):
            return f"{other} and {placeholder} stand for one value"
        self.values[placeholder] = value
        return None


def is_time(placeholder):
    return placeholder in TIMES or placeholder.startswith("<timestamp:")


@dataclasses.dataclass
class Comparison:
    differences: list
    leaves: int = 0  # members and values compared
    matched: int = 0


def compare(recorded, ours, bindings, unordered=lambda path: False, bare=()):
    """Every difference between the two. Texts with several placeholders are compared last, when the others are bound.

    `bare`: words that stand for some value without angle brackets, as a service's recordings have them (`owner-id`)."""
    bindings.seen = {}  # unnumbered names hold within one answer
    work = _Work(bindings, unordered, bare)
    work.walk(recorded, ours, "")
    work.texts()
    return Comparison(work.differences, work.leaves, work.leaves - work.bad)


class _Work:
    def __init__(self, bindings, unordered, bare):
        self.bindings = bindings
        self.bare = bare
        self.unordered = unordered
        self.differences = []
        self.leaves = 0
        self.bad = 0
        self.later = []

    def differ(self, path, recorded, ours, why, leaves=1):
        self.bad += leaves
        self.differences.append(Difference(path, recorded, ours, why))

    def walk(self, recorded, ours, path):
        if isinstance(recorded, (dict, list)) and isinstance(ours, str):
            ours = decoded(ours)
        if isinstance(recorded, dict):
            self.walk_members(recorded, ours, path)
        elif isinstance(recorded, list):
            self.walk_list(recorded, ours, path)
        else:
            self.leaves += 1
            self.leaf(recorded, ours, path)

    def walk_members(self, recorded, ours, path):
        if not isinstance(ours, dict):
            self.leaves += 1
            return self.differ(path, recorded, ours, "another type")
        pairs, missing, surplus = pair_members(recorded, ours, self.bindings)
        for r, o in pairs:
            self.walk(recorded[r], ours[o], f"{path}.{r}" if path else str(r))
        for r in missing:
            n = count_leaves(recorded[r])
            self.leaves += n
            self.differ(f"{path}.{r}".lstrip("."), recorded[r], None, "missing", n)
        for o in surplus:
            self.leaves += 1
            self.differ(f"{path}.{o}".lstrip("."), None, ours[o], "surplus")

    def walk_list(self, recorded, ours, path):
        if not isinstance(ours, list):
            self.leaves += 1
            return self.differ(path, recorded, ours, "another type")
        if len(recorded) != len(ours):
            n = max(1, count_leaves(recorded))
            self.leaves += n
            return self.differ(path, recorded, ours, f"{len(ours)} entries instead of {len(recorded)}", n)
        if len(recorded) > 1 and self.unordered(path):
            ours = self.reordered(recorded, ours)
        for i, (r, o) in enumerate(zip(recorded, ours)):
            self.walk(r, o, f"{path}[{i}]")

    def reordered(self, recorded, ours):
        """Ours in the order of the recorded list, where each has a partner; as it is otherwise."""
        rest, order = list(ours), []
        for r in recorded:
            for i, o in enumerate(rest):
                trial = Bindings(self.bindings.values)
                if not compare(r, o, trial, self.unordered, self.bare).differences:
                    order.append(rest.pop(i))
                    break
            else:
                return ours
        return order

    def leaf(self, recorded, ours, path):
        if not isinstance(recorded, str):
            same = type(recorded) is type(ours) and recorded == ours
            if isinstance(recorded, (int, float)) and isinstance(ours, (int, float)) and not isinstance(recorded, bool) and not isinstance(ours, bool):
                same = recorded == ours
            return None if same else self.differ(path, recorded, ours, "another value")
        if recorded in self.bare:
            return self.differ(path, recorded, ours, "missing") if ours in (None, "") else None
        if recorded in TIMES or PLACEHOLDER.fullmatch(recorded):
            return self.placeholder(recorded, ours, path)
        if not isinstance(ours, str):
            return self.differ(path, recorded, ours, "another type" if ours is not None else "missing")
        if recorded != ours:
            self.later.append((recorded, ours, path))
        elif PLACEHOLDER.search(recorded):
            self.later.append((recorded, ours, path))

    def placeholder(self, recorded, ours, path):
        if ours is None or ours == "":
            return self.differ(path, recorded, ours, "missing")
        if is_time(recorded):
            return None if looks_like_time(ours) else self.differ(path, recorded, ours, "not a time")
        if recorded in self.bindings.values or REFERENCE.fullmatch(recorded):
            why = self.bindings.bind(recorded, ours)
            return self.differ(path, recorded, ours, why) if why else None
        if isinstance(ours, str):
            self.bindings.seen.setdefault(recorded, set()).add(ours)
        return None

    def texts(self):
        """Those with the fewest unbound placeholders first: each binds more for the next."""
        rest = list(self.later)
        while rest:
            rest.sort(key=lambda t: len({p for p in PLACEHOLDER.findall(t[0]) if p not in self.bindings.values}))
            recorded, ours, path = rest.pop(0)
            self.text(recorded, ours, path)

    def text(self, recorded, ours, path):
        first = None
        for loose in (False, True):
            pattern, groups = self.pattern(recorded, loose)
            m = re.fullmatch(pattern, ours, re.S)
            if not m:
                continue
            first = None
            for group, placeholder in groups.items():
                first = first or self.part(placeholder, m.group(group))
            if first is None:
                return
        self.differ(path, recorded, ours, first or "another text")

    def part(self, placeholder, value):
        if placeholder in FREE or is_time(placeholder):
            return None
        if REFERENCE.fullmatch(placeholder):
            return self.bindings.bind(placeholder, value)
        seen = self.bindings.seen.setdefault(placeholder, set())
        if seen and value not in seen:
            return f"{placeholder} stood for {short(sorted(seen)[0])} elsewhere"
        seen.add(value)
        return None

    def pattern(self, recorded, loose):
        """A regular expression of the text. Loose: what stood alone under an unnumbered name is not put in."""
        out, groups, at = [], {}, 0
        for m in re.finditer(PLACEHOLDER.pattern + r"|\bdate\b", recorded):
            out.append(re.escape(recorded[at:m.start()]))
            at, p = m.end(), m.group()
            seen = self.bindings.seen.get(p)
            if p == "date":
                out.append(f"(?:date|{ISO})")
            elif p in self.bindings.values:
                out.append(re.escape(str(self.bindings.values[p])))
            elif seen and not loose and p not in FREE:
                out.append("(?:" + "|".join(re.escape(s) for s in sorted(seen, key=len, reverse=True)) + ")")
            elif p in groups.values():
                out.append(f"(?P={next(g for g, name in groups.items() if name == p)})")
            else:
                groups[f"g{len(groups)}"] = p
                out.append(f"(?P<g{len(groups) - 1}>.+?)")
        out.append(re.escape(recorded[at:]))
        return "".join(out), groups


def pair_members(recorded, ours, bindings):
    """Members by name; a recorded name may have placeholders too (`<account-id>`, `<version_uuid:1>`: keys of maps). One that is bound to a value
    goes with the member of that name."""
    pairs = [(k, k) for k in recorded if k in ours]
    missing = [k for k in recorded if k not in ours]
    surplus = [k for k in ours if k not in recorded]
    for r in [k for k in missing if bindings.values.get(k) in surplus]:
        pairs.append((r, bindings.values[r]))
        missing.remove(r)
        surplus.remove(bindings.values[r])
    for r in [k for k in missing if PLACEHOLDER.search(str(k)) and k not in bindings.values]:
        pattern = "".join(".+?" if PLACEHOLDER.fullmatch(part) else re.escape(part) for part in re.split(f"({PLACEHOLDER.pattern})", r))
        if partner := next((o for o in surplus if re.fullmatch(pattern, str(o))), None):
            if REFERENCE.fullmatch(str(r)):
                bindings.bind(r, partner)
            pairs.append((r, partner))
            missing.remove(r)
            surplus.remove(partner)
    return pairs, missing, surplus


def count_leaves(value):
    if isinstance(value, dict):
        return sum(count_leaves(v) for v in value.values()) or 1
    if isinstance(value, list):
        return sum(count_leaves(v) for v in value) or 1
    return 1


def decoded(text):
    """JSON documents were recorded decoded."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def looks_like_time(value):
    if isinstance(value, (datetime.datetime, datetime.date)):
        return True
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value > 1_000_000_000
    return isinstance(value, str) and bool(re.fullmatch(r"\d{10,13}(\.\d+)?", value) or re.match(r"\d{4}-\d\d-\d\d", value)
                                           or re.match(r"[A-Z][a-z]{2}, \d\d ", value))
