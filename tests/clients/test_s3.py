"""S3 through boto3, through bare HTTP, and through the aws CLI."""
import base64
import concurrent.futures
import hashlib
import io
import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
import uuid

import pytest
import requests
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

MIB = 1 << 20


@pytest.fixture
def s3(server):
    return server.client("s3", signature_version="s3v4", s3={"addressing_style": "path"})


@pytest.fixture
def bucket(s3):
    name = f"b-{uuid.uuid4()}"
    s3.create_bucket(Bucket=name)
    return name


def error(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]


def raw(s3, server, method, operation, data=None, headers=None, **parameters):
    """The answer as it is on the wire, by a presigned URL."""
    return requests.request(method, s3.generate_presigned_url(operation, Params=parameters), data=data, headers=headers, timeout=30)


KEYS = ["plain", "a/b/c", "../../etc/passwd", "..", ".", "a//b", "a/./b", "/lead", "trail/", "a\x00b", "with space+plus%20", "\N{PILE OF POO}", "é" * 512,
        "<&>\"'", "line\nfeed", "?query=1#fragment"]


def test_keys_are_texts_and_nothing_else(s3, bucket):
    for key in KEYS:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    for key in KEYS:
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode(), key
    listed = [o["Key"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert listed == sorted(KEYS, key=lambda k: k.encode())
    assert error(s3.put_object, Bucket=bucket, Key="é" * 512 + "x")["Code"] == "KeyTooLongError"
    deleted = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": k} for k in KEYS if "\x00" not in k]})["Deleted"]
    assert len(deleted) == len(KEYS) - 1


def test_answers_have_the_members_of_the_real_service(s3, bucket):
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"test-checksum", ChecksumAlgorithm="SHA1")
    put.pop("ResponseMetadata")
    assert put == {"ETag": '"f2081dd61dfa700a0fd5e29b9c3cc23d"', "ChecksumSHA1": "jbXkHAsXUrubtL3dqDQ4w+7WXc0=", "ChecksumType": "FULL_OBJECT",
                   "ServerSideEncryption": "AES256"}
    got = s3.get_object(Bucket=bucket, Key="k")
    assert set(got) == {"ResponseMetadata", "AcceptRanges", "Body", "ChecksumSHA1", "ChecksumType", "ContentLength", "ContentType", "ETag",
                        "LastModified", "Metadata", "ServerSideEncryption"}
    assert got["ContentType"] == "binary/octet-stream"
    head = s3.head_bucket(Bucket=bucket)
    assert head["BucketRegion"] == "us-east-1" and head["AccessPointAlias"] is False and head["BucketArn"] == f"arn:aws:s3:::{bucket}"
    assert error(s3.head_bucket, Bucket="no-such-bucket-" + uuid.uuid4().hex) == {"Code": "404", "Message": "Not Found"}
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None


def test_conditions_and_ranges(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")["ETag"]
    get = lambda **p: s3.get_object(Bucket=bucket, Key="k", **p)
    assert get(Range="bytes=-3")["Body"].read() == b"789"
    part = get(Range="bytes=2-4")
    assert (part["ContentRange"], part["ResponseMetadata"]["HTTPStatusCode"]) == ("bytes 2-4/10", 206)
    assert get(Range="bytes=0-1,4-5")["Body"].read() == b"0123456789"
    assert error(get, Range="bytes=10-") == {"Code": "InvalidRange", "Message": "The requested range is not satisfiable",
                                                "RangeRequested": "bytes=10-", "ActualObjectSize": "10"}
    assert error(get, IfNoneMatch=etag) == {"Code": "304", "Message": "Not Modified"}
    assert error(get, IfMatch='"other"')["Condition"] == "If-Match"
    assert error(s3.head_object, Bucket=bucket, Key="k", IfMatch='"other"')["Code"] == "412"
    assert error(s3.put_object, Bucket=bucket, Key="k", Body=b"", IfNoneMatch="*")["Code"] == "PreconditionFailed"
    assert error(s3.put_object, Bucket=bucket, Key="new", Body=b"", IfMatch=etag)["Code"] == "NoSuchKey"
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", IfMatch=etag)


def test_large_bodies_take_any_way_there_and_back(s3, bucket):
    data = os.urandom(17 * MIB + 5)
    s3.put_object(Bucket=bucket, Key="one", Body=data)
    assert s3.get_object(Bucket=bucket, Key="one")["Body"].read() == data
    settings = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB, max_concurrency=4)
    s3.upload_fileobj(io.BytesIO(data), bucket, "many", Config=settings)
    out = io.BytesIO()
    s3.download_fileobj(bucket, "many", out, Config=settings)
    assert out.getvalue() == data
    assert s3.get_object(Bucket=bucket, Key="many")["Body"].read() == data
    head = s3.head_object(Bucket=bucket, Key="many", PartNumber=4)
    assert head["PartsCount"] == 4 and head["ContentLength"] == 2 * MIB + 5
    assert head["ContentRange"] == f"bytes {15 * MIB}-{len(data) - 1}/{len(data)}"
    assert s3.head_object(Bucket=bucket, Key="many")["ETag"].endswith('-4"')
    copied = s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "many"})
    assert copied["CopyObjectResult"]["ETag"] == f'"{hashlib.md5(data).hexdigest()}"'
    across = data[5 * MIB - 7:5 * MIB + 9]
    assert s3.get_object(Bucket=bucket, Key="many", Range=f"bytes={5 * MIB - 7}-{5 * MIB + 8}")["Body"].read() == across


