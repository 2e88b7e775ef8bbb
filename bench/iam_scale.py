#!/usr/bin/env python3
"""Fills one account with IAM roles and policies up to its quotas and measures what that does to lists and decisions.

    bench/iam_scale.py [--roles 10000] [--policies 5000] [--rounds 30] [--binary build/release/fogbank]

Starts its own server in a temporary directory. Requests are signed. "server" is processor time of the server per request, from
/proc/<pid>/task/*/schedstat; "p50" is the time that this client waits, reading of the answer included. The cost of decisions alone:
the CMake target bench_iam_decisions.
"""
import argparse
import json
import pathlib
import shutil
import signal
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.parse

from signing import Connection

ROOT = pathlib.Path(__file__).resolve().parent.parent
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "sts:AssumeRole",
                                                            "Condition": {"StringEquals": {"sts:ExternalId": "0123456789"}}}]})
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Sid": f"s{i}", "Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket", "sqs:SendMessage"],
                                                             "Resource": [f"arn:aws:s3:::bucket-{i}/*", f"arn:aws:sqs:*:*:queue-{i}"]} for i in range(5)]})


class Client:
    """One connection to IAM."""

    def __init__(self, port):
        self.connection = Connection(port, "iam", "application/x-www-form-urlencoded")

    def call(self, action, **members):
        status, data = self.connection.post(urllib.parse.urlencode({"Action": action, "Version": "2010-05-08", **members}).encode())
        if status != 200:
            raise RuntimeError(f"{action}: {status} {data[:300]}")
        return data


def processor_ns(pid):
    return sum(int((task / "schedstat").read_text().split()[0]) for task in pathlib.Path(f"/proc/{pid}/task").iterdir())


def fill(port, count, make, connections=4):
    """Makes `count` of something over several connections; seconds."""
    failed = []

    def run(first):
        client = Client(port)
        try:
            for i in range(first, count, connections):
                make(client, i)
        except Exception as e:
            failed.append(e)

    began = time.monotonic()
    threads = [threading.Thread(target=run, args=(i,)) for i in range(connections)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if failed:
        raise failed[0]
    return time.monotonic() - began


def element(data, name):
    open_, close = f"<{name}>".encode(), f"</{name}>".encode()
    at = data.find(open_)
    return data[at + len(open_):data.find(close, at)].decode() if at >= 0 else None


def measure(label, pid, rounds, call):
    call()
    waits, before = [], processor_ns(pid)
    for _ in range(rounds):
        began = time.perf_counter()
        call()
        waits.append(time.perf_counter() - began)
    server = (processor_ns(pid) - before) / rounds / 1e6
    print(f"{label:44} server {server:8.3f} ms   p50 {statistics.median(waits) * 1e3:8.3f} ms   max {max(waits) * 1e3:8.3f} ms", flush=True)


def walk(client, action, **members):
    """All pages; how many items there were."""
    marker, items = None, 0
    while True:
        data = client.call(action, MaxItems=1000, **members, **({"Marker": marker} if marker else {}))
        items += data.count(b"<member>")
        marker = element(data, "Marker")
        if not marker:
            return items


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--roles", type=int, default=10000)
    p.add_argument("--policies", type=int, default=5000)
    p.add_argument("--rounds", type=int, default=30)
    p.add_argument("--port", type=int, default=18790)
    p.add_argument("--binary", default=str(ROOT / "build/release/fogbank"))
    a = p.parse_args()
    work = pathlib.Path(tempfile.mkdtemp(prefix="fogbank-bench-"))
    server = subprocess.Popen([a.binary, "start", "--port", str(a.port), "--data", str(work / "data"), "--quiet", "--ready-file", str(work / "ready")],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        for _ in range(200):
            if (work / "ready").exists():
                break
            time.sleep(0.05)
        run(a, server.pid)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)
        shutil.rmtree(work)


def run(a, pid):
    client = Client(a.port)
    client.call("CreateUser", UserName="worker")
    client.call("PutUserPolicy", UserName="worker", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:GetUser", "Resource": "*"}]}))
    key = client.call("CreateAccessKey", UserName="worker")
    worker = Client(a.port, element(key, "AccessKeyId"), element(key, "SecretAccessKey"))
    measure("a decided GetUser, empty account", pid, a.rounds * 20, lambda: worker.call("GetUser"))
    for what, count, make in (("CreatePolicy", a.policies, lambda c, i: c.call("CreatePolicy", PolicyName=f"policy-{i:05}", PolicyDocument=POLICY)),
                              ("CreateRole", a.roles, lambda c, i: c.call("CreateRole", RoleName=f"role-{i:05}", Description=f"number {i}", AssumeRolePolicyDocument=TRUST)),
                              ("AttachRolePolicy", min(a.roles, a.policies), lambda c, i: c.call("AttachRolePolicy", RoleName=f"role-{i:05}", PolicyArn=f"arn:aws:iam::000000000000:policy/policy-{i:05}"))):
        before, half = processor_ns(pid), count // 2
        first = fill(a.port, half, make)
        second = fill(a.port, count - half, lambda c, i: make(c, i + half))
        print(f"{what:44} {count} in {first + second:.1f} s (halves {first:.1f}, {second:.1f}); server {(processor_ns(pid) - before) / count / 1e6:.3f} ms each", flush=True)
    measure("a decided GetUser, full account", pid, a.rounds * 20, lambda: worker.call("GetUser"))
    for items in (100, 1000):
        measure(f"ListRoles, {items} items", pid, a.rounds, lambda: client.call("ListRoles", MaxItems=items))
        measure(f"ListPolicies of the account, {items} items", pid, a.rounds, lambda: client.call("ListPolicies", MaxItems=items, Scope="Local"))
        measure(f"ListPolicies in use, {items} items", pid, a.rounds, lambda: client.call("ListPolicies", MaxItems=items, OnlyAttached="true"))
        measure(f"ListPolicies of AWS, {items} items", pid, a.rounds, lambda: client.call("ListPolicies", MaxItems=items, Scope="AWS"))
    for action, more in (("ListRoles", {}), ("ListPolicies", {"Scope": "Local"})):
        before, began = processor_ns(pid), time.monotonic()
        items = walk(client, action, **more)
        print(f"{action + ', all pages once':44} {items} items in {time.monotonic() - began:.2f} s; server {(processor_ns(pid) - before) / items / 1e3:.1f} us an item")
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("VmRSS"):
            print(f"{'memory of the server':44} {int(line.split()[1]) / 1024:.0f} MB")


main()
