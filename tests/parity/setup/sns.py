"""SNS: topics, platform applications, endpoints and queues that the calls name."""
import json

from parity.setup import Service
from parity.setup.sqs import S as SQS, ensure_queue

S = Service("sns")
S.alias("ResourceArn", "TopicArn")
THERE = "eu-central-1"   # another Region than the topic's
PLATFORM = {"PlatformPrincipal": "dummy", "PlatformCredential": "dummy"}


def fifo(run):
    return "ifo" in run.test.name and "fifo_false" not in run.test.name


def topic(run, **attributes):
    name = f"topic-{run.token}" + (".fifo" if fifo(run) else "")
    more = {"FifoTopic": "true", **attributes} if fifo(run) else attributes
    return run.call("sns:CreateTopic", Name=name, **({"Attributes": more} if more else {}))["TopicArn"]


def application(run):
    return run.call("sns:CreatePlatformApplication", Name=f"app-{run.token}", Platform="ADM", Attributes=PLATFORM)["PlatformApplicationArn"]


@S.prepare
def entities(run, call):
    asked = set(json.dumps(call.params).split('"'))
    if "<TopicArn>" in asked and run.find("TopicArn") is None:
        topic(run)
    if asked & {"<PlatformApplicationArn>", "<EndpointArn>"} and run.find("PlatformApplicationArn") is None:
        application(run)
    if "<EndpointArn>" in asked and run.find("EndpointArn") is None:
        run.call("sns:CreatePlatformEndpoint", PlatformApplicationArn=run.find("PlatformApplicationArn"), Token="token_1")
    endpoint = call.params.get("Endpoint", "")
    if call.params.get("Protocol") == "sqs" and f":{run.account}:" in endpoint and "unknown" not in endpoint:
        ensure_queue(run, endpoint.rsplit(":", 1)[1])
    if endpoint.startswith("https://host.invalid/"):
        call.params["Endpoint"] = ensure_queue(run, endpoint.rsplit("/", 1)[1])
    if "<SubscriptionArn>" in asked and run.find("SubscriptionArn") is None:
        queue = f"test-queue-{run.token}"
        ensure_queue(run, queue)
        run.call("sns:Subscribe", TopicArn=run.find("TopicArn") or topic(run), Protocol="sqs", ReturnSubscriptionArn=True,
                 Endpoint=f"arn:aws:sqs:{run.region}:{run.account}:{queue}")


@S.before("*", "*")
def _(run, call):
    """A note of the recorder, no part of AWS's answer."""
    error = call.recorded.get("Error") if isinstance(call.recorded, dict) else None
    if isinstance(error, dict):
        error.pop("_normalized", None)


@S.before("test_cross_region_*")
def _(run, call):
    """The client of most calls is in another Region than the topic."""
    if "<TopicArn>" in json.dumps(call.params) and run.find("TopicArn") is None:
        topic(run)
    call.region = "eu-central-1" if call.answer != "subscribe-same-region" else "us-east-1"


@S.before("test_cross_region_delivery_sqs", "subscribe-same-region")
def _(run, call):
    """The client is where the topic is, the queue is not."""
    call.params["Endpoint"] = open_to_sns(run, f"there-{run.token}", THERE)
    call.prepared = True


@S.before("test_publish_message_before_subscribe_topic", "publish-after-subscribing")
def _(run, call):
    run.call("sns:Subscribe", TopicArn=run.find("TopicArn"), Protocol="sqs", Endpoint=open_to_sns(run, f"test-queue-{run.token}"))


@S.before("test_topic_publish_another_region*", "error*")
def _(run, call):
    call.region = "eu-central-1"


def not_there(run, call):
    """The ARN of a topic that does not exist."""
    if run.find("TopicArn") is None:
        topic(run)
    call.params["TopicArn"] = run.find("TopicArn") + "-none"


for test, answer in [("test_unknown_topic_publish*", "error"), ("test_publish_batch_messages_without_topic*", "publish-batch-no-topic"),
                     ("test_create_topic_with_attributes*", "get-attrs-nonexistent-topic"), ("test_add_permission_errors*", "topic-not-found"),
                     ("test_remove_permission_errors*", "topic-not-found")]:
    S.before(test, answer)(not_there)


@S.before("test_unsubscribe_from_deleted_topic*", "unsubscribe-deleted-topic")
def _(run, call):
    """How lists name a subscription that is gone."""
    call.params["SubscriptionArn"] = "Deleted"
    call.literal = True


def subscribed(run, **attributes):
    queue = f"test-queue-{run.token}"
    ensure_queue(run, queue)
    return run.call("sns:Subscribe", TopicArn=run.find("TopicArn") or topic(run), Protocol="sqs", ReturnSubscriptionArn=True, Attributes=attributes,
                    Endpoint=f"arn:aws:sqs:{run.region}:{run.account}:{queue}")


@S.before("test_creating_subscription_with_attributes*", "subscription-with-attributes")
def _(run, call):
    subscribed(run, RawMessageDelivery="true")


@S.before("test_getting_subscriptions_by_topic*", "list-subscriptions-by-topic")
def _(run, call):
    subscribed(run)


@S.before("test_subscribe_external_http_endpoint_content_type*", "topic-attrs")
def _(run, call):
    raw = "[True]" in run.test.name
    policy = {"http": {"defaultRequestPolicy": {"headerContentType": "application/json"}}}
    arn = topic(run, **({} if raw else {"DeliveryPolicy": json.dumps(policy)}))
    if raw:
        own = {"requestPolicy": {"headerContentType": "text/csv"}}
    else:
        retry = {"minDelayTarget": 1, "maxDelayTarget": 1, "numRetries": 0, "numNoDelayRetries": 0, "numMinDelayRetries": 0, "numMaxDelayRetries": 0, "backoffFunction": "linear"}
        own = {"healthyRetryPolicy": retry, "throttlePolicy": {"maxReceivesPerSecond": 1000}}
    run.call("sns:Subscribe", TopicArn=arn, Protocol="http", Endpoint="http://127.0.0.1:9/sns-endpoint", ReturnSubscriptionArn=True,
             Attributes={"DeliveryPolicy": json.dumps(own), "RawMessageDelivery": str(raw).lower()})


