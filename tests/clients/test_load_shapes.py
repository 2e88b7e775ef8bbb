"""Shapes of load: many idle connections and parked long polls, bodies of many megabytes in flat memory. FOGBANK_SLOW=1 takes the full sizes."""
import hashlib
import os
import resource
import socket
import threading
import time

import pytest

from conftest import BUILD, wait_for

SLOW = os.environ.get("FOGBANK_SLOW") == "1"
CONNECTIONS = 10000 if SLOW else 1500
BIG = 5 << 30 if SLOW else 200 << 20


def signed_receive(server, wait):
    import datetime
    import hmac
    body = b'{"QueueUrl":"http://localhost/000000000000/parked","WaitTimeSeconds":%d}' % wait
    now = datetime.datetime.now(datetime.timezone.utc)
    stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
    canonical = f"POST\n/\n\nhost:localhost\nx-amz-date:{stamp}\n\nhost;x-amz-date\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{day}/us-east-1/sqs/aws4_request"
    key = b"AWS4test"
    for part in (day, "us-east-1", "sqs", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}".encode(), hashlib.sha256).hexdigest()
    return (f"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Date: {stamp}\r\nX-Amz-Target: AmazonSQS.ReceiveMessage\r\nContent-Type: application/x-amz-json-1.0\r\n"
            f"Authorization: AWS4-HMAC-SHA256 Credential=test/{scope}, SignedHeaders=host;x-amz-date, Signature={signature}\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body


def test_parked_polls_are_cheap_and_wake_in_order(fresh_server):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < CONNECTIONS + 200:
        pytest.skip(f"only {hard} descriptors allowed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    s = fresh_server("--quiet")
    sqs = s.client("sqs")
    url = sqs.create_queue(QueueName="parked")["QueueUrl"]
    base = s.rss_kb()
    sockets = [socket.create_connection(("127.0.0.1", s.port)) for _ in range(CONNECTIONS)]
    wait_for(lambda: s.admin("GET", "status")["connections"] >= CONNECTIONS, 60, "connections")
    idle = s.rss_kb()
    for c in sockets:
        c.sendall(signed_receive(s, 20))
    wait_for(lambda: s.admin("GET", "status")["parked"] >= CONNECTIONS, 15, "parked calls")
    parked = s.rss_kb()
    print(f"{CONNECTIONS} idle connections: {idle - base} KB; parked: {parked - idle} KB more")
    # A sanitizer's bookkeeping is not the server's memory.
    assert "san" in BUILD.name or (idle - base) / CONNECTIONS < 15 and (parked - idle) / CONNECTIONS < 10, (base, idle, parked)
    sqs.send_message(QueueUrl=url, MessageBody="one")
    sockets[0].settimeout(10)
    assert b'"Body":"one"' in sockets[0].recv(65536), "the poll that waited longest gets the message"
    assert s.admin("GET", "status")["parked"] == CONNECTIONS - 1
    for c in sockets:
        c.close()
    wait_for(lambda: s.admin("GET", "status")["parked"] == 0, 30, "parked calls of closed connections")


class Pattern:
    """A body of a given size made of a repeating block, without holding it."""

    def __init__(self, size):
        self.size, self.at, self.block = size, 0, os.urandom(1 << 20)

    def read(self, n=-1):
        n = self.size - self.at if n < 0 else min(n, self.size - self.at)
        out = b"".join(self.block[(self.at + i) % (1 << 20):][:min((1 << 20) - (self.at + i) % (1 << 20), n - i)] for i in _steps(self.at, n))
        self.at += n
        return out

    def seek(self, where, whence=0):
        self.at = where if whence == 0 else self.at + where if whence == 1 else self.size + where
        return self.at

    def tell(self):
        return self.at

    def __len__(self):
        return self.size


def _steps(at, n):
    i = 0
    while i < n:
        yield i
        i += min((1 << 20) - (at + i) % (1 << 20), n - i)


def test_large_bodies_stream_in_flat_memory(fresh_server):
    s = fresh_server("--quiet")
    s3 = s.client("s3", read_timeout=600, request_checksum_calculation="when_required")
    s3.create_bucket(Bucket="large")
    base, peak, stop = s.rss_kb(), [0], threading.Event()

    def watch():
        while not stop.wait(0.02):
            peak[0] = max(peak[0], s.rss_kb())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    body = Pattern(BIG)
    s3.put_object(Bucket="large", Key="one", Body=body)
    got, digest = 0, hashlib.sha256()
    for piece in s3.get_object(Bucket="large", Key="one")["Body"].iter_chunks(1 << 20):
        got += len(piece)
        digest.update(piece)
    stop.set()
    watcher.join()
    assert got == BIG
    body.seek(0)
    want = hashlib.sha256()
    while piece := body.read(1 << 20):
        want.update(piece)
    assert digest.digest() == want.digest()
    print(f"{BIG >> 20} MB both ways: {(peak[0] - base) >> 10} MB more resident")
    assert peak[0] - base < 64 << 10
