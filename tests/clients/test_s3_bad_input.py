"""What strangers and broken clients send to S3: refused with its errors, nothing stored, nothing left over, the server lives."""
import base64
import hashlib
import pathlib
import random
import re
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


def test_bytes_beyond_the_announced_length_belong_to_no_object(server, s3, bucket):
    out = exchange(server, head_of(server, bucket, "k", {"Content-Length": "5", "Connection": "keep-alive"}), b"helloDELETE /x HTTP/9.9\r\n\r\n")
    assert out.startswith("HTTP/1.1 200") and "HTTP/1.1 4" in out[20:] or "HTTP/1.1 5" in out[20:], out
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"hello"


@pytest.mark.parametrize("lengths", ["-1", "5, 6", "99999999999999999999999999", "0x5", "5 5", "", "+5"])
def test_lengths_that_are_none(server, s3, bucket, lengths):
    head = head_of(server, bucket, "k", {"Content-Length": "5"}).replace(b"Content-Length: 5\r\n", f"Content-Length: {lengths}\r\n".encode())
    assert exchange(server, head, b"hello", close=True).startswith("HTTP/1.1 4")
    assert keys(s3, bucket) == []


def test_two_lengths_that_differ_are_refused(server, s3, bucket):
    for second in ("Content-Length: 9\r\n", "Transfer-Encoding: chunked\r\n"):
        head = head_of(server, bucket, "k", {"Content-Length": "5"}).replace(b"Content-Length: 5\r\n", b"Content-Length: 5\r\n" + second.encode())
        assert exchange(server, head, b"hello", close=True).startswith("HTTP/1.1 4")
    assert keys(s3, bucket) == []


