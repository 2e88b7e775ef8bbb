"""Event notifications of S3: configured, tested and delivered to queues, topics and functions, as the service principal s3.amazonaws.com."""
import io
import json
import time
import uuid
import zipfile

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "000000000000"


@pytest.fixture
def s3(server):
    return server.client("s3", signature_version="s3v4", s3={"addressing_style": "path"})


@pytest.fixture
def bucket(s3):
    name = f"b-{uuid.uuid4()}"
    s3.create_bucket(Bucket=name)
    return name


def error(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]


def let_s3(action, resource, bucket):
    """A policy that lets S3 act on the resource for this bucket only."""
    return json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": action, "Resource": resource,
        "Condition": {"ArnEquals": {"aws:SourceArn": f"arn:aws:s3:::{bucket}"}, "StringEquals": {"aws:SourceAccount": ACCOUNT}}}]})


def bodies_of(sqs, queue, count):
    """The decoded bodies of the next messages of a queue, deleted."""
    out, deadline = [], time.monotonic() + 20
    while len(out) < count and time.monotonic() < deadline:
        for m in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=2).get("Messages", []):
            out.append(json.loads(m["Body"]))
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=m["ReceiptHandle"])
    assert len(out) == count, out
    return out


def test_events_reach_a_queue(s3, server, bucket):
    sqs = server.client("sqs")
    name = f"q-{uuid.uuid4()}"
    arn = f"arn:aws:sqs:us-east-1:000000000000:{name}"
    wanted = {"QueueConfigurations": [{"Id": "mine", "QueueArn": arn, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
                                       "Filter": {"Key": {"FilterRules": [{"Name": "suffix", "Value": ".txt"}]}}}]}
    put = lambda: s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=wanted)
    assert error(put)["ArgumentValue1"] == "The destination queue does not exist"
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    assert "do not allow S3" in error(put)["ArgumentValue1"]
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": let_s3("sqs:SendMessage", arn, bucket)})
    put()
    read = s3.get_bucket_notification_configuration(Bucket=bucket)["QueueConfigurations"][0]
    assert read["Filter"]["Key"]["FilterRules"] == [{"Name": "Suffix", "Value": ".txt"}]
    s3.put_object(Bucket=bucket, Key="ä b.txt", Body=b"12345")
    s3.put_object(Bucket=bucket, Key="no", Body=b"1")
    s3.delete_object(Bucket=bucket, Key="ä b.txt")
    bodies = bodies_of(sqs, queue, 3)
    assert [b for b in bodies if b.get("Event") == "s3:TestEvent"][0]["Bucket"] == bucket
    records = {r["eventName"]: r for b in bodies for r in b.get("Records", [])}
    assert set(records) == {"ObjectCreated:Put", "ObjectRemoved:Delete"}
    created = records["ObjectCreated:Put"]["s3"]
    assert created["object"]["key"] == "%C3%A4+b.txt" and created["object"]["size"] == 5 and created["configurationId"] == "mine"
    assert created["object"]["sequencer"] < records["ObjectRemoved:Delete"]["s3"]["object"]["sequencer"]


def test_events_reach_a_topic(s3, server, bucket):
    sns, sqs = server.client("sns"), server.client("sqs")
    topic = sns.create_topic(Name=f"t-{uuid.uuid4()}")["TopicArn"]
    queue = sqs.create_queue(QueueName=f"q-{uuid.uuid4()}")["QueueUrl"]
    queue_arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": queue_arn}]})})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn)
    wanted = {"TopicConfigurations": [{"Id": "mine", "TopicArn": topic, "Events": ["s3:ObjectCreated:*"], "Filter": {"Key": {"FilterRules": [
        {"Name": "prefix", "Value": "in/"}]}}}]}
    put = lambda configuration=wanted: s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=configuration)
    refused = error(put)
    assert refused["Message"] == "Unable to validate the following destination configurations"
    assert (refused["ArgumentName1"], refused["ArgumentValue1"]) == (topic, "Permissions on the destination topic do not allow S3 to publish notifications from this bucket")
    missing = {"TopicConfigurations": [{"TopicArn": topic + "-none", "Events": ["s3:ObjectCreated:*"]}]}
    assert error(put, configuration=missing)["ArgumentValue1"] == "The destination topic does not exist"
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=let_s3("sns:Publish", topic, bucket))
    put()
    answer = s3.get_bucket_notification_configuration(Bucket=bucket)
    assert answer["TopicConfigurations"][0]["TopicArn"] == topic and "QueueConfigurations" not in answer
    s3.put_object(Bucket=bucket, Key="in/a", Body=b"12345")
    s3.put_object(Bucket=bucket, Key="out/b", Body=b"1")
    first, second = bodies_of(sqs, queue, 2)
    for told in (first, second):
        assert (told["Type"], told["TopicArn"], told["Subject"]) == ("Notification", topic, "Amazon S3 Notification")
    told = [json.loads(m["Message"]) for m in (first, second)]
    assert [t["Bucket"] for t in told if t.get("Event") == "s3:TestEvent"] == [bucket]
    [record] = [t["Records"][0] for t in told if "Records" in t]
    assert (record["eventName"], record["s3"]["object"]["key"], record["s3"]["configurationId"]) == ("ObjectCreated:Put", "in/a", "mine")


