"""SNS through boto3: topics, subscriptions, filters, delivery to queues, and who may do what."""
import base64
import json
import re
import subprocess
import urllib.parse
import uuid

import pytest
import requests
from botocore.exceptions import ClientError

from conftest import wait_for


@pytest.fixture
def sns(server):
    return server.client("sns")


@pytest.fixture
def sqs(server):
    return server.client("sqs")


def name(prefix="t"):
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


def refused(call, **parameters):
    with pytest.raises(ClientError) as e:
        call(**parameters)
    return e.value.response["Error"]["Code"], e.value.response["Error"]["Message"]


def queue_with_policy(sqs, source=None, fifo=False, **attributes):
    """A queue that lets SNS send, for one topic or for all."""
    queue = name("q") + (".fifo" if fifo else "")
    url = sqs.create_queue(QueueName=queue, Attributes={**({"FifoQueue": "true"} if fifo else {}), **attributes})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}
    if source:
        statement["Condition"] = {"ArnEquals": {"aws:SourceArn": source}}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})})
    return url, arn


def receive(sqs, url, want=1):
    got = []

    def enough():
        got.extend(sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1, MessageAttributeNames=["All"]).get("Messages", []))
        return len(got) >= want
    wait_for(enough, 15)
    return got


def empty(sqs, url):
    return "Messages" not in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0)


@pytest.fixture
def joined(sns, sqs):
    """A topic with a queue that it may send to: (topic, url, subscription)."""
    def make(attributes=None, **topic):
        arn = sns.create_topic(Name=name(), **topic)["TopicArn"]
        url, queue = queue_with_policy(sqs, arn)
        subscription = sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue, Attributes=attributes or {}, ReturnSubscriptionArn=True)["SubscriptionArn"]
        return arn, url, subscription
    return make


def test_a_message_reaches_the_queue_in_its_envelope(sns, sqs, joined):
    topic, url, subscription = joined()
    sent = sns.publish(TopicArn=topic, Message='say "hi"\n', Subject="Hello",
                       MessageAttributes={"n": {"DataType": "Number", "StringValue": "1.5"}, "b": {"DataType": "Binary", "BinaryValue": b"\x02\x03"}})
    body = receive(sqs, url)[0]["Body"]
    envelope = json.loads(body)
    assert list(envelope) == ["Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp", "SignatureVersion", "Signature", "SigningCertURL",
                              "UnsubscribeURL", "MessageAttributes"]
    assert envelope["MessageId"] == sent["MessageId"] and envelope["Message"] == 'say "hi"\n' and envelope["TopicArn"] == topic
    assert envelope["MessageAttributes"] == {"n": {"Type": "Number", "Value": "1.5"}, "b": {"Type": "Binary", "Value": "AgM="}}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", envelope["Timestamp"])
    assert envelope["UnsubscribeURL"].endswith(f"/?Action=Unsubscribe&SubscriptionArn={subscription}")
    assert body.startswith('{\n  "Type" : "Notification",\n  "MessageId" : ')


def verified(message, fields, folder):
    """Checks the signature as the documentation says, with the certificate that the message names."""
    certificate = requests.get(message["SigningCertURL"], timeout=10)
    assert certificate.status_code == 200
    text = "".join(f"{k}\n{message[k]}\n" for k in fields if k in message)
    (folder / "c.pem").write_bytes(certificate.content)
    (folder / "key.pem").write_bytes(subprocess.run(["openssl", "x509", "-in", str(folder / "c.pem"), "-pubkey", "-noout"], capture_output=True, check=True).stdout)
    (folder / "signature").write_bytes(base64.b64decode(message["Signature"]))
    digest = {"1": "-sha1", "2": "-sha256"}[message["SignatureVersion"]]
    done = subprocess.run(["openssl", "dgst", digest, "-verify", str(folder / "key.pem"), "-signature", str(folder / "signature")], input=text.encode(), capture_output=True)
    return done.returncode == 0


NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")


