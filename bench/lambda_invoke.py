#!/usr/bin/env python3
"""Invocations through the whole server: signature, policies, concurrency, the engine, the function, and its log lines.

    bench/lambda_invoke.py [--invocations 4000] [--build build/release]

Needs the target bench_lambda_bootstrap. Prints warm invocations of a native function and of one in Python at 1, 8 and 32 connections: latency, throughput, and processor time
each, of the server alone and with its functions; then cold starts, of functions that import nothing. Goals: the server's own share of a warm native one under 200 us; Python 1,000 a
second at 32 connections with 1,000 us each, functions included, and a median under 2 ms at one; a cold start under 150 ms. (`bench/run --scenarios lambda-invoke` measures Python with
the acceptance's client beside other servers.)
"""
import argparse
import base64
import io
import os
import pathlib
import re
import socket
import sys
import threading
import time
import zipfile

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from own_server import processor_ns

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/clients")]
BODY = b"12345"   # every language answers it with the same bytes


PYTHON = "def handler(event, context): return event\n"
NODE = "exports.handler = async (event) => event;\n"


def zipped(name, content):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = 0o100755 << 16
        z.writestr(entry, content)
    return out.getvalue()


def functions(build):
    """Those of which the runtime is there."""
    cache = pathlib.Path(os.environ.get("FOGBANK_CACHE") or pathlib.Path.home() / ".cache/fogbank") / "lambda"
    yield "native", dict(Runtime="provided.al2023", Handler="x", Code={"ZipFile": zipped("bootstrap", (pathlib.Path(build) / "bench_lambda_bootstrap").read_bytes())})
    if (cache / "python/ready").exists():
        yield "python", dict(Runtime="python3.12", Handler="index.handler", Code={"ZipFile": zipped("index.py", PYTHON)})
    if (cache / "node/ready").exists():
        yield "node", dict(Runtime="nodejs20.x", Handler="index.handler", Code={"ZipFile": zipped("index.js", NODE)})


def make_functions(server, build):
    from lambda_support import allow, make_role
    client, role, made = server.client("lambda"), make_role(server, "b", allow("logs:*")), []
    for name, settings in functions(build):
        client.create_function(FunctionName=name, Role=role, **settings)
        client.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
        made.append(name)
    return client, made


def with_functions_ns(pid):
    """Processor time of the server and of everything below it that lives; what has ended is with its parent."""
    ticks, total, todo = os.sysconf("SC_CLK_TCK"), 0, [pid]
    while todo:
        p = todo.pop()
        try:
            fields = open(f"/proc/{p}/stat").read().rsplit(")", 1)[1].split()
            total += sum(int(f) for f in fields[11:15]) * 1_000_000_000 // ticks
            for task in pathlib.Path(f"/proc/{p}/task").iterdir():
                todo += [int(c) for c in (task / "children").read_text().split()]
        except OSError:
            pass
    return total


def signed(client, name):
    """One request's bytes; they may be sent again for some minutes."""
    path, host = f"/2015-03-31/functions/{name}/invocations", client.meta.endpoint_url.split("//")[1]
    request = AWSRequest("POST", client.meta.endpoint_url + path, data=BODY, headers={"Host": host, "Content-Type": "application/json"})
    SigV4Auth(client._request_signer._credentials, "lambda", "us-east-1").add_auth(request)
    lines = [f"POST {path} HTTP/1.1", f"Content-Length: {len(BODY)}", *(f"{k}: {v}" for k, v in request.headers.items() if k.lower() != "content-length")]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + BODY, int(host.split(":")[1])


def caller(request, port, n, times):
    with socket.create_connection(("localhost", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(n):
            began, answer = time.perf_counter(), b""
            connection.sendall(request)
            while not (b"\r\n\r\n" in answer and answer.endswith(BODY)):
                part = connection.recv(65536)
                assert part, answer
                answer += part
            assert answer.startswith(b"HTTP/1.1 200"), answer
            times.append((time.perf_counter() - began) * 1e6)


def warm(server, client, name, invocations):
    request, port = signed(client, name)
    caller(request, port, 300, [])
    for callers in (1, 8, 32):
        if callers > 1:   # the environments stand before it is measured
            threads = [threading.Thread(target=caller, args=(request, port, 20, [])) for _ in range(callers)]
            for t in threads:
                t.start()
            for t in threads:
                t.join()
            time.sleep(1)
        times, spent, both, began = [], processor_ns(server.process.pid), with_functions_ns(server.process.pid), time.perf_counter()
        threads = [threading.Thread(target=caller, args=(request, port, invocations // callers, times)) for _ in range(callers)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        rate = len(times) / (time.perf_counter() - began)
        time.sleep(2)   # what they logged is written
        times.sort()
        p50, p99 = (times[len(times) * p // 100] for p in (50, 99))
        own = (processor_ns(server.process.pid) - spent) / len(times) / 1000
        all_of_it = (with_functions_ns(server.process.pid) - both) / len(times) / 1000
        print(f"{name:7} warm  {callers:2} connections: {rate:6.0f}/s  p50 {p50:6.0f} us  p99 {p99:6.0f} us  server {own:5.0f} us each, with functions {all_of_it:5.0f} us")


def cold(client, name, times=9):
    """A change of the configuration ends its environments; the next invocation starts one."""
    walls, inits = [], []
    for i in range(times):
        client.update_function_configuration(FunctionName=name, Description=f"cold {i}")
        client.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
        began = time.perf_counter()
        answer = client.invoke(FunctionName=name, Payload=BODY, LogType="Tail")
        answer["Payload"].read()
        walls.append((time.perf_counter() - began) * 1000)
        inits.append(float(re.search(r"Init Duration: ([0-9.]+) ms", base64.b64decode(answer["LogResult"]).decode()).group(1)))
    walls.sort()
    inits.sort()
    print(f"{name:7} cold: median {walls[times // 2]:5.0f} ms to the answer (least {walls[0]:.0f}, most {walls[-1]:.0f}), init phase {inits[times // 2]:.0f} ms")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--invocations", type=int, default=4000)
    parser.add_argument("--build", default=str(ROOT / "build/release"))
    options = parser.parse_args()
    os.environ["FOGBANK_BUILD"] = options.build
    from conftest import Server
    server = Server().start()
    try:
        client, made = make_functions(server, options.build)
        for name in made[:2]:
            warm(server, client, name, options.invocations)
        for name in made:
            cold(client, name)
    finally:
        server.close()


if __name__ == "__main__":
    main()
