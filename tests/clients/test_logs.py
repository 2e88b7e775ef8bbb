"""CloudWatch Logs through boto3 and the aws CLI."""
import json
import os
import shutil
import subprocess
import time
import uuid

import pytest
from botocore.exceptions import ClientError

from conftest import Server, wait_for

DAY = 86_400_000


@pytest.fixture
def logs(server):
    return server.client("logs")


@pytest.fixture
def group(logs):
    name = f"/test/{uuid.uuid4().hex[:8]}"
    logs.create_log_group(logGroupName=name)
    yield name
    try:
        logs.delete_log_group(logGroupName=name)
    except ClientError:
        pass


def now():
    return int(time.time() * 1000)


def put(logs, group, stream, *messages, at=None):
    at = at or now()
    return logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[{"timestamp": at + i, "message": m} for i, m in enumerate(messages)])


def messages(answer):
    return [e["message"] for e in answer["events"]]


def refused(call, **parameters):
    with pytest.raises(ClientError) as e:
        call(**parameters)
    error = e.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_line_is_written_and_read(logs, group):
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    text = "h\u00e9llo \U0001f600 {} \r\n\t"
    at = now()
    answer = put(logs, group, "s", text, at=at)
    assert len(answer["nextSequenceToken"]) == 56 and "rejectedLogEventsInfo" not in answer
    (event,) = logs.get_log_events(logGroupName=group, logStreamName="s")["events"]
    assert event["message"] == text and event["timestamp"] == at and event["ingestionTime"] >= at - 1000
    (found,) = logs.filter_log_events(logGroupName=group)["events"]
    assert found["logStreamName"] == "s" and found["message"] == text and len(found["eventId"]) == 56
    (one,) = logs.describe_log_streams(logGroupName=group)["logStreams"]
    assert one["firstEventTimestamp"] == one["lastEventTimestamp"] == at and one["storedBytes"] == 0
    (described,) = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    assert described["storedBytes"] == len(text.encode()) + 26
    assert described["arn"] == described["logGroupArn"] + ":*"


def test_an_old_sequence_token_does_no_harm(logs, group):
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    for _ in range(2):
        logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=[{"timestamp": now(), "message": "x"}], sequenceToken="1")
    assert len(logs.get_log_events(logGroupName=group, logStreamName="s")["events"]) == 2


def test_pages_lead_forward_and_backward(logs, group):
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    put(logs, group, "s", *[f"m{i}" for i in range(25)])
    where = {"logGroupName": group, "logStreamName": "s", "limit": 10}
    last = logs.get_log_events(**where)
    assert messages(last) == [f"m{i}" for i in range(15, 25)]
    before = logs.get_log_events(**where, nextToken=last["nextBackwardToken"])
    assert messages(before) == [f"m{i}" for i in range(5, 15)]
    assert messages(logs.get_log_events(**where, nextToken=before["nextForwardToken"])) == [f"m{i}" for i in range(15, 25)]
    end = logs.get_log_events(**where, nextToken=last["nextForwardToken"])
    assert messages(end) == [] and end["nextForwardToken"] == last["nextForwardToken"]
    put(logs, group, "s", "late", at=now() + 60_000)
    assert messages(logs.get_log_events(**where, nextToken=last["nextForwardToken"])) == ["late"]


def test_identifiers_are_names_or_arns(logs, group):
    arn = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["logGroupArn"]
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    put(logs, group, "s", "x")
    for identifier in (group, arn):
        assert messages(logs.get_log_events(logGroupIdentifier=identifier, logStreamName="s")) == ["x"]
        assert messages(logs.filter_log_events(logGroupIdentifier=identifier)) == ["x"]
        assert len(logs.describe_log_streams(logGroupIdentifier=identifier)["logStreams"]) == 1
    assert refused(logs.filter_log_events, logGroupName=group, logGroupIdentifier=arn)[0] == "InvalidParameterException"
    foreign = arn.replace(":000000000000:", ":999999999999:")
    assert refused(logs.filter_log_events, logGroupIdentifier=foreign)[0] == "AccessDeniedException"


