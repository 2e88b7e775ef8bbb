#!/usr/bin/env python3
"""Fills a DynamoDB table with many items and measures what that costs: memory, a hot partition key, an index that is added while clients write.

    bench/dynamodb_scale.py [--items 1000000] [--indexed 200000] [--seconds 10] [--binary build/release/fogbank]

Starts its own server in a temporary directory. Requests are signed. Memory is the server's VmRSS. Waits are what a client sees, each client a
process of its own; "server" is the server's processor time per call. The index is compared with its table, entry by entry, when it is ready.
"""
import argparse
import json
import multiprocessing
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

from signing import Connection

ROOT = pathlib.Path(__file__).resolve().parent.parent
CLIENTS = 8


class Client:
    def __init__(self, port):
        self.connection = Connection(port, "dynamodb", "application/x-amz-json-1.0")

    def call(self, operation, **parameters):
        status, data = self.connection.post(json.dumps(parameters).encode(), **{"X-Amz-Target": f"DynamoDB_20120810.{operation}"})
        if status != 200:
            raise RuntimeError(f"{operation}: {status} {data[:300]}")
        return json.loads(data)


def item(key, group=0):
    return {"id": {"S": f"item-{key:08}"}, "g": {"S": f"group-{group}"}, "data": {"S": "x" * 100}, "n": {"N": str(key)}}


def processor_ns(pid):
    return sum(int((task / "schedstat").read_text().split()[0]) for task in pathlib.Path(f"/proc/{pid}/task").iterdir())


def rss_mb(pid):
    return next(int(line.split()[1]) for line in open(f"/proc/{pid}/status") if line.startswith("VmRSS")) / 1024


def in_processes(count, function, *arguments):
    """What `function(number, …)` returned in each of `count` processes."""
    with multiprocessing.get_context("fork").Pool(count) as pool:
        return [r.get() for r in [pool.apply_async(function, (n, *arguments)) for n in range(count)]]


def load(number, port, table, first, last):
    client = Client(port)
    for at in range(first + 25 * number, last, 25 * CLIENTS):
        left = [{"PutRequest": {"Item": item(k, k % 1000)}} for k in range(at, min(at + 25, last))]
        while left:
            left = client.call("BatchWriteItem", RequestItems={table: left})["UnprocessedItems"].get(table, [])


def write_until(number, port, table, count, ends):
    """Puts and deletes all over the table; the waits in ms."""
    client, waits, k = Client(port), [], number
    while time.time() < ends.value:
        k = (k * 1103515245 + 12345 + number) % (1 << 31)
        began = time.perf_counter()
        if k % 5 == 0:
            client.call("DeleteItem", TableName=table, Key={"id": {"S": f"item-{k // 5 % count:08}"}})
        else:
            client.call("PutItem", TableName=table, Item=item(k // 5 % count, k % 1000))
        waits.append((time.perf_counter() - began) * 1e3)
    return waits


def read_for(number, port, table, count, ends):
    """The first half of the clients asks for one item over and over, and changes it; the others read all over the table."""
    client, waits, k = Client(port), [], number
    hot = number < CLIENTS // 2
    while time.time() < ends.value:
        k = (k * 1103515245 + 12345 + number) % (1 << 31)
        began = time.perf_counter()
        if hot:
            client.call("UpdateItem", TableName=table, Key={"id": {"S": "item-00000000"}}, UpdateExpression="ADD hits :one", ExpressionAttributeValues={":one": {"N": "1"}})
        else:
            client.call("GetItem", TableName=table, Key={"id": {"S": f"item-{k % count:08}"}})
        waits.append((time.perf_counter() - began) * 1e3)
    return waits


def told(label, waits, seconds=0):
    waits = sorted(w for one in waits for w in one)
    rate = f"{len(waits) / seconds:7.0f}/s  " if seconds else ""
    print(f"{label:52} {rate}p50 {waits[len(waits) // 2]:7.2f} ms   p99 {waits[len(waits) * 99 // 100]:7.2f} ms   max {waits[-1]:7.2f} ms", flush=True)


def make_table(client, name):
    client.call("CreateTable", TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}])


