"""C++ identifiers and literals."""

import re

# Keywords, alternative tokens, and macros of the C library that headers of ours pull in.
RESERVED = frozenset("""
alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t class compl concept const
consteval constexpr constinit const_cast continue co_await co_return co_yield decltype default delete do double dynamic_cast else enum
explicit export extern false float for friend goto if inline int long mutable namespace new noexcept not not_eq nullptr operator or or_eq
private protected public register reinterpret_cast requires return short signed sizeof static static_assert static_cast struct switch
template this thread_local throw true try typedef typeid typename union unsigned using virtual void volatile wchar_t while xor xor_eq
NULL EOF BUFSIZ DOMAIN OVERFLOW UNDERFLOW INFINITY NAN HUGE_VAL TRUE FALSE RAND_MAX PATH_MAX NAME_MAX stdin stdout stderr errno assert
offsetof unix linux major minor makedev SIGHUP SIGINT SIGTERM SIGKILL EXIT_SUCCESS EXIT_FAILURE CHAR_BIT INT_MAX INT_MIN fogbank
""".split())


def identifier(name: str) -> str:
    """A model's name as a C++ name: what no name may hold becomes '_', and a reserved word gets '_' behind it."""
    out = re.sub(r"[^A-Za-z0-9_]", "_", name)
    if out[0].isdigit():
        out = "_" + out
    return out + "_" if out in RESERVED else out


def literal(text: str | None) -> str:
    """A C++ string literal, or nullptr. Bytes outside printable ASCII are octal, which never swallows what follows."""
    if text is None:
        return "nullptr"
    out = []
    for b in text.encode():
        if b in (0x22, 0x5C):
            out.append("\\" + chr(b))
        elif 0x20 <= b < 0x7F and b != 0x3F:
            out.append(chr(b))
        else:
            out.append(f"\\{b:03o}")     # '?' too: no trigraphs
    return '"' + "".join(out) + '"'
