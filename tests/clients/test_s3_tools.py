"""Tools that people point at S3: aws CLI, rclone, s3cmd, boto3's transfer manager. Everything is compared with what boto3 lists and with the files.

The aws CLI's journey takes 300 files; run by name (-m slow) it takes 20,000. rclone and s3cmd are Debian's packages; without them their tests are skipped.
"""
import hashlib
import os
import pathlib
import random
import shutil
import subprocess
import sys
import time
import uuid

import pytest
import requests
from boto3.s3.transfer import TransferConfig

MIB = 1 << 20
SLOW_FILES, SLOW_MIB = 20_000, 600


@pytest.fixture
def s3(server):
    return server.client("s3", signature_version="s3v4", s3={"addressing_style": "path"})


@pytest.fixture
def bucket(s3):
    name = f"b-{uuid.uuid4()}"
    s3.create_bucket(Bucket=name)
    return name


def tool(name):
    """Its path: of the tests' own environment, or of the machine."""
    found = shutil.which(name, path=str(pathlib.Path(sys.executable).parent)) or shutil.which(name)
    if not found:
        reason = f"no {name} on this machine (Debian's package of that name)"
        print(f"skipped: {reason}")
        pytest.skip(reason)
    return found


def caller(program, *first, env=None, timeout=3600):
    """A function that runs the tool with the development key and nothing of the user's own set-up, and returns what it prints."""
    settings = {**os.environ, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1", **(env or {})}

    def call(*words):
        done = subprocess.run([program, *first, *map(str, words)], env=settings, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout)
        assert done.returncode == 0, f"{' '.join(map(str, words))}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        return done.stdout

    return call


NAMES = ["plain.txt", "with space.txt", "plus+and&.txt", "ü-日本.txt", "percent%41.txt", "quote'(1)!*.txt", "deep/er/and/deeper.txt", "empty"]


def plant(folder, count, large=9 * MIB + 7):
    """`count` files in folders of a hundred, some with difficult names, one that needs several parts."""
    random_bytes = random.Random(count).randbytes
    names = [*NAMES, *(f"d{n // 100:03}/f{n}.bin" for n in range(count - len(NAMES) - 1))]
    for n, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"" if name == "empty" else random_bytes(20 + n % 500))
    (folder / "large.bin").write_bytes(random_bytes(large))
    return folder


def files_of(folder):
    return {p.relative_to(folder).as_posix(): hashlib.md5(p.read_bytes()).hexdigest() for p in folder.rglob("*") if p.is_file()}


def objects_of(s3, bucket, prefix=""):
    """Key without prefix → MD5: the ETag, or of the bytes where the ETag is of parts."""
    out = {}
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for o in page.get("Contents", []):
            etag = o["ETag"].strip('"')
            if "-" in etag:
                etag = hashlib.md5(s3.get_object(Bucket=bucket, Key=o["Key"])["Body"].read()).hexdigest()
            out[o["Key"][len(prefix):]] = etag
    return out


