"""Rewrites the models' patterns (Java's and JavaScript's dialects) for RE2, which refuses look-around, back references, repeats over 1000
(also when nested repeats multiply to more), \\uXXXX and Java's own \\p classes. What cannot be rewritten exactly is refused; such patterns
are then written by hand in models/patterns.toml, each with its reason."""

import re
import tomllib
from pathlib import Path

from .errors import refuse

LIMIT = 1000
# What has no other name in RE2 than a POSIX class; the rest of \p{…} are general categories and scripts, which RE2 has.
POSIX = {"Alpha": "alpha", "Alnum": "alnum", "ASCII": "ascii", "Blank": "blank", "Cntrl": "cntrl", "Digit": "digit", "Graph": "graph",
         "Lower": "lower", "Print": "print", "Punct": "punct", "Space": "space", "Upper": "upper", "XDigit": "xdigit"}
CATEGORY = re.compile(r"C[cfos]?|L[lmotu]?|M[cen]?|N[dlo]?|P[cdefios]?|S[ckmo]?|Z[lps]?|Latin|Greek|Cyrillic|Han|Hiragana|Katakana|Hangul|Arabic|Hebrew|Thai")


class Refused(Exception):
    pass


class HandList:
    """models/patterns.toml: [[pattern]] text, reason and either re2 (an equivalent) or by_hand = true (the service checks it)."""

    def __init__(self, path: Path | None):
        self.path, self.entries = path, {}
        if path is None or not path.is_file():
            return
        for entry in tomllib.loads(path.read_text()).get("pattern", []):
            if not entry.get("reason") or ("re2" in entry) == entry.get("by_hand", False):
                refuse(str(path), f"'{entry.get('text')}' needs a reason and either re2 or by_hand = true")
            self.entries[entry["text"]] = entry.get("re2")

    def rewrite(self, where: str, pattern: str, longest: int | None) -> str | None:
        """For RE2, matched against the whole text; None: checked by hand. `longest`: the length that the shape allows at most."""
        if pattern in self.entries:
            return self.entries[pattern]
        try:
            return rewrite(pattern, longest)
        except Refused as why:
            refuse(where, f"pattern '{pattern}' is not for RE2: {why}; rewrite it in models/patterns.toml")


def rewrite(pattern: str, longest: int | None) -> str:
    reader = Reader(pattern, longest)
    out, _ = reader.alternatives()
    if reader.at < len(pattern):
        raise Refused("unbalanced ')'")
    return out


