"""Functions that queues feed: partial failures, FIFO groups, windows, limits, and mappings that change while they work."""
import json
import time

import pytest
from botocore.exceptions import ClientError
from conftest import wait_for
from lambda_support import allow, make_function, make_role
from trigger_support import counts, enable, make_queue, receive

# Notes each batch in a queue, then does and answers what the first message says.
TOLD = """
import boto3, json, os, time
sqs = boto3.client("sqs")
def handler(event, context):
    bodies = [json.loads(r["body"]) for r in event["Records"]]
    begun = time.time()
    time.sleep(bodies[0].get("sleep", 0))
    sqs.send_message(QueueUrl=os.environ["OUT"], MessageBody=json.dumps({"ids": [b.get("n") for b in bodies], "begun": begun, "ended": time.time()}))
    if "raise" in bodies[0]: raise ValueError("as told")
    ids = {b.get("n"): r["messageId"] for b, r in zip(bodies, event["Records"])}
    if "fail" in bodies[0]: return {"batchItemFailures": [{"itemIdentifier": ids[n]} for n in bodies[0]["fail"] if n in ids]}
    return bodies[0].get("answer")
"""


@pytest.fixture(scope="module")
def role(server):
    return make_role(server, "queue-reader", allow("*"))


class Fed:
    """A queue, a function that reads it, and the queue where the function notes its batches."""

    def __init__(self, server, role, name, attributes=None, function=None, source=TOLD, **mapping):
        self.server, self.name, self.sqs = server, name, server.client("sqs")
        fifo = ".fifo" if (attributes or {}).get("FifoQueue") else ""
        self.url, self.arn = make_queue(server, f"{name}-in{fifo}", **{"VisibilityTimeout": "60", **(attributes or {})})
        self.out, _ = make_queue(server, f"{name}-out")
        self.client = make_function(server, name, role, source, Environment={"Variables": {"OUT": self.out}}, **{"Timeout": 10, **(function or {})})
        self.uuid = enable(self.client, FunctionName=name, EventSourceArn=self.arn, **mapping)

    def send(self, *bodies, **more):
        for at in range(0, len(bodies), 10):
            self.sqs.send_message_batch(QueueUrl=self.url, Entries=[{"Id": str(i), "MessageBody": json.dumps(b), **more} for i, b in enumerate(bodies[at:at + 10])])

    def batches(self, n=1):
        return [json.loads(m["Body"]) for m in receive(self.server, self.out, n)]

    def settled(self, waiting, hidden):
        wait_for(lambda: counts(self.server, self.url) == (waiting, hidden), what=f"{waiting} messages waiting and {hidden} hidden, not {counts(self.server, self.url)}")


def test_records_have_the_form_of_sqs(server, role):
    fed = Fed(server, role, "form", source="""
import boto3, json, os
def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl=os.environ["OUT"], MessageBody=json.dumps(event))
""", BatchSize=1)
    fed.sqs.send_message(QueueUrl=fed.url, MessageBody="plain")
    (event,) = fed.batches()
    (record,) = event.pop("Records")
    assert not event and record.pop("body") == "plain" and record["md5OfMessageAttributes"] is None and record["messageAttributes"] == {}
    assert set(record) == {"messageId", "receiptHandle", "attributes", "messageAttributes", "md5OfMessageAttributes", "md5OfBody", "eventSource", "eventSourceARN", "awsRegion"}
    assert set(record["attributes"]) == {"ApproximateReceiveCount", "SentTimestamp", "SenderId", "ApproximateFirstReceiveTimestamp"}
    assert (record["eventSource"], record["eventSourceARN"], record["awsRegion"]) == ("aws:sqs", fed.arn, "us-east-1")
    fed.sqs.send_message(QueueUrl=fed.url, MessageBody="x", MessageAttributes={"n": {"DataType": "Number", "StringValue": "1"}, "b": {"DataType": "Binary", "BinaryValue": b"\x00"}})
    (record,) = fed.batches()[0]["Records"]
    empty = {"stringListValues": [], "binaryListValues": []}
    assert record["messageAttributes"] == {"n": {"stringValue": "1", "dataType": "Number", **empty}, "b": {"binaryValue": "AA==", "dataType": "Binary", **empty}}
    assert len(record["md5OfMessageAttributes"]) == 32


