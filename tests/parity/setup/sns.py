"""SNS: topics, platform applications, endpoints and queues that the calls name."""
import json

from parity.setup import Service
from parity.setup.sqs import S as SQS, ensure_queue

S = Service("sns")
S.alias("ResourceArn", "TopicArn")
PLATFORM = {"PlatformPrincipal": "dummy", "PlatformCredential": "dummy"}


def fifo(run):
    return "ifo" in run.test.name and "[False]" not in run.test.name


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


@S.before("test_cross_region_*")
def _(run, call):
    """The topic is in another Region than the client of most calls."""
    if "<TopicArn>" in json.dumps(call.params) and run.find("TopicArn") is None:
        run.call("sns:CreateTopic", region="eu-central-1", Name=f"topic-{run.token}")
    call.region = "us-east-1" if call.answer != "subscribe-same-region" else "eu-central-1"


S.unordered("List*", "*")


@SQS.before("*", "*")
def _(run, call):
    """A queue shows what a topic delivered, and the test recorded neither the subscription nor the publication."""
    messages = call.recorded.get("Messages") if isinstance(call.recorded, dict) else None
    if run.test.service != "sns" or call.operation != "ReceiveMessage" or not messages or any(op.startswith("Publish") for op, _, _ in run.history):
        return
    run.prepare(call)
    queue = call.params["QueueUrl"].rsplit("/", 1)[1]
    arn = topic(run, ContentBasedDeduplication="true") if fifo(run) else topic(run)
    raw = not isinstance(messages[0]["Body"], dict)
    run.call("sns:Subscribe", TopicArn=arn, Protocol="sqs", Endpoint=f"arn:aws:sqs:{run.region}:{run.account}:{queue}",
             Attributes={"RawMessageDelivery": str(raw).lower()})
    for message in messages:
        body = message["Body"]
        more = {"Subject": body["Subject"]} if not raw and "Subject" in body else {}
        if fifo(run):
            more["MessageGroupId"] = "group"
        run.call("sns:Publish", TopicArn=arn, Message=body if raw else body["Message"], **more)
