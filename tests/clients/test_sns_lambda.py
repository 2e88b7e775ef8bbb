"""Topics that invoke functions: the event, whose policy decides, filters, and what happens to messages that no function takes."""
import json

import pytest
from conftest import Server, wait_for
from lambda_support import allow, make_function, make_role
from sns_support import empty, name, queue_with_policy, receive, refused

FORWARD = """
import boto3, json, os
sqs = boto3.client("sqs")
def handler(event, context):
    sqs.send_message(QueueUrl=os.environ["OUT"], MessageBody=json.dumps({"event": event, "arn": context.invoked_function_arn}))
"""


@pytest.fixture(scope="module")
def role(server):
    return make_role(server, "topic-functions", allow("*"))


def may_invoke(client, function, topic, **more):
    client.add_permission(FunctionName=function, StatementId=name("s"), Action="lambda:InvokeFunction", Principal="sns.amazonaws.com", SourceArn=topic, **more)


class Subscribed:
    """A topic, a function that subscribes to it, and the queue that the function forwards its events to."""

    def __init__(self, server, role, permit=True, qualifier="", **attributes):
        self.sns, self.sqs = server.client("sns"), server.client("sqs")
        self.topic = self.sns.create_topic(Name=name("t"))["TopicArn"]
        self.out = self.sqs.create_queue(QueueName=name("out"))["QueueUrl"]
        self.function = name("f")
        self.client = make_function(server, self.function, role, FORWARD, Environment={"Variables": {"OUT": self.out}}, Timeout=20)
        self.arn = self.client.get_function_configuration(FunctionName=self.function)["FunctionArn"]
        if permit:
            may_invoke(self.client, self.function, self.topic)
        self.endpoint = self.arn + qualifier
        self.subscription = self.sns.subscribe(TopicArn=self.topic, Protocol="lambda", Endpoint=self.endpoint, Attributes=attributes)["SubscriptionArn"]

    def events(self, want=1):
        return [json.loads(m["Body"])["event"]["Records"] for m in receive(self.sqs, self.out, want)]


@pytest.fixture(scope="module")
def subscribed(server, role):
    return Subscribed(server, role)


def test_a_function_gets_the_event_of_sns(subscribed):
    s = subscribed
    assert s.subscription.startswith(s.topic + ":")   # one of the caller's own functions needs no confirmation
    attributes = s.sns.get_subscription_attributes(SubscriptionArn=s.subscription)["Attributes"]
    assert (attributes["Protocol"], attributes["PendingConfirmation"], attributes["Endpoint"]) == ("lambda", "false", s.endpoint)
    sent = s.sns.publish(TopicArn=s.topic, Message="hello", Subject="greeting", MessageAttributes={
        "colour": {"DataType": "String", "StringValue": "red"}, "raw": {"DataType": "Binary", "BinaryValue": b"\x01\x02"}})["MessageId"]
    (record,), = s.events()
    assert (record["EventSource"], record["EventVersion"], record["EventSubscriptionArn"]) == ("aws:sns", "1.0", s.subscription)
    message = record["Sns"]
    assert set(message) == {"Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp", "SignatureVersion", "Signature", "SigningCertUrl", "UnsubscribeUrl",
                            "MessageAttributes"}
    assert (message["Type"], message["MessageId"], message["TopicArn"], message["Subject"], message["Message"]) == ("Notification", sent, s.topic, "greeting", "hello")
    assert message["MessageAttributes"] == {"colour": {"Type": "String", "Value": "red"}, "raw": {"Type": "Binary", "Value": "AQI="}}


def test_a_batch_is_an_event_each_and_texts_are_by_protocol(subscribed):
    s = subscribed
    s.sns.publish_batch(TopicArn=s.topic, PublishBatchRequestEntries=[
        {"Id": "a", "Message": "one"}, {"Id": "b", "Message": json.dumps({"default": "no", "lambda": "two"}), "MessageStructure": "json"}])
    got = s.events(2)
    assert sorted(r["Sns"]["Message"] for (r,) in got) == ["one", "two"] and all(r["Sns"]["Subject"] is None for (r,) in got)


def test_a_filter_keeps_messages_from_the_function(server, role, subscribed):
    s = subscribed
    s.sns.set_subscription_attributes(SubscriptionArn=s.subscription, AttributeName="FilterPolicy", AttributeValue=json.dumps({"colour": ["blue"]}))
    for colour in ("red", "blue"):
        s.sns.publish(TopicArn=s.topic, Message=colour, MessageAttributes={"colour": {"DataType": "String", "StringValue": colour}})
    assert [r["Sns"]["Message"] for (r,) in s.events()] == ["blue"] and empty(s.sqs, s.out)
    s.sns.set_subscription_attributes(SubscriptionArn=s.subscription, AttributeName="FilterPolicy", AttributeValue="{}")


def test_an_alias_is_invoked_by_its_own_permission(server, role):
    s = Subscribed(server, role, permit=False, qualifier=":live")
    version = s.client.publish_version(FunctionName=s.function)["Version"]
    s.client.create_alias(FunctionName=s.function, Name="live", FunctionVersion=version)
    may_invoke(s.client, s.function, s.topic, Qualifier="live")
    s.sns.publish(TopicArn=s.topic, Message="x")
    body = json.loads(receive(s.sqs, s.out)[0]["Body"])
    assert body["arn"] == s.arn + ":live" and body["event"]["Records"][0]["Sns"]["Message"] == "x"


