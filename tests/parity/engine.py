"""The runner: tests in, results out. One server, several tests at a time (each has accounts of its own)."""
import argparse
import concurrent.futures
import os
import time

from conftest import Server
from parity import clients, recorded, report, setup, twice
from parity.replay import Run


def quiet_environment():
    for name in [n for n in os.environ if n.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull, AWS_EC2_METADATA_DISABLED="true")


def replay(url, services, only="", seed="first", reasons=None, threads=12):
    """(results, the tests) of every recorded test that calls one of the services."""
    setups = setup.load()
    chosen = [t for t in recorded.tests(set(services), setups.values()) if only in t.id]
    made = clients.Clients(url)
    reasons = reasons or report.Reasons()

    def play(test):
        return Run(test, setups, made, seed).play(reasons)

    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        results = [r for rs in pool.map(play, chosen) for r in rs if r.service in services]
    report.explain(results, reasons)
    return results, chosen


def main(arguments):
    p = argparse.ArgumentParser(prog="tests/parity/run")
    p.add_argument("services", nargs="*")
    p.add_argument("--show", action="store_true")
    p.add_argument("--all", action="store_true")
    p.add_argument("--only", default="")
    p.add_argument("--twice", action="store_true")
    p.add_argument("--json")
    p.add_argument("--endpoint")
    args = p.parse_args(arguments)
    if not (recorded.folder() / "requests.jsonl").is_file():
        print(f"no recordings at {recorded.folder()}: set FOGBANK_TEST_DATA")
        return 2
    quiet_environment()
    known = setup.load()
    unknown = [s for s in args.services if s not in known]
    if unknown:
        print(f"no set-up for {', '.join(unknown)}; there are {', '.join(known)}")
        return 2
    services = args.services or list(known)
    server = None if args.endpoint else Server("--quiet").start()
    try:
        return go(args, services, args.endpoint or server.url)
    finally:
        if server:
            server.close()


def go(args, services, url):
    started = time.monotonic()
    reasons = report.Reasons()
    results, tests = replay(url, services, args.only, reasons=reasons)
    if args.twice:
        again, _ = replay(url, services, args.only, "second", reasons)
        twice.check(results, again)
        report.explain(results, reasons)
    if args.only or args.show:
        for r in results:
            if args.only or r.status == "differs" or args.all and r.status != "matched":
                print(report.details(r, bool(args.only)))
    summaries = report.summary(services, results, reasons, recorded.without_request(services, tests))
    print(report.table(summaries))
    print(f"{time.monotonic() - started:.1f} s")
    if not args.only:
        for kind, service, pattern in reasons.unused(services):
            print(f"reasons.toml: {kind}.{service} {pattern!r} explains nothing")
    if args.json:
        report.write(args.json, summaries)
    return int(any(s[k]["unexplained"] for s in summaries.values() for k in ("answers", "errors")))
