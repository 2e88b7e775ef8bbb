"""FIFO queues, dead-letter queues, message move tasks and SSE-KMS through boto3."""
import collections
import concurrent.futures
import json
import pathlib
import threading
import uuid

import pytest
from botocore.exceptions import ClientError

from conftest import wait_for


@pytest.fixture
def sqs(server):
    return server.client("sqs")


def name(suffix=".fifo"):
    return f"q-{uuid.uuid4().hex[:8]}{suffix}"


def new_queue(sqs, suffix=".fifo", **attributes):
    fifo = {"FifoQueue": "true"} if suffix else {}
    url = sqs.create_queue(QueueName=name(suffix), Attributes={**fifo, **attributes})["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def redrive(arn, count=1):
    return json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": count})


def counts(sqs, url):
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"]
    got = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return tuple(int(got[n]) for n in names)


def code(call, **parameters):
    with pytest.raises(ClientError) as e:
        call(**parameters)
    return e.value.response["Error"]["Code"]


def test_concurrent_consumers_see_each_group_in_order(server, sqs):
    url, _ = new_queue(sqs, VisibilityTimeout="60")
    groups, each = 8, 20
    with concurrent.futures.ThreadPoolExecutor(4) as senders:
        def send(group):
            client = server.client("sqs")
            for start in range(0, each, 10):
                client.send_message_batch(QueueUrl=url, Entries=[
                    {"Id": str(i), "MessageBody": str(i), "MessageGroupId": group, "MessageDeduplicationId": f"{group}-{i}"} for i in range(start, start + 10)])
        list(senders.map(send, [f"g{g}" for g in range(groups)]))
    seen, lock, left = collections.defaultdict(list), threading.Lock(), [groups * each]

    def consume(_):
        client = server.client("sqs")
        while left[0] > 0:
            messages = client.receive_message(QueueUrl=url, MaxNumberOfMessages=3, WaitTimeSeconds=1, AttributeNames=["MessageGroupId"]).get("Messages", [])
            for m in messages:
                with lock:
                    seen[m["Attributes"]["MessageGroupId"]].append(int(m["Body"]))
                    left[0] -= 1
                client.delete_message(QueueUrl=url, ReceiptHandle=m["ReceiptHandle"])

    with concurrent.futures.ThreadPoolExecutor(6) as consumers:
        list(consumers.map(consume, range(6)))
    assert seen == {f"g{g}": list(range(each)) for g in range(groups)}
    assert counts(sqs, url) == (0, 0, 0)


def test_a_delete_wakes_the_poll_that_waits_for_the_group(server, sqs):
    url, _ = new_queue(sqs, ContentBasedDeduplication="true")
    for body in ("1", "2"):
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="g")
    (first,) = sqs.receive_message(QueueUrl=url)["Messages"]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        waiting = pool.submit(server.client("sqs").receive_message, QueueUrl=url, WaitTimeSeconds=20)
        wait_for(lambda: server.admin("GET", "status")["parked"] >= 1)
        sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
        assert waiting.result(5)["Messages"][0]["Body"] == "2"


