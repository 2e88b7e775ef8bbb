"""What SNS delivers beyond queues: HTTP endpoints with retries, e-mail, FIFO topics, dead-letter queues, encrypted topics."""
import http.server
import json
import pathlib
import re
import subprocess
import threading
import uuid

import pytest
import requests
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError, ReadTimeoutError

from conftest import BUILD, Server, wait_for
from sns_support import CONFIRMATION, NOTIFICATION, empty, name, queue_with_policy, receive, refused, verified


@pytest.fixture(scope="module")
def server():
    s = Server().start()
    yield s
    s.close()


@pytest.fixture
def sns(server):
    return server.client("sns")


@pytest.fixture
def sqs(server):
    return server.client("sqs")


@pytest.fixture
def frozen(server):
    server.admin("POST", "clock", action="freeze")
    yield lambda by: server.admin("POST", "clock", action="advance", by=by)
    server.admin("POST", "clock", action="thaw")


class Endpoint:
    """An HTTP server that keeps what it is sent and answers what it is told to."""

    def __init__(self):
        self.got, self.answers = [], []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                outer.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(outer.answers.pop(0) if outer.answers else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/sns"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait(self, count):
        wait_for(lambda: len(self.got) >= count, 10)
        return self.got[count - 1]


@pytest.fixture
def endpoint():
    e = Endpoint()
    yield e
    e.server.shutdown()


def confirmed(sns, topic, endpoint, **attributes):
    """Subscribes the endpoint and opens the link that it got; the subscription's ARN."""
    before = len(endpoint.got)
    arn = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url, Attributes=attributes, ReturnSubscriptionArn=True)["SubscriptionArn"]
    message = json.loads(endpoint.wait(before + 1)[1])
    assert requests.get(message["SubscribeURL"], timeout=10).status_code == 200
    return arn


def test_an_http_endpoint_confirms_and_is_notified(sns, endpoint, tmp_path):
    topic = sns.create_topic(Name=name())["TopicArn"]
    assert sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url)["SubscriptionArn"] == "pending confirmation"
    headers, body = endpoint.wait(1)
    message = json.loads(body)
    assert headers["x-amz-sns-message-type"] == "SubscriptionConfirmation" and headers["x-amz-sns-topic-arn"] == topic
    assert "x-amz-sns-subscription-arn" not in headers and headers["content-type"] == "text/plain; charset=UTF-8"
    assert headers["user-agent"] == "Amazon Simple Notification Service Agent" and headers["x-amz-sns-message-id"] == message["MessageId"]
    assert list(message) == ["Type", "MessageId", "Token", "TopicArn", "Message", "SubscribeURL", "Timestamp", "SignatureVersion", "Signature", "SigningCertURL"]
    assert message["Message"].startswith(f"You have chosen to subscribe to the topic {topic}.\nTo confirm")
    assert verified(message, CONFIRMATION, tmp_path)

    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"][0]["SubscriptionArn"] == "PendingConfirmation"
    assert refused(sns.confirm_subscription, TopicArn=topic, Token="x") == ("InvalidParameter", "Invalid parameter: Token")
    assert refused(sns.confirm_subscription, TopicArn=topic.replace("us-east-1", "eu-west-1"), Token=message["Token"]) == ("InvalidParameter", "Invalid parameter: Topic")
    arn = sns.confirm_subscription(TopicArn=topic, Token=message["Token"])["SubscriptionArn"]
    assert sns.confirm_subscription(TopicArn=topic, Token=message["Token"])["SubscriptionArn"] == arn
    assert sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["ConfirmationWasAuthenticated"] == "true"

    sns.publish(TopicArn=topic, Message="news", Subject="S")
    headers, body = endpoint.wait(2)
    message = json.loads(body)
    assert headers["x-amz-sns-message-type"] == "Notification" and headers["x-amz-sns-subscription-arn"] == arn
    assert message["Message"] == "news" and message["Subject"] == "S" and verified(message, NOTIFICATION, tmp_path)


