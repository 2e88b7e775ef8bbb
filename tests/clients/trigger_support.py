"""What triggers functions in tests: queues, tables with streams, mappings that are enabled; and what their functions leave behind."""
import time

from conftest import wait_for


def make_queue(server, name, **attributes):
    sqs = server.client("sqs")
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def receive(server, url, n=1, timeout=20):
    sqs, got = server.client("sqs"), []
    deadline = time.monotonic() + timeout
    while len(got) < n and time.monotonic() < deadline:
        for m in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1, MaxNumberOfMessages=10, MessageAttributeNames=["All"]).get("Messages", []):
            got.append(m)
            sqs.delete_message(QueueUrl=url, ReceiptHandle=m["ReceiptHandle"])
    assert len(got) >= n, f"{len(got)} of {n} messages"
    return got


def advance(server, by):
    server.admin("POST", "clock", action="advance", by=by)


def enable(client, **more):
    uuid = client.create_event_source_mapping(**more)["UUID"]
    wait_for(lambda: client.get_event_source_mapping(UUID=uuid)["State"] == "Enabled", what="the mapping")
    return uuid


def make_table(server, name):
    ddb = server.client("dynamodb")
    ddb.create_table(TableName=name, KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
                     AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
                     StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})
    ddb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    return ddb, ddb.describe_table(TableName=name)["Table"]["LatestStreamArn"]


def counts(server, url):
    """Messages that wait, and those that were received and not deleted."""
    a = server.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return int(a["ApproximateNumberOfMessages"]), int(a["ApproximateNumberOfMessagesNotVisible"])