@pytest.mark.parametrize("count", [300, pytest.param(SLOW_FILES, marks=[pytest.mark.slow, pytest.mark.timeout(7200)])])
def test_the_aws_cli_moves_trees_of_files(server, s3, bucket, tmp_path, count):
    aws = caller(tool("aws"), "--endpoint-url", server.url, "s3")
    there, back = plant(tmp_path / "there", count), tmp_path / "back"
    began = time.monotonic()
    assert aws("sync", there, f"s3://{bucket}/a", "--no-progress").count("upload: ") == count
    print(f"{count} files up: {time.monotonic() - began:.0f} s")
    assert objects_of(s3, bucket, "a/") == files_of(there)
    assert aws("sync", there, f"s3://{bucket}/a") == ""

    (there / "plain.txt").write_text("changed, and longer than before" * 30)
    (there / "empty").unlink()
    assert sorted(line.split(":")[0] for line in aws("sync", there, f"s3://{bucket}/a", "--delete", "--no-progress").splitlines()) == ["delete", "upload"]
    assert objects_of(s3, bucket, "a/") == files_of(there)

    began = time.monotonic()
    aws("cp", "--recursive", "--only-show-errors", f"s3://{bucket}/a", back)
    print(f"{count} files down: {time.monotonic() - began:.0f} s")
    assert files_of(back) == files_of(there)
    summary = aws("ls", "--recursive", "--summarize", f"s3://{bucket}/a/").splitlines()[-2:]
    assert [line.split(":")[1].strip() for line in summary] == [str(count - 1), str(sum(p.stat().st_size for p in there.rglob("*") if p.is_file()))]

    began = time.monotonic()
    aws("mv", "--recursive", "--only-show-errors", f"s3://{bucket}/a", f"s3://{bucket}/b")
    print(f"{count} objects moved: {time.monotonic() - began:.0f} s")
    assert objects_of(s3, bucket) == {f"b/{name}": md5 for name, md5 in files_of(there).items()}

    address = aws("presign", f"s3://{bucket}/b/with space.txt", "--expires-in", "60").strip()
    assert requests.get(address, timeout=10).content == (there / "with space.txt").read_bytes()
    assert requests.get(address.replace("with", "without"), timeout=10).status_code == 403

    began = time.monotonic()
    assert aws("rm", "--recursive", f"s3://{bucket}/").count("delete: ") == count - 1
    print(f"{count} objects removed: {time.monotonic() - began:.0f} s")
    assert objects_of(s3, bucket) == {}
    aws("rb", f"s3://{bucket}")


def test_the_aws_cli_copies_single_objects(server, s3, bucket, tmp_path):
    aws = caller(tool("aws"), "--endpoint-url", server.url, "s3")
    there = plant(tmp_path / "there", 12, large=17 * MIB + 1)
    described = ["--metadata", "colour=blue", "--content-type", "application/x-large", "--storage-class", "STANDARD_IA"]
    aws("cp", there / "large.bin", f"s3://{bucket}/x/", *described)
    aws("cp", there / "plain.txt", f"s3://{bucket}/x/", *described)
    aws("cp", f"s3://{bucket}/x/large.bin", f"s3://{bucket}/y")   # by UploadPartCopy: the first version of this tool drops metadata then
    aws("cp", f"s3://{bucket}/x/plain.txt", f"s3://{bucket}/z")
    for key in ("x/large.bin", "z"):
        head = s3.head_object(Bucket=bucket, Key=key)
        assert (head["Metadata"], head["ContentType"]) == ({"colour": "blue"}, "application/x-large")
    aws("mv", f"s3://{bucket}/y", tmp_path / "y")
    assert (tmp_path / "y").read_bytes() == (there / "large.bin").read_bytes()
    assert list(objects_of(s3, bucket)) == ["x/large.bin", "x/plain.txt", "z"]
    s3.put_object(Bucket=bucket, Key="text", Body="grün\n".encode())
    assert aws("cp", f"s3://{bucket}/text", "-") == "grün\n"
    aws("rm", f"s3://{bucket}/text")
    aws("rm", f"s3://{bucket}/x/large.bin")
    assert list(objects_of(s3, bucket)) == ["x/plain.txt", "z"]


