"""DynamoDB Streams: the reading of streams; their tables are those of setup/dynamodb.py, where the calls stand too."""
from parity.setup import Service

S = Service("dynamodbstreams")


def iterator(run):
    """From the beginning of the only shard of the latest table with a stream."""
    stream = run.call("dynamodbstreams:DescribeStream", StreamArn=run.find("LatestStreamArn"))["StreamDescription"]
    return run.call("dynamodbstreams:GetShardIterator", StreamArn=stream["StreamArn"], ShardId=stream["Shards"][0]["ShardId"], ShardIteratorType="TRIM_HORIZON")["ShardIterator"]


@S.prepare
def shard(run, call):
    if call.operation == "GetRecords":
        call.params["ShardIterator"] = run.keep("iterator", lambda: iterator(run))


@S.before("test_data_encoding_consistency", "GetRecords*")
def _(run, call):
    run.call("dynamodb:DescribeTable", TableName=f"table-{run.token}")


@S.view("test_data_encoding_consistency", "GetRecords*")
def _(run, call, response):
    image = run.history[-1][2]["Records"][-1]["dynamodb"]["NewImage"]
    return {k: {t: repr(v) if isinstance(v, bytes) else v for t, v in value.items()} for k, value in image.items()}


@S.view("test_*", "get-records")
def _(run, call, response):
    """The tests gather the records of several answers."""
    return {"Records": response["Records"]} if "Records" in response else None


@S.before("test_dynamodb_stream_records_with_update_item", "get-records")
def _(run, call):
    table = f"test-ddb-table-{run.token}"
    for a, b in (("value1", "value2"), ("value2", "value3")):
        run.call("dynamodb:UpdateItem", TableName=table, Key={"id": {"S": "my-item-id"}}, UpdateExpression="SET attr1 = :a, attr2 = :b",
                 ExpressionAttributeValues={":a": {"S": a}, ":b": {"S": b}})


@S.before("test_transact_write_items_streaming", "get-records")
def _(run, call):
    run.call("dynamodb:PutItem", TableName=f"test-ddb-table-{run.token}", Item={"id": {"S": "Fred"}, "name": {"S": "Fred"}})


S.add("test_non_existent_stream", "non-existent-stream", "dynamodbstreams:DescribeStream",
      StreamArn="arn:aws:dynamodb:us-east-1:000000000000:table/table-00000000/stream/2024-11-18T14:36:44.149")
S.unordered("*", "*AttributeDefinitions")
S.bare.add("starting-sequence-number")