@pytest.mark.parametrize("version", ["1", "2"])
def test_the_signature_is_that_of_the_certificate(sns, sqs, joined, version, tmp_path):
    topic, url, _ = joined(Attributes={"SignatureVersion": version})
    sns.publish(TopicArn=topic, Message="text", Subject="S")
    m = json.loads(receive(sqs, url)[0]["Body"])
    assert m["SignatureVersion"] == version and re.search(r"/SimpleNotificationService-[0-9a-f]{32}\.pem$", m["SigningCertURL"])
    assert verified(m, NOTIFICATION, tmp_path)
    assert not verified({**m, "Message": "other"}, NOTIFICATION, tmp_path)


def test_raw_delivery_carries_the_attributes(sns, sqs, joined):
    topic, url, _ = joined({"RawMessageDelivery": "true"})
    sns.publish(TopicArn=topic, Message="plain", MessageAttributes={"a": {"DataType": "String", "StringValue": "x"}})
    m = receive(sqs, url)[0]
    assert m["Body"] == "plain" and m["MessageAttributes"]["a"]["StringValue"] == "x"


def test_a_topic_may_only_send_where_the_queue_lets_it(sns, sqs):
    """The queue's policy names another topic: nothing arrives, and the dead-letter queue of the subscription gets it."""
    topic, other = (sns.create_topic(Name=name())["TopicArn"] for _ in range(2))
    url, queue = queue_with_policy(sqs, other)
    dead_url, dead = queue_with_policy(sqs)
    bare = sqs.create_queue(QueueName=name("q"))["QueueUrl"]
    bare_arn = sqs.get_queue_attributes(QueueUrl=bare, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    for endpoint in (queue, bare_arn):
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=endpoint, Attributes={"RedrivePolicy": json.dumps({"deadLetterTargetArn": dead})})
    sns.publish(TopicArn=topic, Message="secret")
    assert [json.loads(m["Body"])["Message"] for m in receive(sqs, dead_url, 2)] == ["secret"] * 2
    assert empty(sqs, url) and empty(sqs, bare)


def test_other_accounts_and_regions(server, sns):
    """A queue of another account in another Region: its owner subscribes, and its policy decides."""
    topic = sns.create_topic(Name=name())["TopicArn"]
    other_sqs, other_sns = server.client("sqs", key="222222222222", region="eu-west-1"), server.client("sns", key="222222222222")
    url, queue = queue_with_policy(other_sqs, topic)
    assert refused(other_sns.subscribe, TopicArn=topic, Protocol="sqs", Endpoint=queue)[0] == "AuthorizationError"
    sns.add_permission(TopicArn=topic, Label="them", AWSAccountId=["222222222222"], ActionName=["Subscribe"])
    subscription = other_sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)["SubscriptionArn"]
    assert subscription.startswith(topic)
    assert [s["SubscriptionArn"] for s in other_sns.list_subscriptions()["Subscriptions"]] == [subscription]
    sns.publish(TopicArn=topic, Message="over there")
    assert json.loads(receive(other_sqs, url)[0]["Body"])["Message"] == "over there"
    assert refused(other_sns.publish, TopicArn=topic, Message="x")[0] == "AuthorizationError"
    other_sns.unsubscribe(SubscriptionArn=subscription)
    assert refused(sns.get_subscription_attributes, SubscriptionArn=subscription) == ("NotFound", "Subscription does not exist")


def test_a_topics_owner_who_subscribes_a_foreign_queue_needs_a_confirmation(server, sns):
    topic = sns.create_topic(Name=name())["TopicArn"]
    other_sqs = server.client("sqs", key="333333333333")
    url, queue = queue_with_policy(other_sqs, topic)
    assert sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)["SubscriptionArn"] == "pending confirmation"
    m = json.loads(receive(other_sqs, url)[0]["Body"])
    assert m["Type"] == "SubscriptionConfirmation"
    sns.publish(TopicArn=topic, Message="too early")
    answer = requests.get(m["SubscribeURL"], timeout=10)
    assert answer.status_code == 200 and "<SubscriptionArn>" + topic in answer.text
    sns.publish(TopicArn=topic, Message="now")
    assert json.loads(receive(other_sqs, url)[0]["Body"])["Message"] == "now"