def test_uploads_without_an_algorithm_get_the_default_checksum(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")
    assert "ChecksumAlgorithm" not in upload
    parts = []
    for n, body in enumerate([b"a" * (5 * MIB), b"b"], 1):
        part = s3.upload_part(Bucket=bucket, Key="k", UploadId=upload["UploadId"], PartNumber=n, Body=body)
        parts.append({"PartNumber": n, "ETag": part["ETag"]})
    done = s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload["UploadId"], MultipartUpload={"Parts": parts})
    assert done["ChecksumType"] == "FULL_OBJECT" and done["ChecksumCRC64NVME"]
    whole = s3.put_object(Bucket=bucket, Key="same", Body=b"a" * (5 * MIB) + b"b", ChecksumAlgorithm="CRC64NVME") if has_crt() else None
    if whole:
        assert whole["ChecksumCRC64NVME"] == done["ChecksumCRC64NVME"]


def has_crt():
    try:
        import awscrt  # noqa: F401
        return True
    except ImportError:
        return False


def test_objects_are_the_newest_write_whoever_races(s3, server, bucket):
    bodies = [bytes([n]) * 90_000 for n in range(12)]

    def put(body):
        server.client("s3", s3={"addressing_style": "path"}).put_object(Bucket=bucket, Key="raced", Body=body)

    def get(_):
        try:
            return server.client("s3", s3={"addressing_style": "path"}).get_object(Bucket=bucket, Key="raced")["Body"].read()
        except ClientError as e:
            assert e.response["Error"]["Code"] == "NoSuchKey"
            return bodies[0]

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        writes = [pool.submit(put, b) for b in bodies]
        reads = list(pool.map(get, range(24)))
        for w in writes:
            w.result()
    assert all(r in bodies for r in reads)
    assert s3.get_object(Bucket=bucket, Key="raced")["Body"].read() in bodies


def test_only_one_of_many_creators_wins(server, bucket):
    def put(n):
        try:
            server.client("s3", s3={"addressing_style": "path"}).put_object(Bucket=bucket, Key="once", Body=str(n), IfNoneMatch="*")
            return True
        except ClientError as e:
            assert e.response["Error"]["Code"] == "PreconditionFailed"
            return False

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(put, range(16))) == 1