@pytest.mark.parametrize("told", ["4", "6", "0", "-1", "x", "", "9223372036854775808"])
def test_a_decoded_length_that_lies(server, s3, bucket, told):
    inner = b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"
    head = head_of(server, bucket, "k", {"Content-Encoding": "aws-chunked", "X-Amz-Trailer": "x-amz-checksum-crc32", "Content-Length": str(len(inner)),
                                         "X-Amz-Decoded-Content-Length": told}, "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
    assert exchange(server, head, inner).startswith("HTTP/1.1 4")
    assert keys(s3, bucket) == []


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


WELL_FORMED = {
    "delete": ("", "<Delete><Object><Key>a</Key></Object><Object><Key>b</Key><VersionId>null</VersionId></Object><Quiet>true</Quiet></Delete>"),
    "tagging": ("", "<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>"),
    "lifecycle": ("", "<LifecycleConfiguration><Rule><ID>x</ID><Filter><And><Prefix>p</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></And></Filter><Status>Enabled</Status>"
                      "<Expiration><Days>3650</Days></Expiration></Rule></LifecycleConfiguration>"),
    "cors": ("", "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod><MaxAgeSeconds>9</MaxAgeSeconds></CORSRule></CORSConfiguration>"),
    "acl": ("", "<AccessControlPolicy><Owner><ID>x</ID></Owner><AccessControlList><Grant><Grantee xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:type='Group'>"
                "<URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee><Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>"),
    "notification": ("", "<NotificationConfiguration><QueueConfiguration><Queue>arn:aws:sqs:us-east-1:000000000000:q</Queue><Event>s3:ObjectCreated:*</Event><Filter><S3Key>"
                         "<FilterRule><Name>prefix</Name><Value>p</Value></FilterRule></S3Key></Filter></QueueConfiguration></NotificationConfiguration>"),
    "website": ("", "<WebsiteConfiguration><IndexDocument><Suffix>i</Suffix></IndexDocument><RoutingRules><RoutingRule><Redirect><HostName>h</HostName></Redirect></RoutingRule>"
                    "</RoutingRules></WebsiteConfiguration>"),
    "object-lock": ("", "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>1</Days></DefaultRetention></Rule>"
                        "</ObjectLockConfiguration>"),
    "encryption": ("", "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>"
                       "</ServerSideEncryptionConfiguration>"),
    "ownershipControls": ("", "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>"),
    "uploadId=x": ("/k", "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>x</ETag></Part></CompleteMultipartUpload>"),
}


def damaged(source, text):
    """`text` with one to four damages: bytes changed, cut, doubled, moved; numbers blown up; elements nested."""
    body = bytearray(text.encode())
    for _ in range(source.randint(1, 4)):
        at, length = source.randrange(len(body)), source.randint(1, 12)
        piece = bytes(body[at:at + length])
        body[at:at + length] = source.choice([
            b"", piece * 2, bytes([source.randrange(256)]), b"<", b">", b"&", b"&#0;", b"&#x110000;", b"\xff\xfe", b"]]>", b"<![CDATA[", b"<!--", b"<a>" * 300, b"-9" * 40,
            b"99999999999999999999", b" xmlns='x'", b"<?x?>", b"\x00", piece[::-1]]) or b"x"
    return bytes(body)


@pytest.mark.parametrize("what", WELL_FORMED)
def test_damaged_xml_bodies(server, s3, bucket, what):
    """A hundred damaged requests each: an answer of S3's, and the server goes on as before."""
    source = random.Random(what)
    path, text = WELL_FORMED[what]
    s3.put_object(Bucket=bucket, Key="stays", Body=b"x")
    with requests.Session() as session:
        for n in range(100):
            body = damaged(source, text)
            url = f"{server.url}/{bucket}{path}?{what}"
            request = AWSRequest("POST" if what in ("delete", "uploadId=x") else "PUT", url, data=body, headers={"Content-MD5": base64.b64encode(hashlib.md5(body).digest()).decode()})
            S3SigV4Auth(Credentials("test", "test"), "s3", "us-east-1").add_auth(request)
            answer = session.request(request.method, url, data=body, headers=dict(request.headers), timeout=20)
            assert answer.status_code in (200, 204, 400, 403, 404, 409, 501), (n, body, answer.text[:300])
            assert answer.status_code < 300 or "<Code>" in answer.text, (n, body, answer.text[:300])
    assert keys(s3, bucket) == ["stays"]
    assert server.process.poll() is None


@pytest.mark.parametrize("step", [37, pytest.param(1, marks=pytest.mark.slow)])
def test_keys_of_all_of_unicode(server, s3, bucket, step):
    """Keys of 1,024 bytes from every part of Unicode, listed as they were put."""
    put, key = [], ""
    points = [c for c in range(1, 0x110000, step) if not 0xD800 <= c < 0xE000]
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


def test_nothing_leaves_the_data_directory(server, s3, bucket):
    """Keys, upload ids, buckets and sources that look like paths, with bodies that become files."""
    data = pathlib.Path(server.data)
    inside = {p.name for p in data.iterdir()}
    body = b"z" * 200_000
    names = ["../../../escaped", "..", "/etc/escaped", "a/../../escaped", "..\\escaped", "%2e%2e/escaped", "\x00../escaped", "escaped\x00.txt", "blobs/escaped"]
    for n in names:
        s3.put_object(Bucket=bucket, Key=n, Body=body)
        s3.copy_object(Bucket=bucket, Key=n + "-copy", CopySource={"Bucket": bucket, "Key": n})
        if "\x00" in n:   # which no XML reader takes, and the answer tells the key
            continue
        upload = s3.create_multipart_upload(Bucket=bucket, Key=n)["UploadId"]
        s3.upload_part(Bucket=bucket, Key=n, UploadId=upload, PartNumber=1, Body=body)
        with pytest.raises(ClientError):
            s3.upload_part(Bucket=bucket, Key=n, UploadId="../../" + upload, PartNumber=1, Body=body)
    for path in ("/../escaped", "/%2e%2e/escaped", "/..%2fescaped/k", "/%00/k", "/.../k", "/a%00b/k"):
        head = head_of(server, bucket, "k", {"Content-Length": "1"}).replace(f"PUT /{bucket}/k".encode(), f"PUT {path}".encode())
        assert exchange(server, head, b"x", close=True).startswith("HTTP/1.1 4"), path
    for n in names:
        assert s3.get_object(Bucket=bucket, Key=n)["Body"].read() == body
    assert not any("escaped" in p.name for p in data.parent.iterdir())
    assert {p.name for p in data.iterdir()} - inside <= {"blobs"}
    assert all(re.fullmatch(r"\d+/[0-9a-f]{2}/[0-9a-f]{12}", str(p.relative_to(data / "blobs"))) for p in blob_files(server))
    assert not list(data.rglob("*escaped*")) and not pathlib.Path("/etc/escaped").exists()
