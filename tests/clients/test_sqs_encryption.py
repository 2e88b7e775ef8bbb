"""SSE-SQS: nothing that a message carries is found in any file of the data directory, and a killed server still reads it."""
import hashlib
import json
import pathlib

import pytest

MARKER = "marker-of-a-body-7f3a91"
QUEUES = {"standard": {}, "ordered.fifo": {"FifoQueue": "true", "ContentBasedDeduplication": "true"}}


def files_with(server, *needles):
    """Every file that has one of these bytes; the database's log and index files too."""
    found = []
    for path in pathlib.Path(server.data).rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            found += [(str(path.relative_to(server.data)), n) for n in needles if n in content]
    return found


def send_all(server, attributes):
    """Markers in every member that carries a user's data, in and beside the record, one by one and in batches, through SNS too."""
    sqs, sns, urls = server.client("sqs"), server.client("sns"), []
    for name, kind in QUEUES.items():
        url = sqs.create_queue(QueueName=name, Attributes={**kind, **attributes})["QueueUrl"]
        urls.append(url)
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        policy = {"Statement": {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}}
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
        group = {"MessageGroupId": "g"} if kind else {}
        carried = {"MessageAttributes": {"a": {"DataType": "String", "StringValue": MARKER}}}
        sqs.send_message(QueueUrl=url, MessageBody=MARKER, **carried, **group)
        sqs.send_message(QueueUrl=url, MessageBody=MARKER + "y" * 100_000, **group)
        sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "1", "MessageBody": "1" + MARKER, **carried, **group}])
        fifo = {"FifoTopic": "true", "ContentBasedDeduplication": "true"} if kind else {}
        topic = sns.create_topic(Name="t.fifo" if kind else "t", Attributes=fifo)["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        sns.publish(TopicArn=topic, Message="2" + MARKER, **group)
    return urls


def receive_all(server, url):
    sqs, bodies = server.client("sqs"), []
    while True:
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], WaitTimeSeconds=1 if len(bodies) < 4 else 0).get("Messages", [])
        if not messages:
            return bodies
        for m in messages:
            assert hashlib.md5(m["Body"].encode()).hexdigest() == m["MD5OfBody"]
            bodies.append(json.loads(m["Body"])["Message"] if m["Body"].startswith("{") else m["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=m["ReceiptHandle"])


def test_no_body_is_found_in_any_file_and_a_kill_changes_nothing(fresh_server):
    server = fresh_server()
    urls = send_all(server, {})
    server.kill9()   # what was committed may be in the write-ahead log only
    digests = [hashlib.md5(MARKER.encode()).digest(), hashlib.md5(MARKER.encode()).hexdigest().encode()]
    assert files_with(server, MARKER.encode(), *digests) == []
    server.start()
    assert files_with(server, MARKER.encode()) == []
    for url in urls:
        assert sorted(receive_all(server, url)) == sorted([MARKER, MARKER + "y" * 100_000, "1" + MARKER, "2" + MARKER])
    server.stop()
    assert files_with(server, MARKER.encode()) == []


def test_without_encryption_a_body_is_found(fresh_server):
    """So that the search above is known to find something."""
    server = fresh_server()
    send_all(server, {"SqsManagedSseEnabled": "false"})
    server.kill9()
    assert files_with(server, MARKER.encode())


def test_messages_cannot_be_read_without_the_key_file(fresh_server):
    server = fresh_server()
    url = server.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    server.client("sqs").send_message(QueueUrl=url, MessageBody=MARKER)
    server.stop()
    (pathlib.Path(server.data) / "kms.key").unlink()
    server.start()
    with pytest.raises(Exception) as failed:
        server.client("sqs").receive_message(QueueUrl=url)
    assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
