"""What strangers and broken clients send to S3: refused with its errors, nothing stored, nothing left over, the server lives."""
import base64
import hashlib
import pathlib
import socket
import time
import uuid

import pytest
import requests
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError


@pytest.fixture
def s3(server):
    return server.client("s3", signature_version="s3v4", s3={"addressing_style": "path"})


@pytest.fixture
def bucket(s3):
    name = f"b-{uuid.uuid4()}"
    s3.create_bucket(Bucket=name)
    return name


class Signed(S3SigV4Auth):
    """Signs the payload hash that it is given."""

    def __init__(self, payload_hash):
        super().__init__(Credentials("test", "test"), "s3", "us-east-1")
        self.payload_hash = payload_hash

    def payload(self, request):
        return self.payload_hash


def head_of(server, bucket, key, headers, payload="UNSIGNED-PAYLOAD"):
    """The bytes of a signed PUT's head with exactly these headers."""
    host = f"127.0.0.1:{server.port}"
    request = AWSRequest("PUT", f"http://{host}/{bucket}/{key}", headers={"Host": host, **headers})
    Signed(payload).add_auth(request)
    lines = [f"PUT /{bucket}/{key} HTTP/1.1"] + [f"{k}: {v}" for k, v in request.headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def exchange(server, *pieces, close=False, timeout=10):
    """Sends raw bytes; what comes back until the other side ends, or all of one answer."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=timeout) as s:
        s.settimeout(timeout)
        try:
            for piece in pieces:
                s.sendall(piece)
            if close:
                s.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            pass
        out = b""
        try:
            while b"</Error>" not in out and (more := s.recv(65536)):
                out += more
        except (ConnectionResetError, TimeoutError):
            pass
        return out.decode(errors="replace")


def blob_files(server):
    return [p for p in (pathlib.Path(server.data) / "blobs").rglob("*") if p.is_file()]


def keys(s3, bucket):
    return [o["Key"] for o in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def test_a_body_shorter_than_announced_leaves_nothing(server, s3, bucket):
    before = len(blob_files(server))
    for _ in range(3):
        exchange(server, head_of(server, bucket, "k", {"Content-Length": "1000000"}), b"x" * 200_000, close=True)
    assert keys(s3, bucket) == []
    deadline = time.monotonic() + 5
    while len(blob_files(server)) > before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(blob_files(server)) == before


def test_a_body_larger_than_any_object_is_refused_from_its_head(server, s3, bucket):
    out = exchange(server, head_of(server, bucket, "k", {"Content-Length": str(6 << 30)}))
    assert " 400 " in out.split("\r\n")[0] and "<Code>EntityTooLarge</Code>" in out
    assert keys(s3, bucket) == []


CHUNKED = {"Content-Encoding": "aws-chunked", "Transfer-Encoding": "chunked", "X-Amz-Trailer": "x-amz-checksum-crc32"}


@pytest.mark.parametrize("inner", [
    b"ffffffffffffffff\r\nxxxx", b"0000000000000000000000000000000000000000005\r\nhello\r\n", b"-5\r\nhello\r\n", b"zz\r\nhello\r\n",
    b"5" * 100_000, b"5;" + b"x" * 100_000, b"5\r\nhello" + b"y" * 1000, b"5\r\nhello\r\n0\r\n" + b"x-amz-checksum-crc32:" + b"A" * 100_000,
    b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", b"5\r\nhello\r\n" * 2000 + b"0\r\n\r\n", b"5\r\nhel",
], ids=range(11))
def test_broken_aws_chunked_bodies(server, s3, bucket, inner):
    head = head_of(server, bucket, "k", {**{k: v for k, v in CHUNKED.items() if k != "Transfer-Encoding"}, "Content-Length": str(len(inner)),
                                         "X-Amz-Decoded-Content-Length": "5"}, "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
    out = exchange(server, head, inner)
    assert out.startswith("HTTP/1.1 4"), out[:300]
    assert keys(s3, bucket) == []


def test_an_endless_aws_chunked_body_ends(server, s3, bucket):
    """The announced size is the bound, whatever goes on arriving."""
    head = head_of(server, bucket, "k", {**CHUNKED, "X-Amz-Decoded-Content-Length": "100000"}, "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
    piece = b"10000\r\n" + b"z" * 65536 + b"\r\n"
    framed = f"{len(piece):x}\r\n".encode() + piece + b"\r\n"
    out = exchange(server, head, *[framed] * 200)
    assert out.startswith("HTTP/1.1 4"), out[:300]
    assert keys(s3, bucket) == []


@pytest.mark.parametrize("operation, xml", [
    ("delete", b"<Delete>" + b"<Object><Key>k</Key></Object>" * 1001 + b"</Delete>"),
    ("delete", b"<Delete><Object>"), ("delete", b"\x00\x01\x02"), ("delete", b""),
    ("delete", b"<!DOCTYPE d [<!ENTITY a 'x'><!ENTITY b '&a;&a;&a;'>]><Delete><Object><Key>&b;</Key></Object></Delete>"),
    ("delete", b"<a>" * 20_000), ("tagging", b"<Tagging><TagSet>" + b"<Tag><Key>k</Key><Value>v</Value></Tag>" * 11 + b"</TagSet></Tagging>"),
    ("encryption", b"<ServerSideEncryptionConfiguration/>"), ("versioning", b"<VersioningConfiguration><Status>Maybe</Status></VersioningConfiguration>"),
], ids=range(9))
def test_broken_xml_bodies(server, s3, bucket, operation, xml):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    path = f"/{bucket}/k" if operation == "tagging" else f"/{bucket}"
    url = f"{server.url}{path}?{operation}"
    request = AWSRequest("POST" if operation == "delete" else "PUT", url, data=xml,
                         headers={"Content-MD5": base64.b64encode(hashlib.md5(xml).digest()).decode()})
    S3SigV4Auth(Credentials("test", "test"), "s3", "us-east-1").add_auth(request)
    answer = requests.request(request.method, url, data=xml, headers=dict(request.headers), timeout=20)
    assert 400 <= answer.status_code < 500 and "<Code>" in answer.text, answer.text[:300]
    assert keys(s3, bucket) == ["k"]


def test_keys_of_all_of_unicode(server, s3, bucket):
    """Keys of 1,024 bytes from every part of Unicode, listed as they were put."""
    put, key = [], ""
    points = [c for c in range(1, 0x110000, 37) if not 0xD800 <= c < 0xE000]
    for c in points + list(range(1, 0x300)):
        text = chr(c)
        if len((key + text).encode()) > 1024:
            put.append(key)
            key = ""
        key += text
    put = [k.lstrip("/") or "x" for k in put + [key]]
    for k in put:
        s3.put_object(Bucket=bucket, Key=k, Body=b"x")
    listed = [o["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, MaxKeys=50) for o in page.get("Contents", [])]
    assert listed == sorted(put, key=lambda k: k.encode())
    assert max(len(k.encode()) for k in listed) > 1020
    for k in put[:3] + put[-3:]:
        assert s3.get_object(Bucket=bucket, Key=k)["Body"].read() == b"x"
    with pytest.raises(ClientError) as caught:
        s3.put_object(Bucket=bucket, Key="k" * 1025, Body=b"x")
    assert caught.value.response["Error"]["Code"] == "KeyTooLongError"


def test_keys_that_look_like_paths(server, s3, bucket):
    names = ["..", "../../x", "a/../b", "./.", "a\x00b", "\x01\x02", "\x7f", "\ufffe\uffff", "a//b", "/x", "%00", "%2e%2e/"]
    for n in names:
        s3.put_object(Bucket=bucket, Key=n, Body=n.encode("utf-8", "replace"))
    assert sorted(keys(s3, bucket)) == sorted(names)   # boto3 asks for encoding-type=url
    for n in names:
        assert s3.get_object(Bucket=bucket, Key=n)["Body"].read() == n.encode("utf-8", "replace")
        s3.delete_object(Bucket=bucket, Key=n)
    assert keys(s3, bucket) == []