@S.before("test_publish_batch_exceptions*", "*")
def _(run, call):
    """The calls are for a FIFO topic, but for the last."""
    if call.answer == "no-group-id":
        run.call("sns:CreateTopic", Name=f"topic-{run.token}.fifo", Attributes={"FifoTopic": "true"})
    elif call.answer == "no-default-key-json":
        run.call("sns:CreateTopic", Name=f"topic-{run.token}")


@S.before("test_create_duplicate_topic_with_more_tags*", "exception-duplicate")
def _(run, call):
    run.call("sns:CreateTopic", Name=call.params["Name"])


@S.before("test_create_topic_after_delete_with_new_tags*", "topic-1")
def _(run, call):
    run.call("sns:DeleteTopic", TopicArn=run.find("TopicArn"))


@S.before("test_create_topic_with_attributes*", "get-topic-attrs")
def _(run, call):
    run.call("sns:CreateTopic", Name=f"topic-{run.token}.fifo", Attributes={"FifoTopic": "true", "DisplayName": "TestTopic", "SignatureVersion": "2"})


@S.before("test_add_permission_errors*", "duplicate-label")
def _(run, call):
    run.call("sns:AddPermission", TopicArn=topic(run), Label=call.params["Label"], AWSAccountId=[run.account], ActionName=["Publish"])


@S.before("test_create_topic_in_multiple_regions*")
def _(run, call):
    secondary = call.answer in ("list-secondary", "topic-west")
    call.region = "us-west-1" if secondary else "us-east-1"
    run.call("sns:CreateTopic", region=call.region, Name=f"topic-{run.token}")


@S.before("test_create_topic_should_be_idempotent*", "topic-attrs-idempotent-1")
def _(run, call):
    topic(run, DisplayName="AlreadySet")


S.unordered("List*", "*")


# ---- queues that show what a topic delivered. The tests recorded neither the queue's policy nor the subscription, most not the publication.

def open_to_sns(run, queue, region=None):
    """The ARN of the queue, whose policy lets SNS send."""
    ensure_queue(run, queue, region=region)
    arn = f"arn:aws:sqs:{region or run.region}:{run.account}:{queue}"
    let = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}
    url = run.call("sqs:GetQueueUrl", region=region, QueueName=queue)["QueueUrl"]
    run.call("sqs:SetQueueAttributes", region=region, QueueUrl=url, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": let})})
    return arn


def delivering_topic(run, call, messages):
    """The topic behind the messages that a queue shows, with the queue as its subscriber."""
    ordered = "SequenceNumber" in json.dumps(messages)
    attributes = {"FifoTopic": "true", "ContentBasedDeduplication": "true"} if ordered else {}
    if "verify_signature[2]" in run.test.name:
        attributes["SignatureVersion"] = "2"
    arn = run.call("sns:CreateTopic", Name=f"topic-{run.token}" + (".fifo" if ordered else ""), **({"Attributes": attributes} if attributes else {}))["TopicArn"]
    queue, more, region = call.params["QueueUrl"].rsplit("/", 1)[1], {}, None
    if "cross_region" in run.test.name:
        queue, region = f"there-{run.token}", THERE
    if "redrive_policy" in run.test.name:   # the queue gets what another subscriber did not take
        open_to_sns(run, queue)
        more = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": f"arn:aws:sqs:{run.region}:{run.account}:{queue}"})}
        closed = f"closed-{run.token}"
        ensure_queue(run, closed)
        endpoint = f"arn:aws:sqs:{run.region}:{run.account}:{closed}"
    else:
        endpoint = open_to_sns(run, queue, region)
    raw = not isinstance(messages[0]["Body"], dict)
    run.call("sns:Subscribe", TopicArn=arn, Protocol="sqs", Endpoint=endpoint, Attributes={"RawMessageDelivery": str(raw).lower(), **more})
    if region:
        call.region, call.prepared = region, True
        call.params["QueueUrl"] = run.call("sqs:GetQueueUrl", region=region, QueueName=queue)["QueueUrl"]
    return arn


def publication(run, message):
    """What was published, seen from the message that it became."""
    body = message["Body"]
    if not isinstance(body, dict):
        return {"Message": body}
    out = {"Message": body["Message"]}
    if "Subject" in body:
        out["Subject"] = body["Subject"]
    if "MessageAttributes" in body:
        out["MessageAttributes"] = {n: {"DataType": a["Type"], "StringValue": a["Value"]} for n, a in body["MessageAttributes"].items()}
    if "SequenceNumber" in body:
        out["MessageGroupId"] = message.get("Attributes", {}).get("MessageGroupId", "group")
    if "message_structure_json" in run.test.name:
        out.update(Message=json.dumps({"default": "default field", "sqs": body["Message"]}), MessageStructure="json")
    return out


@SQS.before("*", "*")
def _(run, call):
    messages = (call.recorded.get("Messages") if isinstance(call.recorded, dict) else None) or []
    if run.test.service != "sns" or call.operation != "ReceiveMessage" or not messages or any(op.startswith("Publish") for op, _, _ in run.history):
        return
    arn = delivering_topic(run, call, messages)
    run.prepare(call)
    for message in messages:
        run.call("sns:Publish", TopicArn=arn, **publication(run, message))
