"""Functions that cause their own invocation: stopped after sixteen rounds, whatever the way leads through, unless they may go on."""
import json
import time

import pytest
from conftest import wait_for
from lambda_support import allow, make_function, make_role
from sns_support import queue_with_policy
from trigger_support import counts, enable, make_queue, receive

ROUNDS = 16

LOOP = """
import boto3, json, os
def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl=os.environ["SEEN"], MessageBody=context.aws_request_id)
    %s
"""
TO_BUCKET = LOOP % """from urllib.parse import unquote_plus
    s3, record = boto3.client("s3"), event["Records"][0]["s3"]
    key = unquote_plus(record["object"]["key"])
    body = s3.get_object(Bucket=record["bucket"]["name"], Key=key)["Body"].read()
    s3.put_object(Bucket=record["bucket"]["name"], Key=key, Body=body + b"x")"""
TO_TOPIC = LOOP % """boto3.client("sns").publish(TopicArn=os.environ["TARGET"], Message="round")"""
TO_QUEUE = LOOP % """boto3.client("sqs").send_message(QueueUrl=os.environ["TARGET"], MessageBody=event["Records"][0]["body"])"""


@pytest.fixture(scope="module")
def role(server):
    return make_role(server, "looper", allow("*"))


def make_looper(server, role, name, source, target="", **more):
    seen, _ = make_queue(server, f"{name}-seen")
    client = make_function(server, name, role, source, Environment={"Variables": {"SEEN": seen, "TARGET": target}}, Timeout=20, **more)
    return client, client.get_function_configuration(FunctionName=name)["FunctionArn"], seen


def rounds(server, seen):
    return counts(server, seen)[0]


def stopped(server, seen):
    wait_for(lambda: rounds(server, seen) >= ROUNDS, timeout=40, what="sixteen rounds")
    time.sleep(0.7)   # another round takes some hundredths
    assert rounds(server, seen) == ROUNDS


def bucket_loop(server, role, name, **more):
    client, arn, seen = make_looper(server, role, name, TO_BUCKET, **more)
    s3 = server.client("s3")
    s3.create_bucket(Bucket=name)
    client.add_permission(FunctionName=name, StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com", SourceArn=f"arn:aws:s3:::{name}",
                          SourceAccount="000000000000")
    s3.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration={"LambdaFunctionConfigurations": [
        {"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"], "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "in/"}]}}}]})
    return client, seen, s3


def test_a_function_that_writes_back_into_its_bucket_is_stopped(server, role):
    dead, dead_arn = make_queue(server, "bucket-dead")
    lost, lost_arn = make_queue(server, "bucket-lost")
    client, seen, s3 = bucket_loop(server, role, "writes-back", DeadLetterConfig={"TargetArn": dead_arn})
    client.put_function_event_invoke_config(FunctionName="writes-back", DestinationConfig={"OnFailure": {"Destination": lost_arn}})
    s3.put_object(Bucket="writes-back", Key="in/a b", Body=b"")
    told = json.loads(receive(server, lost, timeout=40)[0]["Body"])
    assert told["requestContext"]["condition"] == "RecursiveInvocation" and told["requestPayload"]["Records"][0]["s3"]["bucket"]["name"] == "writes-back"
    assert json.loads(receive(server, dead)[0]["Body"]) == told["requestPayload"]
    stopped(server, seen)
    s3.put_object(Bucket="writes-back", Key="in/new", Body=b"")   # another chain has rounds of its own
    wait_for(lambda: rounds(server, seen) > ROUNDS, timeout=20)


def test_a_function_that_may_loop_is_not_stopped(server, role):
    client, seen, s3 = bucket_loop(server, role, "may-loop")
    client.put_function_recursion_config(FunctionName="may-loop", RecursiveLoop="Allow")
    s3.put_object(Bucket="may-loop", Key="in/x", Body=b"")
    wait_for(lambda: rounds(server, seen) > ROUNDS + 8, timeout=40, what="more than sixteen rounds")
    client.put_function_recursion_config(FunctionName="may-loop", RecursiveLoop="Terminate")
    wait_for(lambda: client.get_function_recursion_config(FunctionName="may-loop")["RecursiveLoop"] == "Terminate")
    was = 0
    while was != (was := rounds(server, seen)):
        time.sleep(0.7)


def test_a_loop_through_a_topic_is_stopped(server, role):
    sns = server.client("sns")
    topic = sns.create_topic(Name="loop")["TopicArn"]
    client, arn, seen = make_looper(server, role, "publishes-back", TO_TOPIC, topic)
    client.add_permission(FunctionName="publishes-back", StatementId="sns", Action="lambda:InvokeFunction", Principal="sns.amazonaws.com", SourceArn=topic)
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    sns.publish(TopicArn=topic, Message="begin")
    stopped(server, seen)


def test_a_loop_through_topic_and_queue_is_stopped(server, role):
    sns, sqs = server.client("sns"), server.client("sqs")
    topic = sns.create_topic(Name="long-loop")["TopicArn"]
    url, arn = queue_with_policy(sqs, topic, VisibilityTimeout="60")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    client, _, seen = make_looper(server, role, "long-way", TO_TOPIC, topic)
    enable(client, FunctionName="long-way", EventSourceArn=arn, BatchSize=1)
    sns.publish(TopicArn=topic, Message="begin")
    stopped(server, seen)
    assert counts(server, url) == (0, 0)


def test_a_message_that_goes_round_ends_in_the_dead_letter_queue(server, role):
    dead, dead_arn = make_queue(server, "round-dead")
    url, arn = make_queue(server, "goes-round", VisibilityTimeout="60", RedrivePolicy=json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 3}))
    client, _, seen = make_looper(server, role, "goes-round", TO_QUEUE, url)
    enable(client, FunctionName="goes-round", EventSourceArn=arn, BatchSize=10)
    server.client("sqs").send_message(QueueUrl=url, MessageBody="round and round")
    assert receive(server, dead, timeout=40)[0]["Body"] == "round and round"
    stopped(server, seen)
    assert counts(server, url) == (0, 0)


def test_messages_beside_one_that_goes_round_are_processed(server, role):
    url, arn = make_queue(server, "mixed", VisibilityTimeout="60")
    client, _, seen = make_looper(server, role, "mixed", LOOP % "return", url)
    header = client.get_function_configuration(FunctionName="mixed")["FunctionArn"]
    import hashlib
    lineage = f"Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0;Lineage=1:{hashlib.sha256(header.encode()).hexdigest()[:8]}:16"
    sqs = server.client("sqs")
    sqs.send_message_batch(QueueUrl=url, Entries=[
        {"Id": "a", "MessageBody": "round", "MessageSystemAttributes": {"AWSTraceHeader": {"DataType": "String", "StringValue": lineage}}}, {"Id": "b", "MessageBody": "fresh"}])
    enable(client, FunctionName="mixed", EventSourceArn=arn, BatchSize=10)
    wait_for(lambda: rounds(server, seen) == 1 and counts(server, url) == (0, 0), what="the fresh one is processed, the other gone")