def test_order_and_deduplication_survive_kill_9(fresh_server):
    server = fresh_server()
    sqs = server.client("sqs")
    url, _ = new_queue(sqs, VisibilityTimeout="30")
    sent = {}
    for i in range(40):
        answer = sqs.send_message(QueueUrl=url, MessageBody=str(i), MessageGroupId=f"g{i % 2}", MessageDeduplicationId=f"d{i}")
        sent[i] = answer["MessageId"], answer["SequenceNumber"]
        if i % 13 == 12:
            server.kill9()
            server.start()
            sqs = server.client("sqs")
    assert [sent[i][1] for i in range(40)] == sorted(sent[i][1] for i in range(40))
    held = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=2, AttributeNames=["MessageGroupId"])["Messages"]
    server.kill9()
    server.start()
    sqs = server.client("sqs")
    for i in (0, 39):  # duplicates, still
        again = sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId="g0", MessageDeduplicationId=f"d{i}")
        assert (again["MessageId"], again["SequenceNumber"]) == sent[i]
    seen = collections.defaultdict(list)

    def drain():
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["MessageGroupId"]).get("Messages"):
            for m in messages:
                seen[m["Attributes"]["MessageGroupId"]].append(int(m["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=m["ReceiptHandle"])

    drain()
    group = held[0]["Attributes"]["MessageGroupId"]
    assert group not in seen and len(seen) == 1  # the group in flight waits, also after the restart
    server.admin("POST", "clock", action="advance", by="31s")
    drain()  # the interrupted delivery is made again
    assert {g: bodies for g, bodies in seen.items()} == {"g0": list(range(0, 40, 2)), "g1": list(range(1, 40, 2))}


def test_an_expired_handle_is_refused(server, sqs):
    url, _ = new_queue(sqs, VisibilityTimeout="0", ContentBasedDeduplication="true")
    sqs.send_message(QueueUrl=url, MessageBody="m", MessageGroupId="g")
    handle = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    assert code(sqs.delete_message, QueueUrl=url, ReceiptHandle=handle) == "InvalidParameterValue"
    failed = sqs.delete_message_batch(QueueUrl=url, Entries=[{"Id": "a", "ReceiptHandle": handle}])["Failed"]
    assert [(f["Code"], f["Message"]) for f in failed] == [("ReceiptHandleIsInvalid", "The receipt handle has expired")]


def test_messages_are_given_up_and_moved_back(sqs):
    dlq, dlq_arn = new_queue(sqs, "")
    url, arn = new_queue(sqs, "", RedrivePolicy=redrive(dlq_arn), VisibilityTimeout="0")
    for i in range(5):
        sqs.send_message(QueueUrl=url, MessageBody=str(i))
    while sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        pass
    assert counts(sqs, dlq) == (5, 0, 0)
    (dead,) = sqs.receive_message(QueueUrl=dlq, VisibilityTimeout=0, AttributeNames=["All"])["Messages"]
    assert dead["Attributes"]["DeadLetterQueueSourceArn"] == arn
    assert sqs.list_dead_letter_source_queues(QueueUrl=dlq)["queueUrls"] == [url]
    sqs.start_message_move_task(SourceArn=dlq_arn)
    newest = lambda: sqs.list_message_move_tasks(SourceArn=dlq_arn)["Results"][0]
    wait_for(lambda: newest()["Status"] == "COMPLETED")
    assert newest()["ApproximateNumberOfMessagesMoved"] == 5
    assert counts(sqs, url) == (5, 0, 0) and counts(sqs, dlq) == (0, 0, 0)


def test_a_move_task_goes_on_after_kill_9_and_is_cancelled(fresh_server):
    server = fresh_server()
    sqs = server.client("sqs")
    dlq, dlq_arn = new_queue(sqs, "")
    target, target_arn = new_queue(sqs, "")
    new_queue(sqs, "", RedrivePolicy=redrive(dlq_arn))
    for start in range(0, 100, 10):
        sqs.send_message_batch(QueueUrl=dlq, Entries=[{"Id": str(i), "MessageBody": str(i)} for i in range(start, start + 10)])
    handle = sqs.start_message_move_task(SourceArn=dlq_arn, DestinationArn=target_arn, MaxNumberOfMessagesPerSecond=2)["TaskHandle"]
    assert code(sqs.start_message_move_task, SourceArn=dlq_arn, DestinationArn=target_arn) == "InvalidParameterValue"
    newest = lambda: sqs.list_message_move_tasks(SourceArn=dlq_arn)["Results"][0]
    wait_for(lambda: newest()["ApproximateNumberOfMessagesMoved"] >= 2)
    server.kill9()
    server.start()
    sqs = server.client("sqs")
    before = newest()["ApproximateNumberOfMessagesMoved"]
    server.admin("POST", "clock", action="advance", by="5s")
    wait_for(lambda: newest()["ApproximateNumberOfMessagesMoved"] > before)
    sqs.cancel_message_move_task(TaskHandle=handle)
    server.admin("POST", "clock", action="advance", by="2s")
    wait_for(lambda: newest()["Status"] == "CANCELLED")
    moved = newest()["ApproximateNumberOfMessagesMoved"]
    assert counts(sqs, target)[0] == moved and counts(sqs, dlq)[0] == 100 - moved
    assert "TaskHandle" not in newest()


def test_who_may_use_a_queue_as_dead_letter_queue(sqs):
    url, arn = new_queue(sqs, "")
    dlq, dlq_arn = new_queue(sqs, "", RedriveAllowPolicy=json.dumps({"redrivePermission": "denyAll"}))
    change = lambda: sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": redrive(dlq_arn)})
    with pytest.raises(ClientError):
        change()
    sqs.set_queue_attributes(QueueUrl=dlq, Attributes={"RedriveAllowPolicy": json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [arn]})})
    change()
    _, fifo_arn = new_queue(sqs)
    assert code(sqs.set_queue_attributes, QueueUrl=url, Attributes={"RedrivePolicy": redrive(fifo_arn)}) == "InvalidParameterValue"


def test_a_queue_s_key_is_needed_to_send_and_to_receive(fresh_server):
    server = fresh_server()
    sqs, kms, iam = (server.client(s) for s in ("sqs", "kms", "iam"))
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    url, _ = new_queue(sqs, "", KmsMasterKeyId=key, KmsDataKeyReusePeriodSeconds="60")
    secret = "a text that must not be on the disk"
    sqs.send_message(QueueUrl=url, MessageBody=secret)

    iam.create_user(UserName="u")
    access = iam.create_access_key(UserName="u")["AccessKey"]
    user = server.client("sqs", key=access["AccessKeyId"], secret=access["SecretAccessKey"])

    def allow(*actions):
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
        iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=json.dumps(document))

    allow("sqs:*")
    assert code(user.send_message, QueueUrl=url, MessageBody="m") == "KMS.AccessDeniedException"
    assert code(user.receive_message, QueueUrl=url) == "KMS.AccessDeniedException"
    allow("sqs:*", "kms:Decrypt")
    assert code(user.send_message, QueueUrl=url, MessageBody="m") == "KMS.AccessDeniedException"
    assert user.receive_message(QueueUrl=url, VisibilityTimeout=0)["Messages"][0]["Body"] == secret
    allow("sqs:*", "kms:Decrypt", "kms:GenerateDataKey")
    user.send_message(QueueUrl=url, MessageBody="m")

    kms.disable_key(KeyId=key)
    sqs.send_message(QueueUrl=url, MessageBody="within the reuse period")
    server.admin("POST", "clock", action="advance", by="61s")
    assert code(sqs.send_message, QueueUrl=url, MessageBody="m") == "KMS.DisabledException"
    assert code(sqs.receive_message, QueueUrl=url) == "KMS.DisabledException"
    server.kill9()
    server.start()
    sqs, kms = server.client("sqs"), server.client("kms")
    kms.enable_key(KeyId=key)
    bodies = [m["Body"] for m in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]]
    assert bodies == [secret, "m", "within the reuse period"]
    server.stop()
    for file in pathlib.Path(server.data).rglob("*"):
        assert not file.is_file() or secret.encode() not in file.read_bytes()