@pytest.mark.parametrize("pattern, want", [
    ("", [0, 1, 2, 3]),
    ("ERROR", [0, 1]),
    ("ERROR -disk", [1]),
    ("?disk ?200", [0, 2]),
    ('"GET /index"', [2]),
    ("%[0-9]{3} [0-9]+%".replace(" ", "\\s"), [2]),
    ("[ip, user, request, status = 2*, bytes > 1000]", [2]),
    ('{ $.level = "warn" && $.items[*].id = 7 }', [3]),
    ("{ $.latency >= 10.5 || $.nothing = 1 }", [3]),
    ("{ $.nothing NOT EXISTS && $.empty IS NULL }", [3]),
])
def test_filter_patterns(logs, group, pattern, want):
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    lines = ["ERROR disk full", "ERROR network", '127.0.0.1 frank "GET /index" 200 1534', json.dumps({"level": "warn", "items": [{"id": 3}, {"id": 7}], "latency": 11, "empty": None})]
    put(logs, group, "s", *lines)
    assert messages(logs.filter_log_events(logGroupName=group, filterPattern=pattern)) == [lines[i] for i in want]
    tested = logs.test_metric_filter(filterPattern=pattern, logEventMessages=lines)["matches"]
    assert [m["eventNumber"] for m in tested] == [i + 1 for i in want]


def test_a_bad_pattern_is_refused_and_named(logs, group):
    assert refused(logs.filter_log_events, logGroupName=group, filterPattern="a-b") == ("InvalidParameterException", "Invalid filter pattern: Invalid character(s) in term 'a-b'")


def test_metric_filter_values_are_extracted(logs):
    answer = logs.test_metric_filter(filterPattern="[ip, ..., status = 4*, bytes]", logEventMessages=["127.0.0.1 - 404 12", "127.0.0.1 - 200 12"])
    assert answer["matches"] == [{"eventNumber": 1, "eventMessage": "127.0.0.1 - 404 12", "extractedValues": {"$ip": "127.0.0.1", "$2": "-", "$status": "404", "$bytes": "12"}}]


def test_groups_are_found_by_prefix_pattern_and_pages(logs):
    names = sorted(f"/find/{part}/Data{i}" for part in ("a", "b") for i in range(3))
    for n in names:
        logs.create_log_group(logGroupName=n, tags={"part": n[6]}, logGroupClass="INFREQUENT_ACCESS" if n.endswith("2") else "STANDARD")
    found = lambda **how: [g["logGroupName"] for p in logs.get_paginator("describe_log_groups").paginate(**how) for g in p["logGroups"]]
    assert found(logGroupNamePrefix="/find/", PaginationConfig={"PageSize": 2}) == names
    assert found(logGroupNamePattern="b/Data") == names[3:]
    assert found(logGroupNamePattern="b/data") == []
    assert found(logGroupNamePrefix="/find/", logGroupClass="INFREQUENT_ACCESS") == [names[2], names[5]]
    listed = logs.list_log_groups(logGroupNamePattern="^/find/a|b/Data1")["logGroups"]
    assert [g["logGroupName"] for g in listed] == names[:3] + [names[4]]
    tagged = logs.list_log_groups(logGroupTags=[{"key": "part", "values": ["b"]}])["logGroups"]
    assert [g["logGroupName"] for g in tagged] == names[3:]
    assert refused(logs.describe_log_groups, nextToken="x") == ("InvalidParameterException", "The specified nextToken is invalid.")


def test_groups_of_infrequent_access_take_events_and_are_not_read_by_them(logs):
    logs.create_log_group(logGroupName="/rare", logGroupClass="INFREQUENT_ACCESS")
    logs.create_log_stream(logGroupName="/rare", logStreamName="s")
    put(logs, "/rare", "s", "x")
    assert refused(logs.filter_log_events, logGroupName="/rare") == (
        "InvalidOperationException", "The log group /rare is of log-group-class INFREQUENT_ACCESS. FilterLogEvents is not supported for this log class.")
    assert refused(logs.get_log_events, logGroupName="/rare", logStreamName="s")[0] == "InvalidOperationException"