SUCCESS = [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}, {"other": 1}]
NONSENSE = ["text", {"batchItemFailures": [{"itemIdentifier": ""}]}, {"batchItemFailures": [{"itemIdentifier": None}]},
            {"batchItemFailures": [{"itemidentifier": "x"}]}, {"batchItemFailures": [{"itemIdentifier": "none-of-these"}]}, {"batchItemFailures": "x"}]


def test_answers_that_make_no_sense_fail_their_batch(server, role):
    fed = Fed(server, role, "reporting", BatchSize=1, FunctionResponseTypes=["ReportBatchItemFailures"])
    fed.send(*[{"n": f"good {i}", "answer": a} for i, a in enumerate(SUCCESS)], *[{"n": f"bad {i}", "answer": a} for i, a in enumerate(NONSENSE)])
    fed.batches(len(SUCCESS + NONSENSE))
    fed.settled(0, len(NONSENSE))
    fed.client.update_event_source_mapping(UUID=fed.uuid, Enabled=False)
    wait_for(lambda: fed.client.get_event_source_mapping(UUID=fed.uuid)["State"] == "Disabled")
    server.admin("POST", "clock", action="advance", by="61s")
    assert sorted(json.loads(m["Body"])["n"] for m in receive(server, fed.url, len(NONSENSE))) == [f"bad {i}" for i in range(len(NONSENSE))]


def test_without_report_item_failures_the_answer_does_not_count(server, role):
    fed = Fed(server, role, "silent-answer", BatchSize=1)
    fed.send({"n": 1, "answer": {"batchItemFailures": [{"itemIdentifier": ""}]}})
    fed.batches()
    fed.settled(0, 0)
    fed.send({"n": 2, "raise": 1})
    fed.batches()
    fed.settled(0, 1)


def test_a_fifo_group_waits_for_its_failed_message(server, role):
    fed = Fed(server, role, "ordered", {"FifoQueue": "true", "ContentBasedDeduplication": "true", "VisibilityTimeout": "10"}, BatchSize=1,
              FunctionResponseTypes=["ReportBatchItemFailures"])
    fed.send({"n": "a1", "fail": ["a1"]}, {"n": "a2"}, MessageGroupId="a")
    fed.send({"n": "b1"}, {"n": "b2"}, MessageGroupId="b")
    ids = [b["ids"][0] for b in fed.batches(3)]
    assert sorted(ids) == ["a1", "b1", "b2"] and ids.index("b1") < ids.index("b2")
    fed.server.admin("POST", "clock", action="advance", by="11s")
    assert fed.batches()[0]["ids"] == ["a1"]   # again, and a2 still waits for it


def test_a_window_collects_a_batch(server, role):
    fed = Fed(server, role, "window", BatchSize=100, MaximumBatchingWindowInSeconds=2)
    for n in range(6):
        fed.send({"n": n})
        time.sleep(0.05)
    batches = fed.batches()
    assert [sorted(b["ids"]) for b in batches] == [list(range(6))]
    fed.settled(0, 0)


def test_a_full_batch_does_not_wait_for_its_window(server, role):
    fed = Fed(server, role, "full-window", BatchSize=5, MaximumBatchingWindowInSeconds=300)
    begun = time.monotonic()
    fed.send(*[{"n": n} for n in range(5)])
    assert sorted(fed.batches()[0]["ids"]) == list(range(5)) and time.monotonic() - begun < 15


def test_no_more_batches_at_once_than_the_maximum_concurrency(server, role):
    fed = Fed(server, role, "two-at-once", BatchSize=1, ScalingConfig={"MaximumConcurrency": 2})
    fed.send(*[{"n": n, "sleep": 0.2} for n in range(8)])
    batches = fed.batches(8)
    assert sorted(b["ids"][0] for b in batches) == list(range(8))
    at_once = [sum(o["begun"] < b["ended"] and b["begun"] < o["ended"] for o in batches) for b in batches]
    # Two others may each overlap one in turn; three at one time would overlap each other.
    assert max(sum(o["begun"] <= b["begun"] < o["ended"] for o in batches) for b in batches) == 2, at_once