def test_rules_of_all_destinations_are_checked_together(s3, server, bucket):
    put = lambda **kinds: error(s3.put_bucket_notification_configuration, Bucket=bucket, NotificationConfiguration=kinds)
    queue = {"QueueArn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:q", "Events": ["s3:ObjectCreated:*"]}
    topic = {"TopicArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:t", "Events": ["s3:ObjectCreated:Put"]}
    assert "overlap" in put(QueueConfigurations=[queue], TopicConfigurations=[topic])["Message"]
    same = put(QueueConfigurations=[{**queue, "Id": "x"}], TopicConfigurations=[{**topic, "Id": "x", "Events": ["s3:ObjectRemoved:*"]}])
    assert same["Message"] == "Same ID used for multiple configurations. IDs must be unique"
    wrong = put(TopicConfigurations=[{**topic, "TopicArn": queue["QueueArn"]}])
    assert (wrong["ArgumentName"], wrong["Message"]) == ("Topic", "The ARN could not be parsed")
    elsewhere = put(TopicConfigurations=[{**topic, "TopicArn": f"arn:aws:sns:eu-west-1:{ACCOUNT}:t"}])
    assert elsewhere["ArgumentValue1"] == "The notification destination service region is not valid for the bucket location constraint"
    assert s3.get_bucket_notification_configuration(Bucket=bucket).keys() == {"ResponseMetadata"}


CODE = b"def handler(event, context):\n    return event['Records'][0]['s3']['object']['key']\n"


def make_function(server, name, queue_arn):
    """A function that answers the key it was told of; what came of it goes to the queue."""
    iam, functions = server.client("iam"), server.client("lambda")
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    allowed = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue_arn}]}
    iam.put_role_policy(RoleName=name, PolicyName="send", PolicyDocument=json.dumps(allowed))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as z:
        z.writestr("main.py", CODE)
    made = functions.create_function(FunctionName=name, Runtime="python3.11", Role=role, Handler="main.handler", Code={"ZipFile": packed.getvalue()})
    functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
    functions.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0, DestinationConfig={
        "OnSuccess": {"Destination": queue_arn}, "OnFailure": {"Destination": queue_arn}})
    return functions, made["FunctionArn"]


def test_events_invoke_a_function(s3, server, bucket):
    sqs = server.client("sqs")
    queue = sqs.create_queue(QueueName=f"q-{uuid.uuid4()}")["QueueUrl"]
    queue_arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    functions, arn = make_function(server, f"f-{uuid.uuid4()}", queue_arn)
    wanted = {"LambdaFunctionConfigurations": [{"Id": "mine", "LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}]}
    put = lambda configuration=wanted: s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=configuration)
    refused = error(put)
    assert refused["Message"] == "Unable to validate the following destination configurations"
    assert (refused["ArgumentName1"], refused["ArgumentValue1"]) == (f"{arn}, null", f"Not authorized to invoke function [{arn}]")
    missing = {"LambdaFunctionConfigurations": [{"LambdaFunctionArn": arn + "-none", "Events": ["s3:ObjectCreated:*"]}]}
    assert error(put, configuration=missing)["ArgumentValue1"] in ("The destination Lambda does not exist", f"Not authorized to invoke function [{arn}-none]")
    functions.add_permission(FunctionName=arn, StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com",
                             SourceArn=f"arn:aws:s3:::{bucket}", SourceAccount=ACCOUNT)
    put()
    assert s3.get_bucket_notification_configuration(Bucket=bucket)["LambdaFunctionConfigurations"] == wanted["LambdaFunctionConfigurations"]
    s3.put_object(Bucket=bucket, Key="in/a b", Body=b"12345")
    [told] = bodies_of(sqs, queue, 1)
    assert told["requestContext"]["condition"] == "Success", told
    assert told["responsePayload"] == "in/a+b"
    record = told["requestPayload"]["Records"][0]
    assert (record["eventName"], record["s3"]["bucket"]["name"], record["s3"]["configurationId"]) == ("ObjectCreated:Put", bucket, "mine")