def test_unsubscribing_by_the_link_can_be_taken_back(sns, endpoint):
    topic = sns.create_topic(Name=name())["TopicArn"]
    arn = confirmed(sns, topic, endpoint)
    sns.publish(TopicArn=topic, Message="one")
    link = json.loads(endpoint.wait(2)[1])["UnsubscribeURL"]
    assert requests.get(link, timeout=10).status_code == 200
    headers, body = endpoint.wait(3)
    assert headers["x-amz-sns-message-type"] == "UnsubscribeConfirmation" and f"deactivate subscription {arn}" in json.loads(body)["Message"]
    assert refused(sns.get_subscription_attributes, SubscriptionArn=arn)[0] == "NotFound"
    assert requests.get(json.loads(body)["SubscribeURL"], timeout=10).status_code == 200
    sns.publish(TopicArn=topic, Message="two")
    assert json.loads(endpoint.wait(4)[1])["Message"] == "two"
    sns.unsubscribe(SubscriptionArn=arn)
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["SubscriptionsConfirmed"] == "0"


def test_who_confirmed_with_authentication_cannot_be_unsubscribed_by_a_stranger(sns, endpoint):
    topic = sns.create_topic(Name=name())["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url)
    token = json.loads(endpoint.wait(1)[1])["Token"]
    arn = sns.confirm_subscription(TopicArn=topic, Token=token, AuthenticateOnUnsubscribe="true")["SubscriptionArn"]
    sns.publish(TopicArn=topic, Message="x")
    link = json.loads(endpoint.wait(2)[1])["UnsubscribeURL"]
    answer = requests.get(link, timeout=10)
    assert answer.status_code == 403 and "AuthorizationError" in answer.text
    sns.unsubscribe(SubscriptionArn=arn)


def test_raw_delivery_and_content_types(sns, endpoint):
    topic = sns.create_topic(Name=name())["TopicArn"]
    confirmed(sns, topic, endpoint, RawMessageDelivery="true", DeliveryPolicy=json.dumps({"requestPolicy": {"headerContentType": "application/json"}}))
    sns.publish(TopicArn=topic, Message='{"a":1}')
    headers, body = endpoint.wait(2)
    assert body == '{"a":1}' and headers["x-amz-sns-rawdelivery"] == "true" and headers["content-type"] == "application/json"


def test_retries_keep_to_the_policy_and_end_in_the_dead_letter_queue(sns, sqs, endpoint, frozen):
    topic = sns.create_topic(Name=name())["TopicArn"]
    dead_url, dead = queue_with_policy(sqs)
    policy = {"healthyRetryPolicy": {"numRetries": 4, "numNoDelayRetries": 1, "numMinDelayRetries": 1, "numMaxDelayRetries": 1, "minDelayTarget": 10, "maxDelayTarget": 60}}
    confirmed(sns, topic, endpoint, DeliveryPolicy=json.dumps(policy), RedrivePolicy=json.dumps({"deadLetterTargetArn": dead}))
    endpoint.answers[:] = [500, 503, 429, 500, 500]
    sns.publish(TopicArn=topic, Message="fails")
    endpoint.wait(3)                          # at once, and the retry without delay
    for due, count in (("9s", 3), ("2s", 4), ("10s", 5), ("58s", 5), ("2s", 6)):
        frozen(due)
        assert len(endpoint.got) == count, due
    assert json.loads(receive(sqs, dead_url)[0]["Body"])["Message"] == "fails"


def test_what_an_endpoint_refuses_is_not_tried_again(sns, sqs, endpoint, frozen):
    topic = sns.create_topic(Name=name())["TopicArn"]
    confirmed(sns, topic, endpoint)
    endpoint.answers[:] = [404]
    sns.publish(TopicArn=topic, Message="no such page")
    endpoint.wait(2)
    frozen("1h")
    assert len(endpoint.got) == 2


def test_our_own_port_is_no_endpoint(sns, sqs, server, frozen):
    topic = sns.create_topic(Name=name())["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"{server.url}/?Action=x")
    frozen("1h")
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"][0]["SubscriptionArn"] == "PendingConfirmation"
    frozen("49h")
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []


def test_mail_is_confirmed_by_its_link_and_read_in_the_mailbox(sns, server):
    topic = sns.create_topic(Name=name(), Attributes={"DisplayName": "Shop"})["TopicArn"]
    address = f"{name('me')}@example.com"
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=address)

    def fogbank(*words):
        done = subprocess.run([str(BUILD / "fogbank"), "mail", *words, "--port", str(server.port)], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout
    text = fogbank("wait", "--to", address, "--subject", "Confirmation")
    assert "Subject: AWS Notification - Subscription Confirmation" in text and "From: Shop <no-reply@sns.amazonaws.com>" in text
    assert requests.get(re.search(r"http://\S+Token=\w+", text)[0], timeout=10).status_code == 200
    sns.publish(TopicArn=topic, Message="Dear reader", Subject="Sale")
    listed = json.loads(fogbank("list", "--to", address, "--json"))["mails"]
    assert [m["subject"] for m in listed] == ["AWS Notification - Subscription Confirmation", "Sale"]
    text = fogbank("show", str(listed[-1]["id"]))
    assert "\n\nDear reader\n\n--\nIf you wish to stop receiving notifications from this topic, please click or visit the link below" in text
    assert server.admin("GET", f"mail/{listed[-1]['id']}")["to"] == [address]
    assert requests.get(re.search(r"http://\S+Action=Unsubscribe\S+", text)[0], timeout=10).status_code == 200
    sns.publish(TopicArn=topic, Message="nobody reads this")
    assert len(server.admin("GET", "mail", to=address)["mails"]) == 2


def test_mail_as_json_and_by_protocol(sns, server):
    topic = sns.create_topic(Name=name())["TopicArn"]
    address = f"{name('me')}@example.com"
    sns.subscribe(TopicArn=topic, Protocol="email-json", Endpoint=address)
    mail = server.admin("GET", "mail", to=address, bodies="true")["mails"][0]
    sns.confirm_subscription(TopicArn=topic, Token=json.loads(mail["body"])["Token"])
    sns.publish(TopicArn=topic, MessageStructure="json", Message=json.dumps({"default": "d", "email-json": "for machines"}))
    mail = server.admin("GET", "mail", to=address, bodies="true")["mails"][1]
    assert json.loads(mail["body"])["Message"] == "for machines" and mail["subject"] == "AWS Notification Message"


def fifo_topic(sns, **attributes):
    return sns.create_topic(Name=name() + ".fifo", Attributes={"FifoTopic": "true", **attributes})["TopicArn"]


def test_a_fifo_topic_keeps_order_and_drops_repetitions(sns, sqs):
    topic = fifo_topic(sns, ContentBasedDeduplication="true")
    url, queue = queue_with_policy(sqs, topic, fifo=True)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"})
    first = sns.publish(TopicArn=topic, Message="m0", MessageGroupId="g")
    again = sns.publish(TopicArn=topic, Message="m0", MessageGroupId="g")
    assert again == {**first, "ResponseMetadata": again["ResponseMetadata"]} and len(first["SequenceNumber"]) == 20
    sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[{"Id": str(i), "Message": f"m{i}", "MessageGroupId": "g"} for i in range(1, 9)])
    got = []
    while len(got) < 9:
        for m in receive(sqs, url):
            got.append(m["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=m["ReceiptHandle"])
    assert got == [f"m{i}" for i in range(9)]


def test_the_envelope_of_a_fifo_topic_has_a_number_and_no_signature(sns, sqs):
    topic = fifo_topic(sns)
    url, queue = queue_with_policy(sqs, topic, fifo=True)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    sent = sns.publish(TopicArn=topic, Message="x", MessageGroupId="g", MessageDeduplicationId="d")
    envelope = json.loads(receive(sqs, url)[0]["Body"])
    assert list(envelope) == ["Type", "MessageId", "SequenceNumber", "TopicArn", "Message", "Timestamp", "UnsubscribeURL"]
    assert envelope["SequenceNumber"] == sent["SequenceNumber"]
    assert refused(sns.publish, TopicArn=topic, Message="x")[1] == "Invalid parameter: The MessageGroupId parameter is required for FIFO topics"
    assert "ContentBasedDeduplication enabled" in refused(sns.publish, TopicArn=topic, Message="x", MessageGroupId="g")[1]
    standard = sns.create_topic(Name=name())["TopicArn"]
    assert "FIFO SQS Queues can not be subscribed" in refused(sns.subscribe, TopicArn=standard, Protocol="sqs", Endpoint=queue)[1]


def test_a_message_of_a_group_waits_for_the_one_before_it(sns, sqs, server, frozen):
    """The queue cannot be written for a while: what comes later stays behind what came first."""
    topic = fifo_topic(sns)
    url, queue = queue_with_policy(sqs, topic, fifo=True)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"})
    server.admin("POST", "faults", kind="error", service="sqs", operation="SendMessage", code="ServiceUnavailable", status=503, count=5)
    for i in range(3):
        sns.publish(TopicArn=topic, Message=f"m{i}", MessageGroupId="g", MessageDeduplicationId=str(i))
    frozen("10m")
    server.admin("DELETE", "faults")
    assert [m["Body"] for m in receive(sqs, url, 3)] == ["m0", "m1", "m2"]


def test_deduplication_ends_after_five_minutes(sns, sqs, frozen):
    topic = fifo_topic(sns)
    first = sns.publish(TopicArn=topic, Message="x", MessageGroupId="g", MessageDeduplicationId="d")["MessageId"]
    frozen("299s")
    assert sns.publish(TopicArn=topic, Message="x", MessageGroupId="h", MessageDeduplicationId="d")["MessageId"] == first
    frozen("2s")
    assert sns.publish(TopicArn=topic, Message="x", MessageGroupId="g", MessageDeduplicationId="d")["MessageId"] != first


def test_an_encrypted_topic_asks_for_its_key(server, sns, sqs, frozen):
    kms, iam = server.client("kms"), server.client("iam")
    key = kms.create_key()["KeyMetadata"]
    topic = sns.create_topic(Name=name(), Attributes={"KmsMasterKeyId": key["KeyId"]})["TopicArn"]
    url, queue = queue_with_policy(sqs, topic)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"})
    # waits, encrypted, for a queue that cannot be written
    server.admin("POST", "faults", kind="error", service="sqs", operation="SendMessage", code="ServiceUnavailable", status=503)
    secret = f"secret-{uuid.uuid4().hex}"
    sns.publish(TopicArn=topic, Message=secret)
    for file in pathlib.Path(server.data).rglob("*"):
        assert not file.is_file() or secret.encode() not in file.read_bytes(), file
    server.admin("DELETE", "faults")
    frozen("1m")
    assert receive(sqs, url)[0]["Body"] == secret
    # a publisher needs the key too
    user = name("u")
    iam.create_user(UserName=user)
    access = iam.create_access_key(UserName=user)["AccessKey"]
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sns:Publish", "Resource": topic}]}))
    theirs = server.client("sns", key=access["AccessKeyId"], secret=access["SecretAccessKey"])
    code, text = refused(theirs.publish, TopicArn=topic, Message="x")
    assert code == "KMSAccessDenied" and "kms:GenerateDataKey" in text
    kms.disable_key(KeyId=key["KeyId"])
    assert refused(sns.publish, TopicArn=topic, Message="x")[0] == "KMSDisabled"
    missing = sns.create_topic(Name=name(), Attributes={"KmsMasterKeyId": "alias/none"})["TopicArn"]
    assert refused(sns.publish, TopicArn=missing, Message="x")[0] == "KMSNotFound"
    assert empty(sqs, url)


@pytest.mark.parametrize("point", ["task.after_call", *(pytest.param(p, marks=pytest.mark.slow) for p in (
    "task.claimed", "task.before_call", "task.after_effect", "task.before_finish", "task.after_finish"))])
def test_order_and_deduplication_hold_through_kills(point):
    """The server dies at that point of a delivery, again and again; each message arrives once, in its place."""
    server = Server()
    try:
        server.start()
        sns, sqs = server.client("sns"), server.client("sqs")
        topic = fifo_topic(sns, ContentBasedDeduplication="true")
        url, queue = queue_with_policy(sqs, topic, fifo=True)
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"})
        server.stop()
        sent, left = [], 12
        for life in range(100):
            if not left:
                break
            try:
                server.start(env={"FOGBANK_CRASH_AT": f"{point}:{1 + life % 4}"})
                for _ in range(4):
                    if not left:
                        break
                    text = f"m{12 - left}"
                    server.client("sns").publish(TopicArn=topic, Message=text, MessageGroupId="g")
                    sent.append(text)
                    left -= 1
            except (EndpointConnectionError, ConnectionClosedError, ReadTimeoutError, RuntimeError):
                pass                         # perhaps it was committed: the next publication of the same text tells
            if server.process.poll() is None:
                server.kill9()
            server.process.wait()
        assert not left
        server.port = 0
        server.start()
        url = f"{server.url}/000000000000/{url.rsplit('/', 1)[1]}"
        sqs, got = server.client("sqs"), []
        while len(got) < len(sent):
            for m in receive(sqs, url):
                got.append(m["Body"])
                sqs.delete_message(QueueUrl=url, ReceiptHandle=m["ReceiptHandle"])
        assert got == [f"m{i}" for i in range(12)] and empty(sqs, url)
    finally:
        server.close()