@pytest.mark.parametrize("change", [{"BatchSize": 5}, {"Enabled": False}])
def test_a_batch_under_way_is_finished_when_its_mapping_changes(server, role, change):
    fed = Fed(server, role, "changing" if "BatchSize" in change else "disabling", BatchSize=1)
    fed.send({"n": 1, "sleep": 1})
    wait_for(lambda: counts(server, fed.url) == (0, 1), what="the message is read")
    state = fed.client.update_event_source_mapping(UUID=fed.uuid, **change)["State"]
    assert state == ("Updating" if "BatchSize" in change else "Disabling")
    assert fed.batches()[0]["ids"] == [1]
    fed.settled(0, 0)   # deleted, and so not given out again
    wait_for(lambda: fed.client.get_event_source_mapping(UUID=fed.uuid)["State"] == ("Enabled" if "BatchSize" in change else "Disabled"))
    fed.send({"n": 2})
    if "BatchSize" in change:
        assert fed.batches()[0]["ids"] == [2]
    else:
        time.sleep(0.3)
        fed.settled(1, 0)
        assert fed.client.update_event_source_mapping(UUID=fed.uuid, Enabled=True)["State"] == "Enabling"
        assert fed.batches()[0]["ids"] == [2]


def test_a_function_that_may_not_run_leaves_messages_to_the_dead_letter_queue(server, role):
    dead, dead_arn = make_queue(server, "held-dead")
    fed = Fed(server, role, "held", {"RedrivePolicy": json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2}), "VisibilityTimeout": "10"}, BatchSize=1)
    fed.client.put_function_concurrency(FunctionName="held", ReservedConcurrentExecutions=0)
    fed.send({"n": 1})
    for _ in range(2):
        wait_for(lambda: counts(server, fed.url) == (0, 1), what="the message is tried")
        server.admin("POST", "clock", action="advance", by="11s")
    assert json.loads(receive(server, dead)[0]["Body"]) == {"n": 1}
    fed.client.delete_function_concurrency(FunctionName="held")
    fed.send({"n": 2})
    assert fed.batches()[0]["ids"] == [2]


def test_a_mapping_outlives_its_queue_and_its_function(server, role):
    fed = Fed(server, role, "reborn", BatchSize=1)
    fed.sqs.delete_queue(QueueUrl=fed.url)
    server.admin("POST", "clock", action="advance", by="61s")   # a name is free again after a minute
    make_queue(server, "reborn-in", VisibilityTimeout="60")
    fed.send({"n": 1})
    server.admin("POST", "clock", action="advance", by="61s")   # when it looks again
    assert fed.batches()[0]["ids"] == [1]
    fed.client.delete_function(FunctionName="reborn")
    fed.send({"n": 2})
    wait_for(lambda: counts(server, fed.url) == (1, 0))
    make_function(server, "reborn", role, TOLD, Environment={"Variables": {"OUT": fed.out}}, Timeout=10)
    server.admin("POST", "clock", action="advance", by="61s")
    assert fed.batches()[0]["ids"] == [2]


