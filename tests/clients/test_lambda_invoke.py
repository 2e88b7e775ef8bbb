"""Functions that run: answers and errors, events with retries and destinations, URLs, streams and triggers."""
import base64
import concurrent.futures
import http.client
import json
import time
import urllib.parse

import pytest
from botocore.exceptions import ClientError
from conftest import wait_for
from lambda_support import allow, invoke, make_function, make_role, package
from trigger_support import advance, enable, make_queue, make_table, receive


@pytest.fixture(scope="module")
def role(server):
    return make_role(server, "runner", allow("*"))


@pytest.fixture(scope="module")
def client(server, role):
    made = make_function(server, "echo", role)
    invoke(made, "echo")
    return made


def test_answers_errors_and_log_tails(client):
    answer = client.invoke(FunctionName="echo", Payload=b'{"a": [1]}', LogType="Tail")
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST") and "FunctionError" not in answer
    assert json.loads(answer["Payload"].read())["event"] == {"a": [1]}
    tail = base64.b64decode(answer["LogResult"]).decode()
    assert "START RequestId:" in tail and "REPORT RequestId:" in tail
    failed = client.invoke(FunctionName="echo", Payload=b'{"fail": "no"}')
    error = json.loads(failed["Payload"].read())
    assert failed["FunctionError"] == "Unhandled" and (error["errorType"], error["errorMessage"]) == ("ValueError", "no")
    assert client.invoke(FunctionName="echo", InvocationType="DryRun")["StatusCode"] == 204


@pytest.mark.parametrize("payload", [b"{", b"nope", b'{"a": }', b"\x99", b'"open'])
def test_payloads_that_are_no_json_are_refused(client, payload):
    with pytest.raises(ClientError, match="Could not parse request body into json") as e:
        client.invoke(FunctionName="echo", Payload=payload)
    assert e.value.response["Error"]["Code"] == "InvalidRequestContentException"


def test_payload_limits(client):
    with pytest.raises(ClientError, match="Request must be smaller than 6291456 bytes for the InvokeFunction operation"):
        client.invoke(FunctionName="echo", Payload=json.dumps("x" * 6291456))
    with pytest.raises(ClientError, match="Request must be smaller than 1048576 bytes for the InvokeFunction operation"):
        client.invoke(FunctionName="echo", InvocationType="Event", Payload=json.dumps("x" * 1048576))


def test_many_callers_wait_without_a_thread_each(server, client, role):
    make_function(server, "slow", role, "import time\ndef handler(e, c):\n  time.sleep(0.3)\n  return e")
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        assert sorted(pool.map(lambda i: invoke(server.client("lambda"), "slow", i), range(40))) == list(range(40))