def test_rclone_keeps_a_tree_in_step(server, s3, bucket, tmp_path):
    # "private", which it sends otherwise, is refused where ACLs are disabled: as documented, and as rclone's users of AWS met it.
    env = {"RCLONE_S3_ACL": "bucket-owner-full-control", "RCLONE_CONFIG": os.devnull, "RCLONE_S3_PROVIDER": "Other", "RCLONE_S3_ENDPOINT": server.url, "RCLONE_S3_FORCE_PATH_STYLE": "true", "RCLONE_S3_REGION": "us-east-1",
           "RCLONE_S3_ACCESS_KEY_ID": "test", "RCLONE_S3_SECRET_ACCESS_KEY": "test", "RCLONE_S3_UPLOAD_CUTOFF": "5Mi", "RCLONE_S3_CHUNK_SIZE": "5Mi", "RCLONE_RETRIES": "1"}
    rclone = caller(tool("rclone"), env=env)
    there, back = plant(tmp_path / "there", 300), tmp_path / "back"
    rclone("sync", there, f":s3:{bucket}/tree")
    assert objects_of(s3, bucket, "tree/") == files_of(there)
    rclone("check", there, f":s3:{bucket}/tree")
    rclone("check", "--download", there, f":s3:{bucket}/tree")

    (there / "d000/f1.bin").write_text("changed")
    (there / "d000/f2.bin").unlink()
    rclone("sync", there, f":s3:{bucket}/tree")
    assert objects_of(s3, bucket, "tree/") == files_of(there)
    rclone("copy", f":s3:{bucket}/tree", back)
    assert files_of(back) == files_of(there)
    modified = {p.name: int(p.stat().st_mtime) for p in there.iterdir() if p.is_file()}   # kept as metadata
    assert {p.name: int(p.stat().st_mtime) for p in back.iterdir() if p.is_file()} == modified

    rclone("moveto", f":s3:{bucket}/tree/large.bin", f":s3:{bucket}/elsewhere/large.bin")   # by a copy in the server
    assert objects_of(s3, bucket, "elsewhere/") == {"large.bin": files_of(there)["large.bin"]}
    assert rclone("cat", f":s3:{bucket}/tree/d000/f1.bin", "--offset", "2", "--count", "4") == "ange"
    assert f"Total objects: {len(files_of(there))}" in rclone("size", f":s3:{bucket}")
    link = rclone("link", f":s3:{bucket}/elsewhere/large.bin").strip()
    assert requests.get(link, timeout=20).content == (there / "large.bin").read_bytes()
    rclone("purge", f":s3:{bucket}/tree")
    assert list(objects_of(s3, bucket)) == ["elsewhere/large.bin"]
    rclone("delete", f":s3:{bucket}")
    rclone("rmdir", f":s3:{bucket}")
    assert bucket not in [b["Name"] for b in s3.list_buckets()["Buckets"]]


def s3cmd_of(server, tmp_path, *more):
    host = f"127.0.0.1:{server.port}"
    settings = tmp_path / "s3cfg"
    settings.write_text(f"[default]\naccess_key = test\nsecret_key = test\nhost_base = {host}\nhost_bucket = {host}\nuse_https = False\nbucket_location = us-east-1\n")
    return caller(tool("s3cmd"), "-c", str(settings), "--no-progress", *more)


def test_s3cmd_keeps_a_tree_in_step(server, s3, tmp_path):
    s3cmd = s3cmd_of(server, tmp_path)
    bucket = f"b-{uuid.uuid4()}"
    s3cmd("mb", f"s3://{bucket}")
    there, back = plant(tmp_path / "there", 120), tmp_path / "back"
    s3cmd("sync", "--multipart-chunk-size-mb=5", f"{there}/", f"s3://{bucket}/tree/")
    assert objects_of(s3, bucket, "tree/") == files_of(there)
    assert "upload: " not in s3cmd("sync", "--multipart-chunk-size-mb=5", f"{there}/", f"s3://{bucket}/tree/")
    (there / "d000/f1.bin").write_text("changed")
    (there / "d000/f2.bin").unlink()
    s3cmd("sync", "--delete-removed", f"{there}/", f"s3://{bucket}/tree/")
    assert objects_of(s3, bucket, "tree/") == files_of(there)
    back.mkdir()
    s3cmd("sync", f"s3://{bucket}/tree/", f"{back}/")
    assert files_of(back) == files_of(there)
    assert f"{len(files_of(there))} objects" in s3cmd("du", f"s3://{bucket}")
    s3cmd("del", "--recursive", "--force", f"s3://{bucket}")
    s3cmd("rb", f"s3://{bucket}")