def test_mappings_that_cannot_work_are_refused(server, role):
    client = make_function(server, "refused", role, TOLD, Timeout=40)
    url, arn = make_queue(server, "refused-in")
    wrong = [(dict(EventSourceArn=arn), "Queue visibility timeout: 30 seconds is less than Function timeout: 40 seconds"),
             (dict(EventSourceArn=arn + "-none"), "AWS.SimpleQueueService.NonExistentQueue"),
             (dict(EventSourceArn=arn, BatchSize=11), "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"),
             *[(dict(EventSourceArn=arn, FilterCriteria={"Filters": [{"Pattern": p}]}), "Invalid filter pattern definition")
               for p in ("{", "simple string", '{"eventSource": []}', '{"body": "x"}')],
             (dict(EventSourceArn=arn, DestinationConfig={"OnFailure": {"Destination": arn}}), "Unsupported DestinationConfig"),
             (dict(EventSourceArn=arn, FunctionName="nobody"), "Function does not exist")]
    for more, text in wrong:
        with pytest.raises(ClientError, match=text):
            client.create_event_source_mapping(**{"FunctionName": "refused", **more})
    assert not client.list_event_source_mappings(FunctionName="refused")["EventSourceMappings"]
    server.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "40"})
    uuid = enable(client, FunctionName="refused", EventSourceArn=arn)
    with pytest.raises(ClientError, match="already exists. Please update or delete the existing mapping"):
        client.create_event_source_mapping(FunctionName="refused", EventSourceArn=arn)
    server.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "39"})
    with pytest.raises(ClientError, match="Queue visibility timeout: 39 seconds"):
        client.update_event_source_mapping(UUID=uuid, BatchSize=5)


def test_whether_a_role_may_read_is_what_the_queue_would_decide(server):
    """The queue's policy, a boundary and a denial count as they do for a ReceiveMessage of that role."""
    reader = allow("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "logs:*")
    iam, sqs = server.client("iam"), server.client("sqs")
    url, arn = make_queue(server, "guarded")
    own, by_queue = make_role(server, "own-rights", reader), make_role(server, "rights-of-the-queue", allow("logs:*"))
    for name, role in (("own", own), ("by-queue", by_queue)):
        make_function(server, name, role, TOLD)
    client = server.client("lambda")
    create = lambda name: client.create_event_source_mapping(FunctionName=name, EventSourceArn=arn, Enabled=False)

    def statement(effect, principal):
        return {"Effect": effect, "Principal": {"AWS": principal}, "Action": "sqs:*", "Resource": arn}
    policy = lambda *s: sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": list(s)})})
    with pytest.raises(ClientError, match="does not have permissions to call ReceiveMessage on SQS"):
        create("by-queue")
    policy(statement("Deny", own), statement("Allow", by_queue))
    create("by-queue")
    with pytest.raises(ClientError, match="does not have permissions to call ReceiveMessage on SQS"):
        create("own")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    boundary = iam.create_policy(PolicyName="no-delete", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        allow("*"), {"Effect": "Deny", "Action": "sqs:DeleteMessage", "Resource": "*"}]}))["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="own-rights", PermissionsBoundary=boundary)
    with pytest.raises(ClientError, match="does not have permissions to call DeleteMessage on SQS"):
        create("own")
    iam.delete_role_permissions_boundary(RoleName="own-rights")
    create("own")


def test_a_queue_of_another_account_is_read_where_its_policy_lets_the_role(server, role):
    """In the same Region; one of another Region is refused."""
    other = "222222222222"
    theirs = server.client("sqs", other)
    url = theirs.create_queue(QueueName="over-there", Attributes={"VisibilityTimeout": "60"})["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{other}:over-there"
    out, _ = make_queue(server, "from-over-there")
    client = make_function(server, "across", role, TOLD, Environment={"Variables": {"OUT": out}}, Timeout=10)
    with pytest.raises(ClientError, match="does not have permissions to call ReceiveMessage on SQS"):
        client.create_event_source_mapping(FunctionName="across", EventSourceArn=arn)
    theirs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": role}, "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], "Resource": arn}]})})
    enable(client, FunctionName="across", EventSourceArn=arn)
    theirs.send_message(QueueUrl=url, MessageBody=json.dumps({"n": 1}))
    assert json.loads(receive(server, out)[0]["Body"])["ids"] == [1]
    wait_for(lambda: theirs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]["ApproximateNumberOfMessagesNotVisible"] == "0")
    far = server.client("sqs", region="eu-west-1")
    far.create_queue(QueueName="far")
    with pytest.raises(ClientError, match="Event source region must match Lambda region us-east-1."):
        client.create_event_source_mapping(FunctionName="across", EventSourceArn="arn:aws:sqs:eu-west-1:000000000000:far")
