"""Counts, reasons and what is printed. results.json has counts only; the recorded texts stay where they are."""
import json
import pathlib
import tomllib

from parity.setup import glob

FOLDER = pathlib.Path(__file__).resolve().parent
STATUSES = ("matched", "differs", "not replayable", "not served")


class Reasons:
    """reasons.toml: [not_replayable.SERVICE] and [differs.SERVICE], each `"test#answer" = "reason"`; `*` matches anything."""

    def __init__(self, path=FOLDER / "reasons.toml"):
        self.table = tomllib.loads(path.read_text()) if path.is_file() else {}
        self.used = set()

    def look(self, kind, test, call):
        service = call.service.removesuffix("-query")
        for pattern, reason in self.table.get(kind, {}).get(service, {}).items():
            t, _, a = pattern.partition("#")
            if glob(t, test.name) and glob(a or "*", call.answer):
                self.used.add((kind, service, pattern))
                return reason
        return ""

    def not_replayable(self, test, call):
        return self.look("not_replayable", test, call)

    def differs(self, result):
        return self.look("differs", result.test, result.call)

    def unused(self, services):
        return [(kind, s, p) for kind, table in self.table.items() for s in services for p in table.get(s, {}) if (kind, s, p) not in self.used]


def summary(services, results, reasons, without):
    out = {}
    for service in services:
        mine = [r for r in results if r.service == service]
        if not mine and not any(without.get(service, ())):
            continue
        count = lambda rs: {"requests": len(rs), **{s.replace(" ", "_"): sum(r.status == s for r in rs) for s in STATUSES},
                            "unexplained": sum(r.status == "differs" and not r.reason for r in rs)}
        out[service] = {"answers": count([r for r in mine if not r.error]), "errors": count([r for r in mine if r.error]),
                        "members": {"compared": sum(r.leaves for r in mine if r.status in ("matched", "differs")),
                                    "matched": sum(r.matched for r in mine if r.status in ("matched", "differs"))},
                        "without_request": {"answers": without[service][0] - without[service][1], "errors": without[service][1]}}
    return out


def explain(results, reasons):
    for r in results:
        if r.status == "differs":
            r.reason = reasons.differs(r)


def table(summaries):
    lines = [f"{'service':16} {'':8} {'requests':>8} {'matched':>8} {'differ':>7} {'unexpl.':>8} {'not repl.':>9} {'not served':>10}   members and values"]
    for service, s in summaries.items():
        m = s["members"]
        for kind in ("answers", "errors"):
            c = s[kind]
            shown = f"{m['matched']}/{m['compared']} ({100 * m['matched'] / m['compared']:.1f} %)" if kind == "answers" and m["compared"] else ""
            lines.append(f"{service if kind == 'answers' else '':16} {kind:8} {c['requests']:8} {c['matched']:8} {c['differs']:7} {c['unexplained']:8}"
                         f" {c['not_replayable']:9} {c['not_served']:10}   {shown}")
    return "\n".join(lines)


def details(result, full=False):
    lines = [f"{result.status:14} {result.call.service}:{result.call.operation}  {result.test.id}  #{result.call.answer}"]
    if result.reason:
        lines.append(f"    {result.reason}")
    lines += [f"    {d}" for d in result.differences]
    if full or result.status == "differs":
        lines.append("    request: " + json.dumps(result.call.params, default=str)[:1500 if full else 500])
    if full:
        lines.append("    recorded: " + json.dumps(result.call.recorded, default=str)[:4000])
        lines.append("    ours:     " + json.dumps(result.response, default=str)[:4000])
    return "\n".join(lines)


def write(path, summaries):
    path = pathlib.Path(path)
    before = json.loads(path.read_text()) if path.is_file() else {}
    path.write_text(json.dumps({**before, **summaries}, indent=1, sort_keys=True) + "\n")
