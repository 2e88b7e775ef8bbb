"""SQS through boto3 (JSON) and through the query protocol that older clients speak."""
import concurrent.futures
import hashlib
import time
import urllib.parse
import uuid
import xml.etree.ElementTree as ET

import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from conftest import wait_for


class Query:
    """Posts query requests, signed, and reads the XML that comes back."""

    def __init__(self, url):
        self.url = url

    def __call__(self, action, path="/", **parameters):
        body = urllib.parse.urlencode({"Action": action, "Version": "2012-11-05", **{k.replace("__", "."): v for k, v in parameters.items()}})
        request = AWSRequest("POST", self.url + path, data=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
        SigV4Auth(Credentials("test", "test"), "sqs", "us-east-1").add_auth(request)
        prepared = request.prepare()
        answer = requests.post(prepared.url, data=prepared.body, headers=dict(prepared.headers), timeout=30)
        return answer.status_code, ET.fromstring(answer.content)


def text(root, name):
    found = root.find(f".//{{*}}{name}")
    return None if found is None else found.text


@pytest.fixture
def sqs(server):
    return server.client("sqs")


@pytest.fixture
def query(server):
    return Query(server.url)


@pytest.fixture
def queue(sqs):
    name = f"q-{uuid.uuid4().hex[:8]}"
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    yield url
    try:
        sqs.delete_queue(QueueUrl=url)
    except ClientError:
        pass


def wait_for_polls(server, n=1):
    """Until as many calls are parked: then they are waiting for what the test does next."""
    wait_for(lambda: server.admin("GET", "status")["parked"] >= n, what=f"{n} parked calls")


def refused(call, **parameters):
    with pytest.raises(ClientError) as e:
        call(**parameters)
    error = e.value.response["Error"]
    return error["Code"], error["Message"], e.value.response["ResponseMetadata"]["HTTPStatusCode"], error.get("QueryErrorCode")


def test_a_message_goes_through(sqs, queue):
    body = "h\u00e9llo \U0001f600 <&> \r\n"
    attributes = {"kind": {"DataType": "String", "StringValue": "greeting"}, "n": {"DataType": "Number", "StringValue": "-1.5e3"},
                  "raw": {"DataType": "Binary.bin", "BinaryValue": bytes(range(256))}}
    sent = sqs.send_message(QueueUrl=queue, MessageBody=body, MessageAttributes=attributes)
    assert sent["MD5OfMessageBody"] == hashlib.md5(body.encode()).hexdigest()
    (message,) = sqs.receive_message(QueueUrl=queue, MessageAttributeNames=["All"], MessageSystemAttributeNames=["All"])["Messages"]
    assert message["Body"] == body and message["MessageId"] == sent["MessageId"]
    assert message["MessageAttributes"] == attributes
    assert message["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert set(message["Attributes"]) == {"SenderId", "SentTimestamp", "ApproximateReceiveCount", "ApproximateFirstReceiveTimestamp"}
    assert "Messages" not in sqs.receive_message(QueueUrl=queue)
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    counts = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    assert counts["ApproximateNumberOfMessagesNotVisible"] == "0"


def test_the_query_protocol_says_the_same(sqs, query, queue):
    status, root = query("SendMessage", QueueUrl=queue, MessageBody="a+b &c", MessageAttribute__1__Name="Foo",
                         MessageAttribute__1__Value__DataType="String", MessageAttribute__1__Value__StringValue="Bar", DelaySeconds=0)
    assert status == 200 and text(root, "MD5OfMessageAttributes") == "ae7155c6026991b6d54b11589678bf9c"
    status, root = query("ReceiveMessage", QueueUrl=queue, MaxNumberOfMessages=10, AttributeName__1="All", MessageAttributeName__1="All")
    assert status == 200 and text(root, "Body") == "a+b &c"
    names = [e.text for e in root.iter() if e.tag.endswith("Name")]
    assert "SenderId" in names and "Foo" in names
    status, _ = query("DeleteMessage", QueueUrl=queue, ReceiptHandle=text(root, "ReceiptHandle"))
    assert status == 200
    status, root = query("SendMessageBatch", QueueUrl=queue, SendMessageBatchRequestEntry__1__Id="a", SendMessageBatchRequestEntry__1__MessageBody="x",
                         SendMessageBatchRequestEntry__2__Id="b", SendMessageBatchRequestEntry__2__MessageBody="\x07")
    assert status == 200
    assert [e.text for e in root.findall(".//{*}SendMessageBatchResultEntry/{*}Id")] == ["a"]
    assert text(root, "Code") == "InvalidMessageContents" and text(root, "SenderFault") == "true"
    status, root = query("GetQueueAttributes", QueueUrl=queue, AttributeName__1="VisibilityTimeout")
    assert [(e.find("{*}Name").text, e.find("{*}Value").text) for e in root.findall(".//{*}Attribute")] == [("VisibilityTimeout", "30")]
    status, root = query("SetQueueAttributes", QueueUrl=queue, Attribute__1__Name="VisibilityTimeout", Attribute__1__Value="7")
    assert status == 200
    assert sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["VisibilityTimeout"])["Attributes"] == {"VisibilityTimeout": "7"}
    # The oldest clients post to the queue's own path and name no QueueUrl.
    status, root = query("SendMessage", path=urllib.parse.urlparse(queue).path, MessageBody="old")
    assert status == 200


def test_errors_in_both_protocols(server, sqs, query, queue):
    missing = f"{server.url}/000000000000/nothing-here"
    assert refused(sqs.send_message, QueueUrl=missing, MessageBody="m") == (
        "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.", 400, "QueueDoesNotExist")
    status, root = query("SendMessage", QueueUrl=missing, MessageBody="m")
    assert (status, text(root, "Code"), text(root, "Type")) == (400, "AWS.SimpleQueueService.NonExistentQueue", "Sender")
    assert refused(sqs.send_message, QueueUrl=queue, MessageBody="") == (
        "MissingParameter", "The request must contain the parameter MessageBody.", 400, "MissingRequiredParameterException")
    assert refused(sqs.receive_message, QueueUrl=queue, MaxNumberOfMessages=11) == (
        "InvalidParameterValue", "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.", 400, "InvalidParameterValueException")
    assert refused(sqs.delete_message_batch, QueueUrl=queue, Entries=[]) == (
        "AWS.SimpleQueueService.EmptyBatchRequest", "There should be at least one DeleteMessageBatchRequestEntry in the request.", 400, "EmptyBatchRequest")
    status, root = query("SendMessageBatch", QueueUrl=queue)
    assert (status, text(root, "Code")) == (400, "AWS.SimpleQueueService.EmptyBatchRequest")
    assert refused(sqs.create_queue, QueueName=queue.rsplit("/", 1)[1], Attributes={"DelaySeconds": "3"})[::3] == ("QueueAlreadyExists", "QueueNameExists")
    assert refused(sqs.set_queue_attributes, QueueUrl=queue, Attributes={"FifoQueue": "true"})[:3] == ("InvalidAttributeName", "Unknown Attribute FifoQueue.", 400)
    sqs.purge_queue(QueueUrl=queue)
    assert refused(sqs.purge_queue, QueueUrl=queue)[::2] == ("AWS.SimpleQueueService.PurgeQueueInProgress", 403)
    assert refused(sqs.create_queue, QueueName="x", Attributes={"FifoQueue": "true"})[::2] == ("InvalidParameterValue", 400)
    assert refused(sqs.delete_message, QueueUrl=queue, ReceiptHandle="x")[:2] == ("ReceiptHandleIsInvalid", 'The input receipt handle "x" is not a valid receipt handle.')


def test_a_long_poll_ends_with_the_message(server, sqs, queue):
    with concurrent.futures.ThreadPoolExecutor() as pool:
        waiting = pool.submit(server.client("sqs").receive_message, QueueUrl=queue, WaitTimeSeconds=20)
        wait_for_polls(server)
        assert not waiting.done()
        began = time.monotonic()
        sqs.send_message(QueueUrl=queue, MessageBody="now")
        assert waiting.result(5)["Messages"][0]["Body"] == "now"
        assert time.monotonic() - began < 2


def test_every_message_goes_to_one_of_many_long_polls(server, sqs, queue):
    clients = [server.client("sqs") for _ in range(12)]  # made one by one: it takes a while
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        polls = [pool.submit(c.receive_message, QueueUrl=queue, WaitTimeSeconds=3) for c in clients]
        wait_for_polls(server, 12)
        sqs.send_message_batch(QueueUrl=queue, Entries=[{"Id": str(i), "MessageBody": f"m{i}"} for i in range(10)])
        bodies = [m["Body"] for p in polls for m in p.result(10).get("Messages", [])]
    assert sorted(bodies) == sorted(f"m{i}" for i in range(10))


def test_a_delayed_message_and_a_released_one_wake_a_long_poll(server, sqs, queue):
    with concurrent.futures.ThreadPoolExecutor() as pool:
        sqs.send_message(QueueUrl=queue, MessageBody="late", DelaySeconds=1)
        got = pool.submit(server.client("sqs").receive_message, QueueUrl=queue, WaitTimeSeconds=10).result(5)
        assert got["Messages"][0]["Body"] == "late"
        waiting = pool.submit(server.client("sqs").receive_message, QueueUrl=queue, WaitTimeSeconds=10)
        wait_for_polls(server)
        sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=got["Messages"][0]["ReceiptHandle"], VisibilityTimeout=0)
        assert waiting.result(2)["Messages"][0]["Body"] == "late"
        waiting = pool.submit(server.client("sqs").receive_message, QueueUrl=queue, WaitTimeSeconds=10)
        wait_for_polls(server)
        sqs.delete_queue(QueueUrl=queue)
        with pytest.raises(ClientError):
            waiting.result(2)