def test_listings_page_through_everything(s3, bucket):
    keys = sorted(f"{folder}/{n:03}" for folder in "abc" for n in range(40)) + ["z"]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda k: s3.put_object(Bucket=bucket, Key=k, Body=b"1"), keys))
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, PaginationConfig={"PageSize": 7})
    assert [o["Key"] for p in pages for o in p.get("Contents", [])] == keys
    pages = s3.get_paginator("list_objects").paginate(Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": 1})
    assert [x.get("Prefix") or x["Key"] for p in pages for x in p.get("CommonPrefixes", []) + p.get("Contents", [])] == ["a/", "b/", "c/", "z"]
    found = s3.list_objects_v2(Bucket=bucket, Prefix="b/", StartAfter="b/037")
    assert [o["Key"] for o in found["Contents"]] == ["b/038", "b/039"]


def test_presigned_urls_and_response_overrides(s3, server, bucket):
    assert raw(s3, server, "PUT", "put_object", data=b"by url", Bucket=bucket, Key="u").status_code == 200
    answer = raw(s3, server, "GET", "get_object", Bucket=bucket, Key="u", ResponseContentType="text/x", ResponseContentDisposition="attachment")
    assert (answer.content, answer.headers["content-type"], answer.headers["content-disposition"]) == (b"by url", "text/x", "attachment")
    head = raw(s3, server, "HEAD", "head_object", Bucket=bucket, Key="u")
    assert head.headers["content-length"] == "6" and head.headers["accept-ranges"] == "bytes"
    missing = raw(s3, server, "GET", "get_object", Bucket=bucket, Key="none")
    assert missing.status_code == 404 and b"<Code>NoSuchKey</Code>" in missing.content and b"<Key>none</Key>" in missing.content
    bad = raw(s3, server, "PUT", "put_object", data=b"x", headers={"Content-MD5": "AAAA"}, Bucket=bucket, Key="u")
    assert b"<Code>" in bad.content and bad.status_code in (400, 403)


def test_a_public_policy_opens_what_it_names(s3, server, bucket):
    s3.put_object(Bucket=bucket, Key="open/x", Body=b"public")
    url = f"{server.url}/{bucket}/open/x"
    assert requests.get(url, timeout=10).status_code == 403
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/open/*"}]}
    assert "BlockPublicPolicy" in error(s3.put_bucket_policy, Bucket=bucket, Policy=json.dumps(policy))["Message"]
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    assert requests.get(url, timeout=10).content == b"public"
    assert requests.get(f"{server.url}/{bucket}/closed", timeout=10).status_code == 403
    assert requests.get(f"{server.url}/{bucket}?list-type=2", timeout=10).status_code == 403
    assert requests.put(url, data=b"x", timeout=10).status_code == 403
    assert b"NoSuchBucket" in requests.get(f"{server.url}/no-such-bucket-{uuid.uuid4().hex}/k", timeout=10).content


def test_what_is_not_served_says_so(s3, bucket):
    refused = error(s3.put_bucket_versioning, Bucket=bucket, VersioningConfiguration={"Status": "Enabled", "MFADelete": "Enabled"})
    assert refused["Code"] == "NotImplemented" and "MFA delete" in refused["Message"]
    assert error(s3.put_object, Bucket=bucket, Key="k", Body=b"", ServerSideEncryption="aws:kms:dsse")["Code"] == "NotImplemented"
    assert error(s3.put_bucket_notification_configuration, Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}})["Code"] == "NotImplemented"
    assert error(s3.put_object, Bucket=bucket, Key="k", Body=b"", ACL="public-read")["Code"] == "AccessControlListNotSupported"


def test_the_aws_cli_copies_syncs_and_removes(server, bucket, tmp_path):
    aws = shutil.which("aws")
    if not aws:
        pytest.skip("no aws CLI on this machine")
    env = {**os.environ, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}

    def cli(*args):
        done = subprocess.run([aws, "--endpoint-url", server.url, "s3", *args], env=env, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout

    (tmp_path / "dir").mkdir()
    (tmp_path / "dir/a.txt").write_text("a")
    (tmp_path / "dir/big").write_bytes(os.urandom(9 * MIB))
    cli("sync", str(tmp_path / "dir"), f"s3://{bucket}/d")
    assert "a.txt" in cli("ls", f"s3://{bucket}/d/")
    cli("cp", f"s3://{bucket}/d/big", str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == (tmp_path / "dir/big").read_bytes()
    assert cli("sync", str(tmp_path / "dir"), f"s3://{bucket}/d") == ""
    cli("mv", f"s3://{bucket}/d/a.txt", f"s3://{bucket}/e.txt")
    cli("rm", "--recursive", f"s3://{bucket}/")
    cli("rb", f"s3://{bucket}")


def test_objects_survive_kill_9(server):
    from conftest import Server
    own = Server().start()
    try:
        client = lambda: own.client("s3", s3={"addressing_style": "path"})
        client().create_bucket(Bucket="kept")
        bodies = {f"k{n}": os.urandom(n * 1000) for n in (0, 3, 5, 70, 300)}
        for key, body in bodies.items():
            client().put_object(Bucket="kept", Key=key, Body=body)
        upload = client().create_multipart_upload(Bucket="kept", Key="m")["UploadId"]
        etag = client().upload_part(Bucket="kept", Key="m", UploadId=upload, PartNumber=1, Body=bodies["k300"])["ETag"]
        own.kill9()
        own.start()
        for key, body in bodies.items():
            assert client().get_object(Bucket="kept", Key=key)["Body"].read() == body
        client().complete_multipart_upload(Bucket="kept", Key="m", UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})
        assert client().get_object(Bucket="kept", Key="m")["Body"].read() == bodies["k300"]
    finally:
        own.close()


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_overrides_of_presigned_reads(server, s3, bucket, version):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", CacheControl="kept")
    s3 = server.client("s3", signature_version=version, s3={"addressing_style": "path"})
    wanted = {"ResponseCacheControl": "é", "ResponseContentDisposition": 'attachment; filename="a b.txt"', "ResponseContentType": "text/x-test",
              "ResponseContentEncoding": "identity", "ResponseContentLanguage": "de", "ResponseExpires": "Thu, 01 Jan 2026 00:00:00 GMT"}
    got = requests.get(s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k", **wanted}), timeout=30)
    assert got.status_code == 200
    for name, value in wanted.items():
        header = {"Cache": "Cache-Control"}.get(name[8:13]) or (name[8:] if name == "ResponseExpires" else "Content-" + name[15:])
        assert got.headers[header] == value
    bad = requests.get(s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k", "ResponseCacheControl": "—"}), timeout=30)
    assert bad.status_code == 400 and "Header value cannot be represented using ISO-8859-1." in bad.text
    assert "<ArgumentName>response-cache-control</ArgumentName>" in bad.text


def test_metadata_outside_ascii(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"", Metadata={"a": "=?UTF-8?Q?=C3=84M=C3=84Z=C3=95=C3=91_S3?=", "b": "=?UTF-8?B?YWJj?="})
    assert s3.head_object(Bucket=bucket, Key="k")["Metadata"] == {"a": "=?UTF-8?Q?=C3=84M=C3=84Z=C3=95=C3=91_S3?=", "b": "abc"}