class Reader:
    """A recursive descent over the pattern. Every step returns RE2's text and the largest product of repeats inside it."""

    def __init__(self, text: str, longest: int | None):
        self.text, self.longest, self.at = text, longest, 0

    def peek(self, n: int = 1) -> str:
        return self.text[self.at:self.at + n]

    def alternatives(self) -> tuple[str, int]:
        out, product = [], 1
        while self.at < len(self.text) and self.peek() != ")":
            if self.peek() == "|":
                self.at += 1
                out.append("|")
                continue
            text, inner = self.repeated()
            out.append(text)
            product = max(product, inner)
        return "".join(out), product

    def repeated(self) -> tuple[str, int]:
        start = self.at
        atom, product = self.atom()
        one_character = self.text[start] not in "(^$" and self.text[start:start + 2] not in (r"\b", r"\B", r"\A", r"\z", r"\Z")
        quantifier = re.compile(r"[*+?]|\{(\d+)(,?)(\d*)\}").match(self.text, self.at)
        if not quantifier:
            return atom, product
        self.at = quantifier.end()
        if self.peek() == "+":
            raise Refused("a possessive repeat")
        lazy = "?" if self.peek() == "?" else ""
        self.at += len(lazy)
        if quantifier[1] is None:
            return atom + quantifier[0] + lazy, product
        low = int(quantifier[1])
        high = int(quantifier[3]) if quantifier[3] else (None if quantifier[2] else low)
        largest = (low if high is None else high) * product
        if largest <= LIMIT:
            return atom + quantifier[0] + lazy, max(largest, product)
        return self.large(atom, product, low, high, one_character), product

    def large(self, atom: str, product: int, low: int, high: int | None, one_character: bool) -> str:
        """A repeat beyond RE2's limit. Exact in both ways: without an upper bound if the shape's longest text is no longer than that, else
        as a row of repeats that each keep the limit."""
        if not one_character:
            raise Refused(f"the group '{atom}' is repeated more than {LIMIT} times")
        if high is not None and self.longest is not None and self.longest <= high:
            high = None
        if low > 10 * LIMIT or (high or 0) > 10 * LIMIT:
            raise Refused(f"'{atom}' is repeated more than {10 * LIMIT} times and no bound of the shape implies it")
        out = (atom + "{%d}" % LIMIT) * (low // LIMIT) + (atom + "{%d}" % (low % LIMIT) if low % LIMIT else "")
        if high is None:
            return out + atom + "*"
        rest = high - low
        return out + (atom + "{0,%d}" % LIMIT) * (rest // LIMIT) + (atom + "{0,%d}" % (rest % LIMIT) if rest % LIMIT else "")

    def atom(self) -> tuple[str, int]:
        c = self.peek()
        if c == "(":
            return self.group()
        if c == "[":
            return self.char_class(), 1
        if c == "\\":
            return self.escape(False), 1
        if c in "*+?":
            raise Refused(f"'{c}' repeats nothing")
        self.at += 1
        return c, 1

    def group(self) -> tuple[str, int]:
        head = re.compile(r"\(\?:|\(\?[imsx]+\)|\(\?<([A-Za-z]\w*)>|\((?!\?)").match(self.text, self.at)
        if not head:
            raise Refused(f"'{self.peek(3)}'")
        self.at = head.end()
        if head[0].endswith(")"):
            if "x" in head[0]:
                raise Refused("the flag x")
            return head[0], 1
        inner, product = self.alternatives()
        if self.peek() != ")":
            raise Refused("an unclosed group")
        self.at += 1
        return (f"(?P<{head[1]}>" if head[1] else head[0]) + inner + ")", product

    def char_class(self) -> str:
        self.at += 1
        out = ["["]
        if self.peek() == "^":
            self.at += 1
            out.append("^")
        first = True
        while self.peek() != "]" or first:
            c = self.peek()
            if not c:
                raise Refused("an unclosed class")
            if self.peek(2) == "&&":
                raise Refused("an intersection of classes")
            if c == "\\":
                out.append(self.escape(True))
            else:
                self.at += 1
                out.append("\\[" if c == "[" else c)
            first = False
        self.at += 1
        return "".join(out) + "]"

    def escape(self, in_class: bool) -> str:
        t, at = self.text, self.at
        if m := re.compile(r"\\u(10000|10FFFF)").match(t, at):       # code points beyond four digits, as the models write them
            self.at = m.end()
            return r"\x{%s}" % m[1]
        if m := re.compile(r"\\uD800\\uDC00-\\uDBFF\\uDFFF").match(t, at):   # the surrogate pairs: all of the upper planes
            self.at = m.end()
            return r"\x{10000}-\x{10FFFF}"
        if m := re.compile(r"\\u([0-9A-Fa-f]{4})").match(t, at):
            if 0xD800 <= int(m[1], 16) < 0xE000:
                if not (in_class and m[1].upper() in ("D800", "DFFF")):
                    raise Refused(f"half of a surrogate pair, {m[0]}")
            self.at = m.end()
            return r"\x{%s}" % m[1]
        if m := re.compile(r"\\([pP])\{(\^?)(\w+)\}").match(t, at):
            self.at = m.end()
            if m[3] in POSIX:
                negated = "^" if (m[1] == "P") != bool(m[2]) else ""
                return f"[:{negated}{POSIX[m[3]]}:]" if in_class else f"[[:{negated}{POSIX[m[3]]}:]]"
            if not CATEGORY.fullmatch(m[3]):
                raise Refused(f"the class {m[0]}")
            return m[0]
        if m := re.compile(r"\\x[0-9A-Fa-f]{2}|\\x\{[0-9A-Fa-f]+\}").match(t, at):
            self.at = m.end()
            return m[0]
        c = t[at + 1:at + 2]
        self.at += 2
        if c and (c in "dDwWsSnrtfv" or (not in_class and c in "bBAz")):
            return "\\" + c
        if c == "Z" and not in_class:
            return r"\z"
        if c == "_":
            return "_"
        if c and not c.isalnum() and c.isascii():
            return "\\" + c
        raise Refused(f"the escape '\\{c}'")