def test_s3cmd_manages_objects_and_buckets(server, s3, bucket, tmp_path):
    # A copy takes its ACL along unless told not to; new buckets refuse that, in AWS too.
    s3cmd = s3cmd_of(server, tmp_path, "--acl-private")
    file = tmp_path / "one.txt"
    file.write_text("one")
    s3cmd("put", "--add-header=x-amz-meta-colour:blue", "--mime-type=text/x-one", file, f"s3://{bucket}/one")
    s3cmd("cp", f"s3://{bucket}/one", f"s3://{bucket}/two")
    s3cmd("modify", "--add-header=Cache-Control:max-age=5", f"s3://{bucket}/two")
    s3cmd("mv", f"s3://{bucket}/two", f"s3://{bucket}/three")
    head = s3.head_object(Bucket=bucket, Key="three")
    assert (head["Metadata"].get("colour"), head["ContentType"], head["CacheControl"]) == ("blue", "text/x-one", "max-age=5")
    information = s3cmd("info", f"s3://{bucket}/three")
    assert "MIME type: text/x-one" in information and hashlib.md5(b"one").hexdigest() in information
    assert requests.get(s3cmd("signurl", f"s3://{bucket}/three", "+60").strip(), timeout=10).text == "one"
    s3cmd("get", f"s3://{bucket}/three", tmp_path / "got")
    assert (tmp_path / "got").read_text() == "one"
    assert sorted(line.rsplit("/", 1)[1] for line in s3cmd("ls", f"s3://{bucket}").splitlines()) == ["one", "three"]

    s3cmd("expire", "--expiry-days=9", "--expiry-prefix=logs/", f"s3://{bucket}")
    [rule] = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert rule["Expiration"] == {"Days": 9}
    policy = tmp_path / "policy.json"
    policy.write_text('{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":{"AWS":"000000000000"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::%s/no/*"}]}' % bucket)
    s3cmd("setpolicy", policy, f"s3://{bucket}")
    assert '"no/*"' not in s3cmd("info", f"s3://{bucket}") and "no/*" in s3.get_bucket_policy(Bucket=bucket)["Policy"]
    s3cmd("delpolicy", f"s3://{bucket}")
    s3cmd("ws-create", f"s3://{bucket}")
    assert s3.get_bucket_website(Bucket=bucket)["IndexDocument"] == {"Suffix": "index.html"}
    assert "No such file" not in s3cmd("multipart", f"s3://{bucket}")
    s3cmd("del", f"s3://{bucket}/one", f"s3://{bucket}/three")
    s3cmd("rb", f"s3://{bucket}")


@pytest.mark.parametrize("mib", [96, pytest.param(SLOW_MIB, marks=pytest.mark.slow)])
def test_boto3s_transfer_manager_goes_both_ways_in_parallel(server, bucket, tmp_path, mib):
    s3 = server.client("s3", s3={"addressing_style": "path"}, max_pool_connections=20)
    there, back = tmp_path / "there", tmp_path / "back"
    block = random.Random(mib).randbytes(8 * MIB)
    with open(there, "wb") as f:
        for n in range(mib // 8):
            f.write(n.to_bytes(8, "big") + block[8:])
        f.write(b"the end")
    settings = TransferConfig(multipart_threshold=8 * MIB, multipart_chunksize=8 * MIB, max_concurrency=16)
    s3.upload_file(str(there), bucket, "large", Config=settings, ExtraArgs={"Metadata": {"colour": "blue"}, "ChecksumAlgorithm": "SHA256"})
    head = s3.head_object(Bucket=bucket, Key="large", ChecksumMode="ENABLED")
    parts = mib // 8 + 1
    assert head["ContentLength"] == mib * MIB + 7 and head["Metadata"] == {"colour": "blue"}
    assert head["ETag"].endswith(f'-{parts}"') and head["ChecksumSHA256"].endswith(f"-{parts}")
    s3.copy({"Bucket": bucket, "Key": "large"}, bucket, "copy", Config=settings)
    s3.download_file(bucket, "copy", str(back), Config=settings)
    subprocess.run(["cmp", str(there), str(back)], check=True)
