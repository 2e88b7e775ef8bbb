#!/usr/bin/env python3
"""Warm invocations through the whole server: signature, policies, concurrency, the engine, a native function, and its log lines.

    bench/lambda_invoke.py [--invocations 4000] [--build build/release]

Needs the target bench_lambda_bootstrap. Prints latency, throughput and the server's processor time at 1, 8 and 32 connections.
"""
import argparse
import io
import os
import pathlib
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
BODY = b'{"a":1}'


def make_function(server, build):
    from lambda_support import allow, make_role
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o100755 << 16
        z.writestr(entry, (pathlib.Path(build) / "bench_lambda_bootstrap").read_bytes())
    client = server.client("lambda")
    client.create_function(FunctionName="b", Runtime="provided.al2023", Role=make_role(server, "b", allow("logs:*")), Handler="x", Code={"ZipFile": out.getvalue()})
    client.get_waiter("function_active_v2").wait(FunctionName="b")
    client.invoke(FunctionName="b", Payload=BODY)
    return client


def signed(client):
    """One request's bytes; they may be sent again for some minutes."""
    path, host = "/2015-03-31/functions/b/invocations", client.meta.endpoint_url.split("//")[1]
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


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--invocations", type=int, default=4000)
    parser.add_argument("--build", default=str(ROOT / "build/release"))
    options = parser.parse_args()
    os.environ["FOGBANK_BUILD"] = options.build
    from conftest import Server
    server = Server().start()
    try:
        request, port = signed(make_function(server, options.build))
        caller(request, port, 500, [])
        for callers in (1, 8, 32):
            times, spent, began = [], processor_ns(server.process.pid), time.perf_counter()
            threads = [threading.Thread(target=caller, args=(request, port, options.invocations // callers, times)) for _ in range(callers)]
            for t in threads:
                t.start()
            for t in threads:
                t.join()
            rate = len(times) / (time.perf_counter() - began)
            time.sleep(2)   # what they logged is written
            times.sort()
            p50, p99 = (times[len(times) * p // 100] for p in (50, 99))
            print(f"{callers:2} connections: {rate:6.0f}/s  p50 {p50:5.0f} us  p99 {p99:6.0f} us  server {(processor_ns(server.process.pid) - spent) / len(times) / 1000:4.0f} us each")
    finally:
        server.close()


if __name__ == "__main__":
    main()
