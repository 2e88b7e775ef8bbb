"""Functions that follow a table's stream: batches that fail, records that age, windows, several readers, and what the destination is told."""
import json
import time

import pytest
from botocore.exceptions import ClientError
from conftest import Server, wait_for
from lambda_support import allow, make_function, make_role
from trigger_support import advance, enable, make_queue, make_table, receive

# Notes the keys of each batch; fails while one of them begins with "poison".
FOLLOW = """
import boto3, json, os
sqs = boto3.client("sqs")
def handler(event, context):
    keys = [r["dynamodb"]["Keys"]["k"]["S"] for r in event["Records"]]
    sqs.send_message(QueueUrl=os.environ["OUT"], MessageBody=json.dumps(keys))
    for r, k in zip(event["Records"], keys):
        if k.startswith("poison"): raise ValueError(k)
        if k.startswith("report"): return {"batchItemFailures": [{"itemIdentifier": r["dynamodb"]["SequenceNumber"]}]}
        if k.startswith("nonsense"): return {"batchItemFailures": [{"itemIdentifier": ""}]}
"""


@pytest.fixture(scope="module")
def role(server):
    return make_role(server, "stream-reader", allow("*"))


class Followed:
    """A table, a function that follows its stream, and the queues for its batches and its failures."""

    def __init__(self, server, role, name, source=FOLLOW, position="TRIM_HORIZON", first=(), lost=True, **mapping):
        self.server, self.name = server, name
        self.ddb, self.stream = make_table(server, name)
        self.out, _ = make_queue(server, f"{name}-out")
        self.put(*first)
        if lost:
            self.lost, arn = make_queue(server, f"{name}-lost")
            mapping["DestinationConfig"] = {"OnFailure": {"Destination": arn}}
        self.client = make_function(server, name, role, source, Environment={"Variables": {"OUT": self.out}}, Timeout=20)
        self.uuid = enable(self.client, FunctionName=name, EventSourceArn=self.stream, StartingPosition=position, **mapping)

    def put(self, *keys, n=1):
        for k in keys:
            self.ddb.put_item(TableName=self.name, Item={"k": {"S": k}, "n": {"N": str(n)}})

    def batches(self, n=1):
        return [json.loads(m["Body"]) for m in receive(self.server, self.out, n)]

    def told(self, n=1):
        return [json.loads(m["Body"]) for m in receive(self.server, self.lost, n)]

    def result(self):
        return self.client.get_event_source_mapping(UUID=self.uuid)["LastProcessingResult"]