def test_filter_policies_on_attributes(sns, sqs, joined):
    topic, url, subscription = joined({"RawMessageDelivery": "true", "FilterPolicy": json.dumps({
        "store": ["a", {"prefix": "b"}], "price": [{"numeric": [">=", 10, "<", 20]}], "gone": [{"exists": False}]})})

    def send(text, **attributes):
        sns.publish(TopicArn=topic, Message=text, MessageAttributes={
            k: {"DataType": "Number" if isinstance(v, int) else "String.Array" if isinstance(v, list) else "String",
                "StringValue": json.dumps(v) if isinstance(v, list) else str(v)} for k, v in attributes.items()})
    send("1", store="a", price=10)
    send("no", store="a", price=20)
    send("no", store="c", price=10)
    send("2", store=["x", "bee"], price=19)
    send("no", store="a", price=15, gone="x")
    send("no")
    assert sorted(m["Body"] for m in receive(sqs, url, 2)) == ["1", "2"]
    sns.set_subscription_attributes(SubscriptionArn=subscription, AttributeName="FilterPolicy", AttributeValue="{}")
    send("all")
    assert receive(sqs, url)[0]["Body"] == "all"
    assert "FilterPolicy" not in sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]


def test_filter_policies_on_the_body(sns, sqs, joined):
    topic, url, _ = joined({"RawMessageDelivery": "true", "FilterPolicyScope": "MessageBody",
                            "FilterPolicy": json.dumps({"order": {"kind": ["new"], "$or": [{"n": [1]}, {"m": [{"anything-but": "x"}]}]}})})
    for body in ({"order": {"kind": "new", "n": 1}}, {"order": {"kind": "new", "m": "x"}}, {"order": [{"kind": "old"}, {"kind": "new", "m": "y"}]}, "text"):
        sns.publish(TopicArn=topic, Message=json.dumps(body) if isinstance(body, dict) else body)
    assert len(receive(sqs, url, 2)) == 2 and empty(sqs, url)


def test_each_protocol_gets_its_text(sns, sqs, joined):
    topic, url, _ = joined()
    sns.publish(TopicArn=topic, MessageStructure="json", Message=json.dumps({"default": "d", "sqs": "for queues", "http": 1}))
    assert json.loads(receive(sqs, url)[0]["Body"])["Message"] == "for queues"


def test_a_batch(sns, sqs, joined):
    topic, url, _ = joined({"RawMessageDelivery": "true"})
    out = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[{"Id": str(i), "Message": f"m{i}"} for i in range(10)])
    assert [e["Id"] for e in out["Successful"]] == [str(i) for i in range(10)] and out["Failed"] == []
    assert sorted(m["Body"] for m in receive(sqs, url, 10)) == [f"m{i}" for i in range(10)]


def test_many_subscribers_all_get_it(sns, sqs):
    """More than one publication sends at once: a chain of tasks does the rest."""
    topic = sns.create_topic(Name=name())["TopicArn"]
    urls = []
    for _ in range(60):
        url, arn = queue_with_policy(sqs, topic)
        urls.append(url)
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    sns.publish(TopicArn=topic, Message="x" * 200_000)
    for url in urls:
        assert len(receive(sqs, url)[0]["Body"]) == 200_000


def test_permissions_are_asked_for(server, sns):
    iam = server.client("iam")
    user = name("u")
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    theirs = server.client("sns", key=key["AccessKeyId"], secret=key["SecretAccessKey"])
    topic = sns.create_topic(Name=name())["TopicArn"]
    code, text = refused(theirs.publish, TopicArn=topic, Message="x")
    assert code == "AuthorizationError" and f"is not authorized to perform: SNS:Publish on resource: {topic} because no identity-based policy allows" in text
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["sns:Publish", "sns:Subscribe"], "Resource": topic, "Condition": {"StringEqualsIfExists": {"sns:Protocol": "email"}}}]}))
    wait_for(lambda: theirs.publish(TopicArn=topic, Message="x")["MessageId"])
    assert theirs.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.com")["SubscriptionArn"] == "pending confirmation"
    assert refused(theirs.subscribe, TopicArn=topic, Protocol="http", Endpoint="http://example.com/")[0] == "AuthorizationError"
    assert refused(theirs.list_topics)[0] == "AuthorizationError"