def load_all(pid, port, count):
    client = Client(port)
    make_table(client, "many")
    print(f"{'empty':52} {rss_mb(pid):8.1f} MB", flush=True)
    step = max(count // 4, 1)
    for first in range(0, count, step):
        last = min(first + step, count)
        began, used = time.monotonic(), processor_ns(pid)
        in_processes(CLIENTS, load, port, "many", first, last)
        seconds, n = time.monotonic() - began, last - first
        print(f"{f'{last} items':52} {rss_mb(pid):8.1f} MB   {n / seconds:7.0f} items/s   server {(processor_ns(pid) - used) / n / 1e3:6.1f} us an item", flush=True)
    assert client.call("DescribeTable", TableName="many")["Table"]["ItemCount"] == count


def hot_key(pid, port, count, seconds):
    ends = multiprocessing.Value("d", time.time() + seconds)
    waits = in_processes_with(ends, CLIENTS, read_for, port, "many", count)
    told("one item changed by four clients", waits[:CLIENTS // 2], seconds)
    told("meanwhile four clients read all over the table", waits[CLIENTS // 2:], seconds)


def in_processes_with(ends, count, function, *arguments):
    """in_processes for functions that end at a time which may be moved; it is inherited, not sent."""
    global shared_end
    shared_end = ends
    return in_processes(count, _with_end, function, arguments)


def _with_end(number, function, arguments):
    return function(number, *arguments, shared_end)


def everything(client, **index):
    found, start = {}, {}
    while True:
        page = client.call("Scan", TableName="grown", ProjectionExpression="id, g, n", **index, **start)
        found.update((i["id"]["S"], (i["g"]["S"], i["n"]["N"])) for i in page["Items"])
        if "LastEvaluatedKey" not in page:
            return found
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def add_index(port, count, seconds):
    client = Client(port)
    make_table(client, "grown")
    in_processes(CLIENTS, load, port, "grown", 0, count)
    ends = multiprocessing.Value("d", time.time() + seconds)
    told("writes without the index", in_processes_with(ends, CLIENTS, write_until, port, "grown", count), seconds)
    ends = multiprocessing.Value("d", time.time() + 600)
    global shared_end
    shared_end = ends
    with multiprocessing.get_context("fork").Pool(CLIENTS) as pool:
        running = [pool.apply_async(_with_end, (n, write_until, (port, "grown", count))) for n in range(CLIENTS)]
        time.sleep(0.5)
        began = time.time()
        client.call("UpdateTable", TableName="grown", AttributeDefinitions=[{"AttributeName": "g", "AttributeType": "S"}], GlobalSecondaryIndexUpdates=[{"Create": {
            "IndexName": "byg", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}}])
        while client.call("DescribeTable", TableName="grown")["Table"]["GlobalSecondaryIndexes"][0]["IndexStatus"] != "ACTIVE":
            time.sleep(0.1)
        took = time.time() - began
        ends.value = time.time()
        told(f"writes while {count} items get an index ({took:.1f} s)", [r.get() for r in running], took + 0.5)
    table, index = everything(client), everything(client, IndexName="byg")
    described = client.call("DescribeTable", TableName="grown")["Table"]
    counts = {described["ItemCount"], described["GlobalSecondaryIndexes"][0]["ItemCount"], len(table)}
    print(f"{'the index is exact' if table == index and len(counts) == 1 else 'THE INDEX DIFFERS FROM ITS TABLE'}: {len(table)} items, {len(index)} entries, counts {counts}")
    if table != index or len(counts) != 1:
        raise SystemExit(1)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--items", type=int, default=1_000_000, help="0: leave it out")
    p.add_argument("--indexed", type=int, default=200_000, help="0: leave it out")
    p.add_argument("--seconds", type=float, default=10)
    p.add_argument("--port", type=int, default=18791)
    p.add_argument("--binary", default=str(ROOT / "build/release/fogbank"))
    a = p.parse_args()
    work = pathlib.Path(tempfile.mkdtemp(prefix="fogbank-bench-"))
    server = subprocess.Popen([a.binary, "start", "--port", str(a.port), "--data", str(work / "data"), "--quiet", "--ready-file", str(work / "ready")],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        for _ in range(400):
            if (work / "ready").exists():
                break
            time.sleep(0.05)
        if a.items:
            load_all(server.pid, a.port, a.items)
            hot_key(server.pid, a.port, a.items, a.seconds)
        if a.indexed:
            add_index(a.port, a.indexed, a.seconds)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
