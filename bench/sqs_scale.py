#!/usr/bin/env python3
"""A million delayed messages, and a FIFO group with a long backlog beside others: what they cost.

    bench/sqs_scale.py [--messages 1000000] [--backlog 100000] [--build build/release]

Prints disk and memory of the server before and after, and the time of send-receive-delete cycles of other groups before and behind the backlog.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))


def disk_mb(folder):
    return sum(f.stat().st_size for f in pathlib.Path(folder).rglob("*") if f.is_file()) / 1e6


def batches(n):
    return [range(start, min(start + 10, n)) for start in range(0, n, 10)]


def send_all(server, url, n, entry, threads=6):
    def work(part):
        client = server.client("sqs", retries={"max_attempts": 4})   # a starved client may lose a connection
        for numbers in part:
            answer = client.send_message_batch(QueueUrl=url, Entries=[{"Id": str(i), **entry(i)} for i in numbers])
            assert not answer.get("Failed"), answer
    all_batches = batches(n)
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, [all_batches[i::threads] for i in range(threads)]))


def cycles(client, url, groups, n):
    """Milliseconds of one send, receive and delete, the middle of n."""
    times = []
    for i in range(n):
        began = time.perf_counter()
        client.send_message(QueueUrl=url, MessageBody="m", MessageGroupId=f"{groups}-{i}", MessageDeduplicationId=f"{groups}-{i}")
        (message,) = client.receive_message(QueueUrl=url, MaxNumberOfMessages=1, WaitTimeSeconds=5, AttributeNames=["MessageGroupId"])["Messages"]
        assert message["Attributes"]["MessageGroupId"] == f"{groups}-{i}", message
        client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        times.append((time.perf_counter() - began) * 1000)
    return sorted(times)[n // 2]


def delayed(server, n):
    sqs = server.client("sqs")
    url = sqs.create_queue(QueueName="delayed")["QueueUrl"]
    before = server.rss_kb() / 1000, disk_mb(server.data)
    began = time.monotonic()
    send_all(server, url, n, lambda i: {"MessageBody": "x" * 100, "DelaySeconds": 900})
    seconds = time.monotonic() - began
    return {"messages": n, "seconds": round(seconds), "rss_mb_before": round(before[0]), "rss_mb_after": round(server.rss_kb() / 1000),
            "disk_mb_before": round(before[1]), "disk_mb_after": round(disk_mb(server.data))}


def backlog(server, n):
    sqs = server.client("sqs")
    url = sqs.create_queue(QueueName="groups.fifo", Attributes={"FifoQueue": "true", "VisibilityTimeout": "3600"})["QueueUrl"]
    alone = cycles(sqs, url, "alone", 300)
    send_all(server, url, n, lambda i: {"MessageBody": "x" * 100, "MessageGroupId": "long", "MessageDeduplicationId": f"long-{i}"})
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]   # holds the group
    behind = cycles(sqs, url, "behind", 300)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    began = time.perf_counter()
    own = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    return {"backlog": n, "cycle_ms_alone": round(alone, 2), "cycle_ms_behind": round(behind, 2), "received_of_backlog": len(own),
            "receive_ms": round((time.perf_counter() - began) * 1000, 2)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--backlog", type=int, default=100_000)
    parser.add_argument("--build", default=str(ROOT / "build/release"))
    options = parser.parse_args()
    os.environ["FOGBANK_BUILD"] = options.build
    from conftest import Server
    server = Server().start()
    try:
        if options.backlog:
            print(json.dumps(backlog(server, options.backlog)), flush=True)
        if options.messages:
            print(json.dumps(delayed(server, options.messages)), flush=True)
    finally:
        server.close()


if __name__ == "__main__":
    main()