def test_everybody_may_publish_where_the_policy_says_so(server, sns, sqs, joined):
    topic, url, _ = joined({"RawMessageDelivery": "true"})
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": topic}]}))
    body = urllib.parse.urlencode({"Action": "Publish", "Version": "2010-03-31", "TopicArn": topic, "Message": "anonymous"})
    assert requests.post(server.url, data=body, headers={"Content-Type": "application/x-www-form-urlencoded"}, timeout=10).status_code == 200
    assert receive(sqs, url)[0]["Body"] == "anonymous"


def test_topics_are_idempotent_and_refuse_differences(sns):
    topic = name()
    arn = sns.create_topic(Name=topic, Attributes={"DisplayName": "A"}, Tags=[{"Key": "k", "Value": "v"}])["TopicArn"]
    assert sns.create_topic(Name=topic)["TopicArn"] == arn
    assert refused(sns.create_topic, Name=topic, Attributes={"DisplayName": "B"}) == (
        "InvalidParameter", "Invalid parameter: Attributes Reason: Topic already exists with different attributes")
    assert refused(sns.create_topic, Name=topic, Tags=[{"Key": "k", "Value": "w"}])[1] == "Invalid parameter: Tags Reason: Topic already exists with different tags"
    sns.delete_topic(TopicArn=arn)
    sns.delete_topic(TopicArn=arn)
    assert refused(sns.get_topic_attributes, TopicArn=arn) == ("NotFound", "Topic does not exist")


def test_policies_keep_to_what_topics_allow(sns):
    topic = sns.create_topic(Name=name())["TopicArn"]
    for action in ("s3:GetObject", "sns:*", "sns:ListTopics"):
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": action, "Resource": topic}]}
        assert refused(sns.set_topic_attributes, TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(policy))[1] == (
            "Invalid parameter: Policy statement action out of service scope!")
    assert refused(sns.set_topic_attributes, TopicArn=topic, AttributeName="Policy", AttributeValue="{")[1] == "Invalid parameter: Policy Error: null"


@pytest.mark.parametrize("attributes, what", [({"TracingConfig": "Active"}, "X-Ray"), ({"SQSSuccessFeedbackRoleArn": "arn:aws:iam::000000000000:role/r"}, "delivery status logging")])
def test_what_is_not_done_is_refused(sns, attributes, what):
    code, text = refused(sns.create_topic, Name=name(), Attributes=attributes)
    assert code == "NotImplemented" and what in text


def test_lists_go_on_in_pages(server):
    sns = server.client("sns", key="444444444444")
    arns = {sns.create_topic(Name=f"page-{i:03}")["TopicArn"] for i in range(120)}
    pages = list(sns.get_paginator("list_topics").paginate())
    assert len(pages) == 2 and {t["TopicArn"] for p in pages for t in p["Topics"]} == arns
    topic = min(arns)
    for i in range(101):
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=f"a{i}@example.com")
    assert sum(len(p["Subscriptions"]) for p in sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)) == 101
    assert sum(len(p["Subscriptions"]) for p in sns.get_paginator("list_subscriptions").paginate()) == 101
    assert refused(sns.list_topics, NextToken="bogus") == ("InvalidParameter", "Invalid parameter: NextToken")


def test_what_was_answered_survives_a_kill(server, sns, sqs, joined):
    topic, url, subscription = joined({"RawMessageDelivery": "true"})
    sns.publish(TopicArn=topic, Message="kept")
    server.kill9()
    server.start()
    assert sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]["TopicArn"] == topic
    assert receive(sqs, url)[0]["Body"] == "kept"
    sns.publish(TopicArn=topic, Message="after")
    assert receive(sqs, url)[0]["Body"] == "after"