def test_an_empty_long_poll_answers_in_time(sqs, queue):
    began = time.monotonic()
    assert "Messages" not in sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1)
    assert 0.9 < time.monotonic() - began < 2


def test_messages_survive_kill_9(fresh_server):
    server = fresh_server()
    sqs = server.client("sqs")
    url = sqs.create_queue(QueueName="durable", Attributes={"VisibilityTimeout": "600"})["QueueUrl"]
    for i in range(20):
        sqs.send_message(QueueUrl=url, MessageBody=f"m{i}" + "x" * (i % 2) * 10000)
    handle = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    server.kill9()
    server.start()
    sqs = server.client("sqs")
    sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
    bodies = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        bodies += [m["Body"].rstrip("x") for m in messages]
    assert bodies == [f"m{i}" for i in range(1, 20)]


def test_virtual_time_brings_messages_back(fresh_server):
    server = fresh_server()
    sqs = server.client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="m")
    sqs.receive_message(QueueUrl=url, VisibilityTimeout=43200)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        waiting = pool.submit(server.client("sqs").receive_message, QueueUrl=url, WaitTimeSeconds=20, AttributeNames=["All"])
        wait_for_polls(server)
        server.admin("POST", "clock", action="advance", by="12h")
        (message,) = waiting.result(5)["Messages"]
    assert message["Attributes"]["ApproximateReceiveCount"] == "2"
    server.admin("POST", "clock", action="advance", by="5d")
    wait_for(lambda: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]["ApproximateNumberOfMessages"] == "0")


def test_queues_are_listed_in_pages(sqs):
    prefix = uuid.uuid4().hex[:8]
    urls = [sqs.create_queue(QueueName=f"{prefix}-{i}")["QueueUrl"] for i in range(5)]
    pages = sqs.get_paginator("list_queues").paginate(QueueNamePrefix=prefix, PaginationConfig={"PageSize": 2})
    assert [u for p in pages for u in p["QueueUrls"]] == urls
    assert sqs.list_queues(QueueNamePrefix=prefix)["QueueUrls"] == urls
    for url in urls:
        sqs.delete_queue(QueueUrl=url)
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix=prefix)


def test_another_account_needs_permission(server, sqs, queue):
    other = server.client("sqs", key="222222222222")
    assert refused(other.send_message, QueueUrl=queue, MessageBody="m")[::2] == ("AccessDenied", 403)
    sqs.add_permission(QueueUrl=queue, Label="send", AWSAccountIds=["222222222222"], Actions=["SendMessage"])
    other.send_message(QueueUrl=queue, MessageBody="m")
    sqs.remove_permission(QueueUrl=queue, Label="send")
    assert refused(other.send_message, QueueUrl=queue, MessageBody="m")[0] == "AccessDenied"
    assert "Attributes" not in sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["Policy"])