def test_both_families_of_tags_are_one(logs, group):
    arn = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["logGroupArn"]
    logs.tag_log_group(logGroupName=group, tags={"a": "1", "b": "2"})
    logs.tag_resource(resourceArn=arn, tags={"b": "3", "c": "4"})
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == logs.list_tags_log_group(logGroupName=group)["tags"] == {"a": "1", "b": "3", "c": "4"}
    logs.untag_resource(resourceArn=arn, tagKeys=["a", "none"])
    logs.untag_log_group(logGroupName=group, tags=["b"])
    assert logs.list_tags_log_group(logGroupName=group)["tags"] == {"c": "4"}
    assert refused(logs.tag_resource, resourceArn=arn, tags={f"k{i}": "v" for i in range(50)})[0] == "TooManyTagsException"


def test_a_role_may_do_what_its_policy_says(server, logs, group):
    iam, sts = server.client("iam"), server.client("sts")
    account = sts.get_caller_identity()["Account"]
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}]}
    name = f"writer-{uuid.uuid4().hex[:8]}"
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    base = f"arn:aws:logs:us-east-1:{account}"
    statements = [
        {"Effect": "Allow", "Action": "logs:CreateLogStream", "Resource": f"{base}:log-group:{group}:*"},
        {"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": f"{base}:log-group:{group}:log-stream:mine*"},
        {"Effect": "Allow", "Action": "logs:FilterLogEvents", "Resource": f"{base}:log-group:{group}"},   # without :* it covers nothing
        {"Effect": "Allow", "Action": ["logs:DescribeLogStreams"], "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/team": "a"}}},
        {"Effect": "Allow", "Action": ["logs:TagResource", "logs:ListTagsForResource"], "Resource": f"{base}:log-group:{group}"},
    ]
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    c = sts.assume_role(RoleArn=role, RoleSessionName="writer")["Credentials"]
    mine = server.client("logs", c["AccessKeyId"], c["SecretAccessKey"], c["SessionToken"])
    mine.create_log_stream(logGroupName=group, logStreamName="mine/1")
    mine.create_log_stream(logGroupName=group, logStreamName="other")
    put(mine, group, "mine/1", "x")
    code, text = refused(mine.put_log_events, logGroupName=group, logStreamName="other", logEvents=[{"timestamp": now(), "message": "x"}])
    assert code == "AccessDeniedException" and f"logs:PutLogEvents on resource: {base}:log-group:{group}:log-stream:other because" in text
    code, text = refused(mine.filter_log_events, logGroupName=group)
    assert code == "AccessDeniedException" and f"on resource: {base}:log-group:{group}:log-stream: because" in text
    code, text = refused(mine.describe_log_groups)
    assert f"logs:DescribeLogGroups on resource: {base}:log-group::log-stream: because" in text
    assert refused(mine.describe_log_streams, logGroupName=group)[0] == "AccessDeniedException"
    mine.tag_resource(resourceArn=f"{base}:log-group:{group}", tags={"team": "a"})
    assert len(mine.describe_log_streams(logGroupName=group)["logStreams"]) == 2
    assert refused(mine.tag_log_group, logGroupName=group, tags={"x": "y"})[0] == "AccessDeniedException"


def test_creating_with_tags_needs_the_permission_to_tag(server):
    iam = server.client("iam")
    user = f"u-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=user)
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "logs:CreateLogGroup", "Resource": "*"}]}))
    key = iam.create_access_key(UserName=user)["AccessKey"]
    logs = server.client("logs", key["AccessKeyId"], key["SecretAccessKey"])
    assert refused(logs.create_log_group, logGroupName=f"/{user}", tags={"a": "b"}) == (
        "AccessDeniedException", "User with accountId: 000000000000 is not authorized to perform CreateLogGroup with Tags")
    logs.create_log_group(logGroupName=f"/{user}")


