"""What waits for functions is in the store: events and messages through kill -9, none lost, no process left behind."""
import concurrent.futures
import json
import time

from conftest import Server, wait_for
from lambda_support import allow, make_function, make_role
from test_lambda_attacks import alive, below
from trigger_support import counts, enable, make_queue

RELAY = """
import boto3, os
sqs = boto3.client("sqs")
def handler(event, context):
    for e in event.get("Records", [event]):
        sqs.send_message(QueueUrl=os.environ["OUT"], MessageBody=e["body"])
"""


def drain(server, url, seen, want, timeout=90):
    """Reads with several consumers until every wanted body was there at least once."""
    deadline = time.monotonic() + timeout

    def consume(_):
        sqs = server.client("sqs")
        while not want <= seen and time.monotonic() < deadline:
            got = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1, MaxNumberOfMessages=10).get("Messages", [])
            seen.update(m["Body"] for m in got)
            if got:
                sqs.delete_message_batch(QueueUrl=url, Entries=[{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(got)])
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(consume, range(2)))


def test_a_thousand_events_and_a_thousand_messages_survive_kill_9():
    """Killed twice: while they are queued, and while what is left of them runs."""
    events = messages = 1000
    s = Server().start()
    try:
        out, _ = make_queue(s, "out")
        source, source_arn = make_queue(s, "in", VisibilityTimeout="10")
        client = make_function(s, "once", make_role(s, "runner", allow("*")), RELAY, Environment={"Variables": {"OUT": out}}, Timeout=10)
        enable(client, FunctionName="once", EventSourceArn=source_arn)
        sender = s.client("sqs")

        def send(at):
            sender.send_message_batch(QueueUrl=source, Entries=[{"Id": str(i), "MessageBody": f"message {i}"} for i in range(at, at + 10)])
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda i: client.invoke(FunctionName="once", InvocationType="Event", Payload=json.dumps({"body": f"event {i}"})), range(events)))
            list(pool.map(send, range(0, messages, 10)))
        want = {f"event {i}" for i in range(events)} | {f"message {i}" for i in range(messages)}
        ran = counts(s, out)[0]
        assert ran < len(want) * 0.8, ran   # many are still to run
        for _ in range(2):
            wait_for(lambda: len(below(s.pid)) > 2, what="functions run")
            processes = below(s.pid)
            s.kill9()
            wait_for(lambda: not any(alive(p) for p in processes), what="the end of all environments")
            s.start()
        seen = set()
        drain(s, out, seen, want)
        assert seen == want, f"{len(want - seen)} lost"
        wait_for(lambda: counts(s, source) == (0, 0), timeout=30, what="every message is deleted")
    finally:
        s.close()