def test_logs_are_written_with_the_roles_permission(server, client):
    logs = server.client("logs")
    wait_for(lambda: logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/echo")["logGroups"], what="the log group")
    make_function(server, "silent", make_role(server, "no-logs"), "def handler(e, c): print('psst')")
    invoke(client, "silent")
    invoke(client, "echo", {"seen": 1})
    stream = wait_for(lambda: logs.describe_log_streams(logGroupName="/aws/lambda/echo")["logStreams"], what="a log stream")[0]["logStreamName"]
    assert "[$LATEST]" in stream
    lines = lambda: "".join(e["message"] for e in logs.get_log_events(logGroupName="/aws/lambda/echo", logStreamName=stream)["events"])
    wait_for(lambda: "END RequestId" in lines(), what="the invocation's lines")
    assert not logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/silent")["logGroups"]


def test_events_are_tried_three_times_and_tell_their_destination(server, client, role):
    url, arn = make_queue(server, "outcomes")
    make_function(server, "events", role)
    client.put_function_event_invoke_config(FunctionName="events", DestinationConfig={"OnSuccess": {"Destination": arn}, "OnFailure": {"Destination": arn}})
    assert client.invoke(FunctionName="events", InvocationType="Event", Payload=b'{"n": 1}')["StatusCode"] == 202
    document = json.loads(receive(server, url)[0]["Body"])
    assert document["requestContext"]["condition"] == "Success" and document["requestContext"]["approximateInvokeCount"] == 1
    assert document["requestPayload"] == {"n": 1} and document["responsePayload"]["event"] == {"n": 1}
    client.invoke(FunctionName="events", InvocationType="Event", Payload=b'{"fail": "again"}')
    sqs = server.client("sqs")
    for _ in range(2):   # one minute, then two
        assert "Messages" not in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)
        advance(server, "121s")
    document = json.loads(receive(server, url)[0]["Body"])
    assert document["requestContext"]["condition"] == "RetriesExhausted" and document["requestContext"]["approximateInvokeCount"] == 3
    assert document["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}
    assert document["responsePayload"]["errorMessage"] == "again"


def test_a_dead_letter_queue_receives_the_event_itself(server, client, role):
    url, arn = make_queue(server, "dead")
    make_function(server, "dying", role, DeadLetterConfig={"TargetArn": arn})
    client.put_function_event_invoke_config(FunctionName="dying", MaximumRetryAttempts=0)
    client.invoke(FunctionName="dying", InvocationType="Event", Payload=b'{"fail": "x"}')
    message = receive(server, url)[0]
    assert json.loads(message["Body"]) == {"fail": "x"}
    assert message["MessageAttributes"]["ErrorMessage"]["StringValue"] == "x" and message["MessageAttributes"]["ErrorCode"]["StringValue"] == "200"


def test_events_of_a_function_that_has_nothing_reserved_go_to_its_destination_at_once(server, client, role):
    url, arn = make_queue(server, "none-reserved")
    dead, dead_arn = make_queue(server, "none-reserved-dead")
    make_function(server, "no-share", role, DeadLetterConfig={"TargetArn": dead_arn})
    client.put_function_event_invoke_config(FunctionName="no-share", DestinationConfig={"OnFailure": {"Destination": arn}})
    client.put_function_concurrency(FunctionName="no-share", ReservedConcurrentExecutions=0)
    client.invoke(FunctionName="no-share", InvocationType="Event", Payload=b'{"n": 1}')
    document = json.loads(receive(server, url)[0]["Body"])
    assert document["requestContext"]["condition"] == "ZeroReservedConcurrency" and "responsePayload" not in document
    assert json.loads(receive(server, dead)[0]["Body"]) == {"n": 1}


def test_a_role_has_to_be_allowed_to_send_to_destinations(server, client):
    _, arn = make_queue(server, "unreachable")
    topic = server.client("sns").create_topic(Name="unreachable")["TopicArn"]
    role = make_role(server, "cannot-send", allow("logs:*"))
    config = lambda **d: client.put_function_event_invoke_config(FunctionName="cannot-send", DestinationConfig={k: {"Destination": v} for k, v in d.items()})
    for target, text in ((arn, "SendMessage on SQS"), (topic, "Publish on SNS")):
        with pytest.raises(ClientError, match=f"The provided execution role does not have permissions to call {text}"):
            make_function(server, "cannot-send", role, DeadLetterConfig={"TargetArn": target})
    make_function(server, "cannot-send", role)
    echo = client.get_function_configuration(FunctionName="echo")["FunctionArn"]
    for target, action in ((arn, "SendMessage"), (topic, "Publish"), (echo, "InvokeFunction")):
        with pytest.raises(ClientError, match=f"The function's execution role does not have permissions to call {action} on {target}"):
            config(OnFailure=target)
    with pytest.raises(ClientError, match="An event bus as destination"):
        config(OnSuccess="arn:aws:events:us-east-1:000000000000:event-bus/default")
    server.client("iam").put_role_policy(RoleName="cannot-send", PolicyName="more", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        allow("sqs:SendMessage", resource=arn)]}))
    config(OnFailure=arn)
    client.update_function_configuration(FunctionName="cannot-send", DeadLetterConfig={"TargetArn": arn})