def test_what_is_not_served_says_so(logs, group):
    for call, parameters in [(logs.put_metric_filter, dict(logGroupName=group, filterName="f", filterPattern="", metricTransformations=[dict(metricName="m", metricNamespace="n", metricValue="1")])),
                             (logs.start_query, dict(logGroupName=group, startTime=0, endTime=1, queryString="fields @message")),
                             (logs.put_data_protection_policy, dict(logGroupIdentifier=group, policyDocument="{}")),
                             (logs.create_log_group, dict(logGroupName="/delivery", logGroupClass="DELIVERY")),
                             (logs.describe_log_groups, dict(includeLinkedAccounts=True))]:
        assert refused(call, **parameters)[0] == "NotImplemented"


def test_events_survive_a_crash_and_expire_by_the_clock():
    s = Server().start()
    try:
        logs = s.client("logs")
        logs.create_log_group(logGroupName="g")
        logs.create_log_stream(logGroupName="g", logStreamName="s")
        logs.put_retention_policy(logGroupName="g", retentionInDays=1)
        put(logs, "g", "s", *[f"m{i}" for i in range(100)])
        s.kill9()
        s.start()
        logs = s.client("logs")
        assert len(messages(logs.filter_log_events(logGroupName="g"))) == 100
        assert logs.describe_log_groups()["logGroups"][0]["storedBytes"] > 0
        s.admin("POST", "clock", action="advance", by="25h")
        assert messages(logs.filter_log_events(logGroupName="g")) == []
        wait_for(lambda: logs.describe_log_groups()["logGroups"][0]["storedBytes"] == 0)
    finally:
        s.close()


def aws_program():
    beside = os.path.expanduser("~/.cache/fogbank/clients/bin/aws")
    return beside if os.path.exists(beside) else shutil.which("aws")


def test_the_cli_follows_a_group(server, logs, group):
    """`aws logs tail --follow` prints what was there and what comes, of every stream, once."""
    aws = aws_program()
    if not aws or "aws-cli/2" not in subprocess.run([aws, "--version"], capture_output=True, text=True).stdout:
        pytest.skip("no aws CLI of version 2, which has `logs tail`, on this machine")
    logs.create_log_stream(logGroupName=group, logStreamName="a")
    put(logs, group, "a", "before", at=now() - 1000)
    env = {**os.environ, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "PYTHONUNBUFFERED": "1"}
    follow = subprocess.Popen([aws, "--endpoint-url", server.url, "--region", "us-east-1", "logs", "tail", group, "--follow", "--format", "short"],
                              env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        assert follow.stdout.readline().strip().endswith("before")
        logs.create_log_stream(logGroupName=group, logStreamName="b")
        put(logs, group, "b", "after one")
        assert follow.stdout.readline().strip().endswith("after one")
        put(logs, group, "a", "after two")
        assert follow.stdout.readline().strip().endswith("after two")
    finally:
        follow.terminate()
        follow.wait(10)


def test_whoever_follows_a_group_sees_each_event_once(logs, group):
    """What `aws logs tail --follow` does: ask from the newest time seen on, interleaved, and leave out the event ids that were shown."""
    logs.create_log_stream(logGroupName=group, logStreamName="a")
    logs.create_log_stream(logGroupName=group, logStreamName="b")
    seen, start, begin = {}, now() - 60_000, now()

    def look():
        nonlocal start
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=start, interleaved=True, PaginationConfig={"PageSize": 3}):
            for e in page["events"]:
                assert seen.setdefault(e["eventId"], e["message"]) == e["message"]
                start = max(start, e["timestamp"])

    for i in range(10):
        put(logs, group, "ab"[i % 2], f"m{i}", f"m{i} again", at=begin + i)   # the streams share milliseconds
        look()
    look()
    assert sorted(seen.values()) == sorted([f"m{i}" for i in range(10)] + [f"m{i} again" for i in range(10)])