def test_halves_are_tried_until_the_poison_is_alone(server, role):
    f = Followed(server, role, "halves", first=("a", "b", "poison", "c", "d", "e"), BatchSize=6, BisectBatchOnFunctionError=True, MaximumRetryAttempts=0)
    (told,) = f.told()
    info = told.pop("DDBStreamBatchInfo")
    assert set(told) == {"requestContext", "responseContext", "version", "timestamp"} and told["version"] == "1.0"
    assert {k: told["requestContext"][k] for k in ("condition", "approximateInvokeCount", "functionArn")} == {
        "condition": "RetryAttemptsExhausted", "approximateInvokeCount": 1, "functionArn": f.client.get_function_configuration(FunctionName="halves")["FunctionArn"]}
    assert told["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}
    assert set(info) == {"shardId", "startSequenceNumber", "endSequenceNumber", "approximateArrivalOfFirstRecord", "approximateArrivalOfLastRecord", "batchSize", "streamArn"}
    assert info["batchSize"] == 1 and info["startSequenceNumber"] == info["endSequenceNumber"] and info["streamArn"] == f.stream
    # The first half; the second and its halves; each once the ones before it are through.
    tried = [["a", "b", "poison", "c", "d", "e"], ["a", "b", "poison"], ["a"], ["b", "poison"], ["b"], ["poison"], ["c", "d", "e"]]
    assert sorted(f.batches(len(tried))) == sorted(tried)
    wait_for(lambda: f.result() == "OK")


def test_what_comes_later_waits_for_a_batch_that_is_tried_again(server, role):
    f = Followed(server, role, "later", BatchSize=10, MaximumRetryAttempts=1)
    f.put("poison")
    assert f.batches() == [["poison"]]
    f.put("a")
    (told,) = f.told()
    assert sorted(f.batches(2)) == [["a"], ["poison"]]
    assert told["requestContext"]["approximateInvokeCount"] == 2 and told["DDBStreamBatchInfo"]["batchSize"] == 1


def test_a_reported_record_is_where_the_batch_is_tried_again(server, role):
    f = Followed(server, role, "reported", first=("a", "report", "b"), BatchSize=3, MaximumRetryAttempts=1, FunctionResponseTypes=["ReportBatchItemFailures"])
    (told,) = f.told()
    assert told["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": None} and told["DDBStreamBatchInfo"]["batchSize"] == 2
    assert f.batches(3) == [["a", "report", "b"], ["report", "b"], ["report", "b"]]
    f.put("nonsense", "c")
    (told,) = f.told()
    assert told["responseContext"]["functionError"] is None and told["requestContext"]["approximateInvokeCount"] == 2


def test_records_that_are_too_old_are_not_given_to_the_function(server, role):
    f = Followed(server, role, "ageing", MaximumRecordAgeInSeconds=60)
    f.client.put_function_concurrency(FunctionName="ageing", ReservedConcurrentExecutions=0)
    f.put("old", "older")
    wait_for(lambda: "Throttled" in f.result(), what="the mapping notes that the function is throttled")
    advance(server, "65s")
    told = f.told()
    if told[0]["DDBStreamBatchInfo"]["batchSize"] == 1 and len(told) == 1:
        told += f.told()
    for t in told:
        assert (t["requestContext"]["condition"], t["requestContext"]["approximateInvokeCount"]) == ("RecordAgeExceeded", 1) and "responseContext" not in t
    assert sum(t["DDBStreamBatchInfo"]["batchSize"] for t in told) == 2
    f.client.delete_function_concurrency(FunctionName="ageing")
    f.put("new")
    assert f.batches() == [["new"]]


ORDER = """
import boto3, json, os, time
sqs = boto3.client("sqs")
def handler(event, context):
    (record,) = event["Records"]
    item = record["dynamodb"]["NewImage"]
    if item["k"]["S"] == "poison": raise ValueError("poison")
    sqs.send_message(QueueUrl=os.environ["OUT"], MessageBody=json.dumps([item["k"]["S"], int(item["n"]["N"]), time.time()]))
"""

def test_a_batching_window_collects_records(server, role):
    f = Followed(server, role, "collected", BatchSize=100, MaximumBatchingWindowInSeconds=2)
    f.put("a", "b")
    time.sleep(0.2)
    f.put("c")
    assert f.batches() == [["a", "b", "c"]]
    f.client.update_event_source_mapping(UUID=f.uuid, BatchSize=2, MaximumBatchingWindowInSeconds=300)
    wait_for(lambda: f.client.get_event_source_mapping(UUID=f.uuid)["State"] == "Enabled")
    f.put("d", "e", "f")
    assert f.batches() == [["d", "e"]]   # full, and so at once; the third one waits


WINDOW = """
import boto3, json, os
sqs = boto3.client("sqs")
def handler(event, context):
    state = event["state"]
    state["sum"] = state.get("sum", 0) + sum(int(r["dynamodb"]["NewImage"]["n"]["N"]) for r in event["Records"])
    if event["isFinalInvokeForWindow"]:
        state.pop("large", None)
        sqs.send_message(QueueUrl=os.environ["OUT"], MessageBody=json.dumps(dict(state, early=event["isWindowTerminatedEarly"], **event["window"], records=len(event["Records"]))))
        return
    if any("large" in r["dynamodb"]["Keys"]["k"]["S"] for r in event["Records"]):
        state["large"] = "x" * 1_100_000
    return {"state": state}
"""


def test_a_tumbling_window_hands_its_state_on_and_closes(server, role):
    f = Followed(server, role, "window", WINDOW, BatchSize=1, TumblingWindowInSeconds=60)
    f.put("a", "b", "c")
    wait_for(lambda: f.result() == "OK")
    time.sleep(0.5)
    advance(server, "61s")
    closed = f.batches()[0]
    # The three may stand on both sides of a minute.
    while closed["sum"] < 3:
        closed["sum"] += f.batches()[0]["sum"]
    assert closed["sum"] == 3 and closed["records"] == 0 and closed["early"] is False and closed["start"].endswith("00Z") and closed["end"] > closed["start"]


def test_a_window_with_too_much_state_closes_early(server, role):
    f = Followed(server, role, "early", WINDOW, BatchSize=1, TumblingWindowInSeconds=900)
    f.put("large")
    (closed,) = f.batches()
    assert closed["early"] is True and closed["sum"] == 1 and closed["records"] == 0
    f.put("b")
    wait_for(lambda: f.result() == "OK")


@pytest.mark.parametrize("change", [{"BatchSize": 2}, {"Enabled": False}, {"ParallelizationFactor": 3}])
def test_a_batch_under_way_is_made_once_though_its_mapping_changes(server, role, change):
    name = "changed-" + next(iter(change)).lower()
    f = Followed(server, role, name, FOLLOW.replace("def handler(event, context):", "import time\ndef handler(event, context):\n    time.sleep(0.6)"), BatchSize=10)
    f.put("a")
    wait_for(lambda: server.client("logs").describe_log_streams(logGroupName=f"/aws/lambda/{name}")["logStreams"] if server.client("logs").describe_log_groups(
        logGroupNamePrefix=f"/aws/lambda/{name}")["logGroups"] else None, what="the function runs")
    state = lambda: f.client.get_event_source_mapping(UUID=f.uuid)["State"]
    assert f.client.update_event_source_mapping(UUID=f.uuid, **change)["State"] == ("Disabling" if "Enabled" in change else "Updating")
    assert f.batches() == [["a"]]
    wait_for(lambda: state() == ("Disabled" if "Enabled" in change else "Enabled"), what="the change settles")
    if "Enabled" in change:
        f.client.update_event_source_mapping(UUID=f.uuid, Enabled=True)
    f.put("b")
    assert f.batches() == [["b"]]
    f.client.delete_event_source_mapping(UUID=f.uuid)
    wait_for(lambda: not f.client.list_event_source_mappings(FunctionName=name)["EventSourceMappings"], what="the mapping is gone")


def test_every_mapping_of_a_stream_is_woken(server, role):
    f = Followed(server, role, "shared")
    outs = [f.out]
    for i in range(2):
        out, _ = make_queue(server, f"shared-out-{i}")
        outs.append(out)
        make_function(server, f"shared-{i}", role, FOLLOW, Environment={"Variables": {"OUT": out}}, Timeout=20)
        enable(f.client, FunctionName=f"shared-{i}", EventSourceArn=f.stream, StartingPosition="LATEST")
    for round in ("a", "b"):
        f.put(round)
        for out in outs:
            assert json.loads(receive(server, out, timeout=8)[0]["Body"]) == [round]


def test_items_share_a_shard_and_stay_in_order(server, role):
    """With a ParallelizationFactor a poison holds up only the items that fall to the same slot."""
    f = Followed(server, role, "parallel", ORDER, BatchSize=1, ParallelizationFactor=10, MaximumRetryAttempts=-1)
    keys = [f"k{i}" for i in range(20)]
    f.put("poison")
    for n in range(3):
        f.put(*keys, n=n)
    seen = []

    def most():   # about a tenth shares the poison's slot
        seen.extend(json.loads(m["Body"]) for m in receive(server, f.out))
        return len(seen) >= 3 * 12
    wait_for(most, timeout=30, what="other items go on")
    f.client.update_event_source_mapping(UUID=f.uuid, ParallelizationFactor=1, MaximumRetryAttempts=0)
    (told,) = f.told()
    assert told["DDBStreamBatchInfo"]["batchSize"] == 1
    wait_for(lambda: f.result() == "OK")
    f.put("last")

    def all_there():
        seen.extend(json.loads(m["Body"]) for m in receive(server, f.out))
        return ["last", 1] in [s[:2] for s in seen]
    wait_for(all_there, timeout=30, what="the newest record")
    for k in keys:   # some twice, as all slots went on from the slowest; but by their time in order, until that
        times = {}
        for key, n, at in seen:
            if key == k:
                times.setdefault(n, at)
        assert sorted(times) == [0, 1, 2] and times[0] < times[1] < times[2]
    with pytest.raises(ClientError, match="Tumbling windows are not supported with a ParallelizationFactor greater than 1"):
        f.client.update_event_source_mapping(UUID=f.uuid, ParallelizationFactor=2, TumblingWindowInSeconds=10)


def test_what_is_filtered_away_does_not_run_the_function(server, role):
    f = Followed(server, role, "filtered", FilterCriteria={"Filters": [{"Pattern": json.dumps({"dynamodb": {"Keys": {"k": {"S": [{"prefix": "good"}]}}}})}]})
    f.put("bad", "good 1", "bad 2", "good 2")
    keys = []
    while len(keys) < 2:
        keys += sum(f.batches(), [])
    assert keys == ["good 1", "good 2"]


def test_a_mapping_notes_that_its_table_is_gone(server, role):
    f = Followed(server, role, "gone")
    assert f.result() == "No records processed"
    f.put("a")
    f.batches()
    wait_for(lambda: f.result() == "OK")
    f.ddb.delete_table(TableName="gone")
    advance(server, "25h")   # a stream outlives its table by a day
    wait_for(lambda: f.result().startswith("PROBLEM"), what="the mapping notes it")
    assert f.client.get_event_source_mapping(UUID=f.uuid)["State"] == "Enabled"
    f.client.delete_event_source_mapping(UUID=f.uuid)
    wait_for(lambda: not f.client.list_event_source_mappings(FunctionName="gone")["EventSourceMappings"])


def test_a_role_that_may_not_read_the_stream_is_refused(server):
    _, stream = make_table(server, "closed")
    client = make_function(server, "closed", make_role(server, "closed", allow("dynamodb:GetRecords", "dynamodb:DescribeStream")), FOLLOW)
    with pytest.raises(ClientError, match="Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, and ListStreams"):
        client.create_event_source_mapping(FunctionName="closed", EventSourceArn=stream, StartingPosition="LATEST")
    server.client("iam").put_role_policy(RoleName="closed", PolicyName="more", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow("dynamodb:GetShardIterator")]}))
    client.create_event_source_mapping(FunctionName="closed", EventSourceArn=stream, StartingPosition="LATEST")


def test_a_stream_is_followed_through_kill_9():
    s = Server().start()
    try:
        f = Followed(s, make_role(s, "runner", allow("*")), "killed", lost=False, BatchSize=3)
        keys = [f"k{i}" for i in range(60)]
        f.put(*keys)
        s.kill9()
        s.start()
        seen = []
        while set(seen) != set(keys):
            for m in receive(s, f.out, timeout=30):
                seen += json.loads(m["Body"])
    finally:
        s.close()
