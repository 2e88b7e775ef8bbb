"""SIGKILL at random moments under load: no acknowledged write lost, no object torn, nothing left over. `ROUNDS=200` for the long run."""
import hashlib
import json
import os
import random
import sqlite3
import threading
import time

import pytest

ROUNDS = int(os.environ.get("ROUNDS", "10"))


def content(name, version, size):
    seed = hashlib.sha256(f"{name}/{version}".encode()).digest()
    return (seed * (size // 32 + 1))[:size]


class Writer(threading.Thread):
    """Writes objects, messages and users until the server is gone; remembers what was acknowledged and what may have happened."""

    def __init__(self, server, number, round_):
        super().__init__(daemon=True)
        self.server, self.number, self.round = server, number, round_
        self.objects, self.unsure, self.messages, self.unsure_messages, self.users = {}, {}, [], [], []

    def run(self):
        s3 = self.server.client("s3", request_checksum_calculation="when_required")
        sqs = self.server.client("sqs")
        iam = self.server.client("iam")
        url = f"{self.server.url}/000000000000/crash"
        rng = random.Random(self.round * 100 + self.number)
        version = 0
        try:
            while True:
                version += 1
                name = f"w{self.number}/{rng.randrange(6)}"
                size = rng.choice([10, 1000, 70000, 300000])
                self.unsure[name] = (self.round, version, size)
                s3.put_object(Bucket="crash", Key=name, Body=content(name, (self.round, version), size))
                self.objects[name] = self.unsure.pop(name)
                body = f"{self.round}-{self.number}-{version}"
                self.unsure_messages.append(body)
                sqs.send_message(QueueUrl=url, MessageBody=body)
                self.messages.append(self.unsure_messages.pop())
                if version % 5 == 0:
                    user = f"u-{self.round}-{self.number}-{version}"
                    iam.create_user(UserName=user)
                    self.users.append(user)
        except Exception:
            return  # the server was killed


def drain(server):
    sqs = server.client("sqs")
    url = f"{server.url}/000000000000/crash"
    bodies = []
    while True:
        got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0).get("Messages", [])
        if not got:
            return bodies
        bodies += [m["Body"] for m in got]
        sqs.delete_message_batch(QueueUrl=url, Entries=[{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(got)])


def test_kill_at_random_moments_loses_nothing(fresh_server):
    s = fresh_server("--quiet")
    s.client("s3").create_bucket(Bucket="crash")
    s.client("sqs").create_queue(QueueName="crash")
    known = {}
    for round_ in range(ROUNDS):
        writers = [Writer(s, n, round_) for n in range(8)]
        for w in writers:
            w.start()
        time.sleep(0.3 + random.Random(round_).random() * 0.5)  # the moment of the crash, not a wait for a condition
        s.kill9()
        for w in writers:
            w.join(30)
        s.start()
        s3 = s.client("s3")
        acknowledged, unsure, users = [], [], []
        for w in writers:
            acknowledged += w.messages
            unsure += w.unsure_messages
            users += w.users
            for name, (r, v, size) in w.objects.items():
                known[name] = (r, v, size)
            for name in set(w.objects) | set(w.unsure) | {k for k in known if k.startswith(f"w{w.number}/")}:
                candidates = [c for c in (known.get(name), w.unsure.get(name)) if c]
                try:
                    body = s3.get_object(Bucket="crash", Key=name)["Body"].read()
                except s3.exceptions.NoSuchKey:
                    assert name not in known, f"{name} was acknowledged and is gone"
                    continue
                match = [c for c in candidates if body == content(name, (c[0], c[1]), c[2])]
                assert match, f"round {round_}: {name} is torn or old ({len(body)} bytes)"
                known[name] = match[0]
        there = drain(s)
        assert len(there) == len(set(there)), "a message came twice"
        assert set(acknowledged) <= set(there), "an acknowledged message is gone"
        assert set(there) <= set(acknowledged) | set(unsure)
        have = set()
        for page in s.client("iam").get_paginator("list_users").paginate():
            have |= {u["UserName"] for u in page["Users"]}
        assert set(users) <= have
    s.stop()
    database = [f for f in os.listdir(s.data) if f.endswith((".db", ".sqlite"))]
    for name in database:
        assert sqlite3.connect(os.path.join(s.data, name)).execute("pragma integrity_check").fetchone()[0] == "ok"
    files = sum(len(f) for _, _, f in os.walk(os.path.join(s.data, "blobs")))
    s.start()
    large = sum(o["Size"] > 65536 for page in s.client("s3").get_paginator("list_objects_v2").paginate(Bucket="crash") for o in page.get("Contents", []))
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        files = sum(len(f) for _, _, f in os.walk(os.path.join(s.data, "blobs")))
        if files == large:
            break
        time.sleep(0.2)
    assert files == large, f"{files} blob files for {large} large objects"


def mount_tmpfs(path, size):
    import subprocess
    return subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", path], capture_output=True).returncode == 0


def test_a_full_disk_refuses_writes_serves_reads_and_recovers(fresh_server, tmp_path):
    import subprocess
    from botocore.exceptions import ClientError
    data = tmp_path / "full"
    data.mkdir()
    if not mount_tmpfs(str(data), "16m"):
        pytest.skip("needs the right to mount a tmpfs")
    try:
        s = fresh_server("--quiet", data=str(data))
        s3 = s.client("s3")
        s3.create_bucket(Bucket="full")
        s3.put_object(Bucket="full", Key="kept", Body=b"x" * 1000)
        status = None
        for i in range(200):
            try:
                s3.put_object(Bucket="full", Key=f"fill{i}", Body=os.urandom(200000))
            except ClientError as e:
                status = e.response["ResponseMetadata"]["HTTPStatusCode"]
                break
        assert status is not None and 500 <= status < 600
        assert s3.get_object(Bucket="full", Key="kept")["Body"].read() == b"x" * 1000
        junk = [k["Key"] for k in s3.list_objects_v2(Bucket="full")["Contents"] if k["Key"] != "kept"]
        assert subprocess.run(["mount", "-o", "remount,size=64m", str(data)]).returncode == 0
        deadline = time.monotonic() + 20
        while True:
            try:
                s3.put_object(Bucket="full", Key="after", Body=b"y" * 100000)
                break
            except ClientError:
                assert time.monotonic() < deadline, "writes did not come back"
                time.sleep(0.1)
        assert s3.get_object(Bucket="full", Key="after")["Body"].read() == b"y" * 100000
        assert junk is not None
        s.stop()
    finally:
        subprocess.run(["umount", "-l", str(data)])