@pytest.mark.parametrize("wrong", ["no permission", "another topic's", "no function"])
def test_what_no_function_takes_goes_to_the_dead_letter_queue(server, role, wrong):
    dead, dead_arn = queue_with_policy(server.client("sqs"))
    s = Subscribed(server, role, permit=False, RedrivePolicy=json.dumps({"deadLetterTargetArn": dead_arn}))
    if wrong == "another topic's":
        may_invoke(s.client, s.function, s.topic + "-other")
    if wrong == "no function":
        may_invoke(s.client, s.function, s.topic)
        s.client.delete_function(FunctionName=s.function)
    s.sns.publish(TopicArn=s.topic, Message="lost", MessageAttributes={"a": {"DataType": "Number", "StringValue": "1"}})
    letter = json.loads(receive(s.sqs, dead)[0]["Body"])   # at once: nothing that its owner has to put right is tried again
    assert (letter["Type"], letter["Message"], letter["MessageAttributes"]) == ("Notification", "lost", {"a": {"Type": "Number", "Value": "1"}})
    assert empty(s.sqs, s.out)


def test_what_functions_cannot_be_is_refused(server, role):
    sns = server.client("sns")
    topic, fifo = sns.create_topic(Name=name("t"))["TopicArn"], sns.create_topic(Name=name("t") + ".fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    arn = "arn:aws:lambda:us-east-1:000000000000:function:f"
    assert refused(sns.subscribe, TopicArn=fifo, Protocol="lambda", Endpoint=arn)[0] == "InvalidParameter"
    for wrong in ("f", "arn:aws:sqs:us-east-1:000000000000:f", "arn:aws:lambda:us-east-1:000000000000:layer:f", "arn:aws:lambda:us-east-1:000000000000:function:"):
        assert refused(sns.subscribe, TopicArn=topic, Protocol="lambda", Endpoint=wrong) == ("InvalidParameter", "Invalid parameter: Lambda endpoint ARN")
    code, text = refused(sns.subscribe, TopicArn=topic, Protocol="lambda", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    assert code == "InvalidParameter" and text.endswith("Delivery protocol [lambda] does not support raw message delivery.")


def test_a_function_of_another_account(server):
    """Its account may subscribe it where the topic's policy lets it; the topic's owner may too, and then it has to confirm."""
    other = "222222222222"
    sns, theirs = server.client("sns"), server.client("sns", other)
    iam, functions, sqs = server.client("iam", other), server.client("lambda", other), server.client("sqs", other)

    class Other:
        @staticmethod
        def client(service):
            return {"iam": iam, "lambda": functions, "sqs": sqs}[service]
    topic = sns.create_topic(Name=name("t"))["TopicArn"]
    out = sqs.create_queue(QueueName=name("out"))["QueueUrl"]
    make_function(Other, "theirs", make_role(Other, "runner", allow("*")), FORWARD, Environment={"Variables": {"OUT": out}})
    arn = functions.get_function_configuration(FunctionName="theirs")["FunctionArn"]
    may_invoke(functions, "theirs", topic)
    assert refused(theirs.subscribe, TopicArn=topic, Protocol="lambda", Endpoint=arn)[0] == "AuthorizationError"
    assert sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)["SubscriptionArn"] == "pending confirmation"
    asked = json.loads(receive(sqs, out)[0]["Body"])["event"]["Records"][0]["Sns"]
    assert asked["Type"] == "SubscriptionConfirmation" and asked["Token"] in asked["SubscribeUrl"]
    confirmed = theirs.confirm_subscription(TopicArn=topic, Token=asked["Token"])["SubscriptionArn"]
    sns.publish(TopicArn=topic, Message="over there")
    bodies = lambda: [json.loads(m["Body"])["event"]["Records"][0]["Sns"] for m in sqs.receive_message(QueueUrl=out, WaitTimeSeconds=1, MaxNumberOfMessages=10).get("Messages", [])]
    wait_for(lambda: any(b["Message"] == "over there" for b in bodies()), what="the message")
    sns.unsubscribe(SubscriptionArn=confirmed)
    sns.add_permission(TopicArn=topic, Label="them", AWSAccountId=[other], ActionName=["Subscribe"])
    assert theirs.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)["SubscriptionArn"].startswith(topic + ":")


def test_deliveries_to_functions_survive_kill_9():
    s = Server().start()
    try:
        sub = Subscribed(s, make_role(s, "runner", allow("*")))
        count = 120
        for at in range(0, count, 10):
            sub.sns.publish_batch(TopicArn=sub.topic, PublishBatchRequestEntries=[{"Id": str(i), "Message": f"message {i}"} for i in range(at, at + 10)])
        s.kill9()
        s.start()
        seen, sqs = set(), s.client("sqs")

        def all_there():
            for m in sqs.receive_message(QueueUrl=sub.out, WaitTimeSeconds=1, MaxNumberOfMessages=10).get("Messages", []):
                seen.update(r["Sns"]["Message"] for r in json.loads(m["Body"])["event"]["Records"])
                sqs.delete_message(QueueUrl=sub.out, ReceiptHandle=m["ReceiptHandle"])
            return len(seen) == count
        wait_for(all_there, timeout=60, what="every message")
    finally:
        s.close()