def test_one_function_can_be_the_destination_of_another(server, client, role):
    url, arn = make_queue(server, "relayed")
    make_function(server, "second", role)
    make_function(server, "first", role)
    second = client.get_function_configuration(FunctionName="second")["FunctionArn"]
    client.put_function_event_invoke_config(FunctionName="first", DestinationConfig={"OnSuccess": {"Destination": second}})
    client.put_function_event_invoke_config(FunctionName="second", DestinationConfig={"OnSuccess": {"Destination": arn}})
    client.invoke(FunctionName="first", InvocationType="Event", Payload=b'{"hop": 0}')
    assert json.loads(receive(server, url)[0]["Body"])["requestPayload"]["requestPayload"] == {"hop": 0}


def fetch(server, url, path="/", method="GET", headers=None, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request(method, path, body=body, headers={"Host": urllib.parse.urlparse(url).netloc, **(headers or {})})
    return connection.getresponse()


def open_url(client, name, **more):
    url = client.create_function_url_config(FunctionName=name, AuthType="NONE", **more)["FunctionUrl"]
    client.add_permission(FunctionName=name, StatementId="url", Action="lambda:InvokeFunctionUrl", Principal="*", FunctionUrlAuthType="NONE")
    client.add_permission(FunctionName=name, StatementId="via", Action="lambda:InvokeFunction", Principal="*", InvokedViaFunctionUrl=True)
    return url


def test_a_public_url_runs_the_function_with_the_request_as_its_event(server, client, role):
    make_function(server, "web", role, """
import json
def handler(event, context):
    return {"statusCode": 201, "headers": {"X-Own": "yes", "Content-Type": "text/plain"}, "cookies": ["a=b"], "body": json.dumps(event)}
""")
    url = open_url(client, "web", Cors={"AllowOrigins": ["https://page.example"], "AllowMethods": ["GET"]})
    answer = fetch(server, url, "/a%20b/c?x=1&x=2&y", "POST", {"Cookie": "s=1; t=2", "Content-Type": "application/json", "Origin": "https://page.example",
                                                           "Authorization": "Bearer own"}, b'{"k": 1}')
    event = json.loads(answer.read())
    assert answer.status == 201 and answer.headers["X-Own"] == "yes" and answer.headers["Set-Cookie"] == "a=b"
    assert answer.headers["Access-Control-Allow-Origin"] == "https://page.example"
    assert event["version"] == "2.0" and event["rawPath"] == "/a%20b/c" and event["rawQueryString"] == "x=1&x=2&y"
    assert event["queryStringParameters"] == {"x": "1,2", "y": ""} and event["cookies"] == ["s=1", "t=2"]
    assert event["body"] == '{"k": 1}' and event["isBase64Encoded"] is False and event["headers"]["authorization"] == "Bearer own"
    assert event["requestContext"]["http"]["method"] == "POST" and event["requestContext"]["accountId"] == "anonymous"
    preflight = fetch(server, url, "/", "OPTIONS", {"Origin": "https://page.example", "Access-Control-Request-Method": "GET"})
    assert preflight.status == 200 and preflight.headers["Access-Control-Allow-Methods"] == "GET"
    binary = json.loads(fetch(server, url, "/", "POST", {"Content-Type": "application/octet-stream"}, b"\xff\x00").read())
    assert binary["isBase64Encoded"] is True and base64.b64decode(binary["body"]) == b"\xff\x00"


def test_a_url_needs_both_permissions(server, client, role):
    make_function(server, "half", role)
    url = client.create_function_url_config(FunctionName="half", AuthType="NONE")["FunctionUrl"]
    for statement in (dict(Action="lambda:InvokeFunctionUrl", FunctionUrlAuthType="NONE"), dict(Action="lambda:InvokeFunction", InvokedViaFunctionUrl=True)):
        refused = fetch(server, url)
        assert refused.status == 403 and "Forbidden" in json.loads(refused.read())["Message"]
        client.add_permission(FunctionName="half", StatementId=statement["Action"][7:], Principal="*", **statement)
    assert fetch(server, url).status == 200
    assert fetch(server, url.replace("://", "://x")).status == 404


def test_a_streamed_answer_comes_in_pieces(server, client, role):
    try:
        make_function(server, "stream", role, Runtime="nodejs20.x", Code={"ZipFile": package("""
exports.handler = awslambda.streamifyResponse(async (event, stream) => {
  stream.setContentType("text/plain");
  stream.write("one ");
  await new Promise(r => setTimeout(r, 50));
  stream.write("two");
  stream.end();
});""", "index.js")})
    except Exception as e:
        pytest.skip(f"Node.js functions do not run here: {e}")
    events = list(client.invoke_with_response_stream(FunctionName="stream")["EventStream"])
    assert b"".join(e["PayloadChunk"]["Payload"] for e in events if "PayloadChunk" in e) == b"one two" and "InvokeComplete" in events[-1]
    url = open_url(client, "stream", InvokeMode="RESPONSE_STREAM")
    answer = fetch(server, url)
    assert answer.headers["Content-Type"] == "text/plain" and answer.read() == b"one two"


def test_a_buffered_function_answers_a_streaming_call_too(client):
    events = list(client.invoke_with_response_stream(FunctionName="echo", Payload=b'{"a": 1}')["EventStream"])
    assert json.loads(b"".join(e["PayloadChunk"]["Payload"] for e in events if "PayloadChunk" in e))["event"] == {"a": 1}
    failed = list(client.invoke_with_response_stream(FunctionName="echo", Payload=b'{"fail": "x"}')["EventStream"])
    assert failed[-1]["InvokeComplete"]["ErrorCode"] == "Unhandled"


RECORDS = """
import boto3, json, os
def handler(event, context):
    failed = []
    for r in event["Records"]:
        body = json.loads(r["body"])
        if body.get("fail"): failed.append({"itemIdentifier": r["messageId"]})
        else: boto3.client("sqs").send_message(QueueUrl=os.environ["OUT"], MessageBody=json.dumps({"n": body["n"], "batch": len(event["Records"])}))
    return {"batchItemFailures": failed}
"""


def test_a_queue_is_read_filtered_and_partly_failed(server, client, role):
    source, source_arn = make_queue(server, "jobs", VisibilityTimeout="30")
    out, _ = make_queue(server, "done")
    make_function(server, "worker", role, RECORDS, Environment={"Variables": {"OUT": out}}, Timeout=20)
    uuid = enable(client, FunctionName="worker", EventSourceArn=source_arn, FunctionResponseTypes=["ReportBatchItemFailures"],
                  FilterCriteria={"Filters": [{"Pattern": json.dumps({"body": {"kind": ["good"]}})}]})
    sqs = server.client("sqs")
    for n in range(6):
        sqs.send_message(QueueUrl=source, MessageBody=json.dumps({"n": n, "kind": "good" if n % 2 else "bad", "fail": n == 5}))
    assert sorted(json.loads(m["Body"])["n"] for m in receive(server, out, 2)) == [1, 3]
    counts = lambda: sqs.get_queue_attributes(QueueUrl=source, AttributeNames=["All"])["Attributes"]
    wait_for(lambda: (counts()["ApproximateNumberOfMessages"], counts()["ApproximateNumberOfMessagesNotVisible"]) == ("0", "1"), what="only the failed one is left")
    client.update_event_source_mapping(UUID=uuid, Enabled=False)
    wait_for(lambda: client.get_event_source_mapping(UUID=uuid)["State"] == "Disabled", what="the mapping's end")
    sqs.send_message(QueueUrl=source, MessageBody=json.dumps({"n": 9, "kind": "good"}))
    time.sleep(0.3)
    assert counts()["ApproximateNumberOfMessages"] == "1"
    client.delete_event_source_mapping(UUID=uuid)
    wait_for(lambda: not client.list_event_source_mappings(FunctionName="worker")["EventSourceMappings"], what="the mapping is gone")


def test_a_role_that_may_not_read_the_queue_is_refused_at_once(server, client):
    _, arn = make_queue(server, "closed")
    make_function(server, "unable", make_role(server, "unable", allow("logs:*")))
    with pytest.raises(ClientError, match="The provided execution role does not have permissions to call ReceiveMessage on SQS"):
        client.create_event_source_mapping(FunctionName="unable", EventSourceArn=arn)


STREAM = """
import boto3, json, os
def handler(event, context):
    keys = [r["dynamodb"]["Keys"]["k"]["S"] for r in event["Records"]]
    if "poison" in keys: raise ValueError("poison")
    boto3.client("sqs").send_message(QueueUrl=os.environ["OUT"], MessageBody=json.dumps(keys))
"""


def test_a_stream_is_read_in_order_bisected_and_its_poison_is_told(server, client, role):
    ddb, stream = make_table(server, "orders")
    out, _ = make_queue(server, "seen")
    lost, lost_arn = make_queue(server, "lost")
    make_function(server, "follow", role, STREAM, Environment={"Variables": {"OUT": out}}, Timeout=20)
    for k in ("a", "b", "poison", "c"):
        ddb.put_item(TableName="orders", Item={"k": {"S": k}})
    enable(client, FunctionName="follow", EventSourceArn=stream, StartingPosition="TRIM_HORIZON", BatchSize=4, BisectBatchOnFunctionError=True,
           MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": lost_arn}})
    told = json.loads(receive(server, lost)[0]["Body"])
    assert told["requestContext"]["condition"] == "RetryAttemptsExhausted" and told["DDBStreamBatchInfo"]["batchSize"] == 1
    keys = sum((json.loads(m["Body"]) for m in sorted(receive(server, out, 2), key=lambda m: json.loads(m["Body"]))), [])
    assert sorted(keys) == ["a", "b", "c"]
    ddb.put_item(TableName="orders", Item={"k": {"S": "later"}})   # a commit wakes the mapping
    assert json.loads(receive(server, out)[0]["Body"]) == ["later"]


def test_a_filter_tells_what_time_to_live_removed_from_what_people_delete(server, client, role):
    ddb, stream = make_table(server, "leases")
    out, _ = make_queue(server, "expired")
    make_function(server, "expiry", role, """
import boto3, json, os
def handler(event, context):
    for r in event["Records"]:
        boto3.client("sqs").send_message(QueueUrl=os.environ["OUT"], MessageBody=json.dumps([r["dynamodb"]["Keys"]["k"]["S"], r["userIdentity"]]))
""", Environment={"Variables": {"OUT": out}}, Timeout=20)
    ddb.put_item(TableName="leases", Item={"k": {"S": "deleted"}})
    ddb.delete_item(TableName="leases", Key={"k": {"S": "deleted"}})
    ddb.put_item(TableName="leases", Item={"k": {"S": "over"}, "until": {"N": str(int(time.time()) - 60)}})
    ddb.update_time_to_live(TableName="leases", TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"})
    enable(client, FunctionName="expiry", EventSourceArn=stream, StartingPosition="TRIM_HORIZON",
           FilterCriteria={"Filters": [{"Pattern": json.dumps({"eventName": ["REMOVE"], "userIdentity": {"type": ["Service"], "principalId": ["dynamodb.amazonaws.com"]}})}]})
    assert [json.loads(m["Body"]) for m in receive(server, out)] == [["over", {"type": "Service", "principalId": "dynamodb.amazonaws.com"}]]


def test_a_loop_through_a_queue_is_stopped(server, client, role):
    url, arn = make_queue(server, "round", VisibilityTimeout="60")
    seen, _ = make_queue(server, "rounds")
    make_function(server, "looper", role, """
import boto3, os
def handler(event, context):
    sqs = boto3.client("sqs")
    sqs.send_message(QueueUrl=os.environ["SEEN"], MessageBody="x")
    sqs.send_message(QueueUrl=os.environ["LOOP"], MessageBody="x")
""", Environment={"Variables": {"LOOP": url, "SEEN": seen}}, Timeout=10)
    uuid = enable(client, FunctionName="looper", EventSourceArn=arn, BatchSize=1)
    server.client("sqs").send_message(QueueUrl=url, MessageBody="x")
    count = lambda q: int(server.client("sqs").get_queue_attributes(QueueUrl=q, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]["ApproximateNumberOfMessages"])
    wait_for(lambda: count(seen) >= 16, timeout=30, what="sixteen rounds")
    time.sleep(1)
    assert count(seen) == 16 and count(url) == 0
    client.delete_event_source_mapping(UUID=uuid)
