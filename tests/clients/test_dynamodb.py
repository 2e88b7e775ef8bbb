"""DynamoDB with boto3: the resource interface, an index that is added while clients write, streams, decisions, a kill -9."""
import json
import threading
from decimal import Decimal

import pytest
from boto3.dynamodb.conditions import Attr, Key
from boto3.dynamodb.types import TypeSerializer
from botocore.exceptions import ClientError

from conftest import wait_for


def serialize(item):
    return {k: TypeSerializer().serialize(v) for k, v in item.items()}


def make_table(client, name, **more):
    settings = dict(BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}],
                    AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}, {"AttributeName": "s", "AttributeType": "N"}])
    settings.update(more)
    client.create_table(TableName=name, **settings)
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 10})


def resource(server):
    import boto3
    return boto3.resource("dynamodb", endpoint_url=server.url, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")


def test_items_of_every_type_come_back(server):
    make_table(server.client("dynamodb"), "types")
    table = resource(server).Table("types")
    item = {"p": "a", "s": Decimal("-1.5"), "n": Decimal("12345678901234567890123456789012345678"), "b": b"\x00\xff", "t": True, "none": None,
            "l": [1, "x", {"deep": [Decimal("0.1")]}], "m": {}, "ss": {"a", "b"}, "ns": {Decimal(1), Decimal(2)}, "bs": {b"1", b"2"}, "": "", "ü": "…"}
    item.pop("")
    table.put_item(Item=item)
    got = table.get_item(Key={"p": "a", "s": Decimal("-1.50")}, ConsistentRead=True)["Item"]
    assert {k: v for k, v in got.items() if k not in ("b", "bs")} == {k: v for k, v in item.items() if k not in ("b", "bs")}
    assert bytes(got["b"]) == b"\x00\xff" and {bytes(x) for x in got["bs"]} == {b"1", b"2"}


def test_batch_writer_query_and_scan(server):
    make_table(server.client("dynamodb"), "batch")
    table = resource(server).Table("batch")
    with table.batch_writer() as writer:
        for i in range(100):
            writer.put_item({"p": f"p{i % 4}", "s": i, "even": i % 2 == 0})
    assert [int(i["s"]) for i in table.query(KeyConditionExpression=Key("p").eq("p1") & Key("s").lt(20))["Items"]] == [1, 5, 9, 13, 17]
    assert table.scan(FilterExpression=Attr("even").eq(True), Select="COUNT")["Count"] == 50
    pages = list(server.client("dynamodb").get_paginator("scan").paginate(TableName="batch", PaginationConfig={"PageSize": 7}))
    assert sum(p["Count"] for p in pages) == 100 and len(pages) == 15


def test_concurrent_counters_lose_nothing(server):
    client = server.client("dynamodb", max_pool_connections=8)
    make_table(client, "counter")

    def add():
        for _ in range(50):
            client.update_item(TableName="counter", Key=serialize({"p": "c", "s": 0}), UpdateExpression="ADD n :one", ExpressionAttributeValues={":one": {"N": "1"}})

    threads = [threading.Thread(target=add) for _ in range(8)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert client.get_item(TableName="counter", Key=serialize({"p": "c", "s": 0}))["Item"]["n"] == {"N": "400"}


def test_an_index_added_while_clients_write_is_exact(server):
    client = server.client("dynamodb", max_pool_connections=8)
    make_table(client, "grown")
    table = resource(server).Table("grown")
    with table.batch_writer() as writer:
        for i in range(3000):
            writer.put_item({"p": f"k{i}", "s": 1, "g": f"g{i % 3}"})
    stop = threading.Event()

    def write(offset):
        i = offset
        while not stop.is_set():
            i += 8
            client.put_item(TableName="grown", Item=serialize({"p": f"k{i % 3500}", "s": 1, "g": f"g{i % 5}"}))
            client.delete_item(TableName="grown", Key=serialize({"p": f"k{(i * 7) % 3500}", "s": 1}))

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    [t.start() for t in threads]
    client.update_table(TableName="grown", AttributeDefinitions=[{"AttributeName": "g", "AttributeType": "S"}], GlobalSecondaryIndexUpdates=[{"Create": {
        "IndexName": "byg", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}}])
    wait_for(lambda: client.describe_table(TableName="grown")["Table"]["GlobalSecondaryIndexes"][0]["IndexStatus"] == "ACTIVE", 30, "the index")
    stop.set()
    [t.join() for t in threads]

    def everything(**index):
        return sorted((i["p"]["S"], i["g"]["S"]) for page in client.get_paginator("scan").paginate(TableName="grown", **index) for i in page["Items"])

    assert everything() == everything(IndexName="byg")
    described = client.describe_table(TableName="grown")["Table"]
    assert described["ItemCount"] == described["GlobalSecondaryIndexes"][0]["ItemCount"] == len(everything())


def test_streams_tell_changes_in_order(server):
    client, streams = server.client("dynamodb"), server.client("dynamodbstreams")
    make_table(client, "told", StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})
    key = serialize({"p": "a", "s": 1})
    client.put_item(TableName="told", Item={**key, "x": {"S": "1"}})
    client.put_item(TableName="told", Item={**key, "x": {"S": "1"}})   # changes nothing and is not told
    client.put_item(TableName="told", Item={**key, "x": {"S": "2"}})
    client.delete_item(TableName="told", Key=key)
    arn = client.describe_table(TableName="told")["Table"]["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    first = streams.get_records(ShardIterator=iterator, Limit=2)
    rest = streams.get_records(ShardIterator=first["NextShardIterator"])
    records = first["Records"] + rest["Records"]
    assert [(r["eventName"], r["dynamodb"].get("OldImage", {}).get("x"), r["dynamodb"].get("NewImage", {}).get("x")) for r in records] == [
        ("INSERT", None, {"S": "1"}), ("MODIFY", {"S": "1"}, {"S": "2"}), ("REMOVE", {"S": "2"}, None)]
    numbers = [r["dynamodb"]["SequenceNumber"] for r in records]
    assert numbers == sorted(numbers) and len(set(numbers)) == 3
    client.delete_table(TableName="told")
    assert "NextShardIterator" not in streams.get_records(ShardIterator=rest["NextShardIterator"])   # the shard has come to its end


def test_leading_keys_and_attributes_decide(server):
    make_table(server.client("dynamodb"), "private")
    iam = server.client("iam")
    iam.create_user(UserName="alice-ddb")
    iam.put_user_policy(UserName="alice-ddb", PolicyName="own", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:TransactWriteItems"],
        "Resource": "arn:aws:dynamodb:us-east-1:*:table/private",
        "Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:username}"], "dynamodb:Attributes": ["p", "s", "open"]},
                      "Null": {"dynamodb:LeadingKeys": "false"}}}]}))
    key = iam.create_access_key(UserName="alice-ddb")["AccessKey"]
    alice = server.client("dynamodb", key["AccessKeyId"], key["SecretAccessKey"])
    alice.put_item(TableName="private", Item=serialize({"p": "alice-ddb", "s": 1, "open": "x"}))
    alice.query(TableName="private", KeyConditionExpression="p = :p", ExpressionAttributeValues={":p": {"S": "alice-ddb"}})
    alice.transact_write_items(TransactItems=[{"Put": {"TableName": "private", "Item": serialize({"p": "alice-ddb", "s": 2})}}])
    for call in (lambda: alice.put_item(TableName="private", Item=serialize({"p": "bob", "s": 1})),
                 lambda: alice.put_item(TableName="private", Item=serialize({"p": "alice-ddb", "s": 1, "secret": "x"})),
                 lambda: alice.get_item(TableName="private", Key=serialize({"p": "bob", "s": 1})),
                 lambda: alice.get_item(TableName="private", Key=serialize({"p": "alice-ddb", "s": 1}), ProjectionExpression="secret"),
                 lambda: alice.query(TableName="private", KeyConditionExpression="p = :p", ExpressionAttributeValues={":p": {"S": "bob"}}),
                 lambda: alice.transact_write_items(TransactItems=[{"Put": {"TableName": "private", "Item": serialize({"p": "bob", "s": 2})}}]),
                 lambda: alice.scan(TableName="private")):
        with pytest.raises(ClientError) as e:
            call()
        assert e.value.response["Error"]["Code"] == "AccessDeniedException"


def test_a_resource_policy_lets_another_account_read(server):
    owner = server.client("dynamodb", "111111111111", "test")
    make_table(owner, "shared")
    owner.put_item(TableName="shared", Item=serialize({"p": "a", "s": 1}))
    arn = owner.describe_table(TableName="shared")["Table"]["TableArn"]
    other = server.client("dynamodb", "222222222222", "test")
    with pytest.raises(ClientError, match="AccessDenied"):
        other.get_item(TableName=arn, Key=serialize({"p": "a", "s": 1}))
    owner.put_resource_policy(ResourceArn=arn, Policy=json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::222222222222:root"}, "Action": "dynamodb:GetItem", "Resource": arn}]}))
    assert other.get_item(TableName=arn, Key=serialize({"p": "a", "s": 1}))["Item"]["p"] == {"S": "a"}
    with pytest.raises(ClientError, match="AccessDenied"):
        other.delete_item(TableName=arn, Key=serialize({"p": "a", "s": 1}))


def test_acknowledged_writes_survive_a_kill(fresh_server):
    server = fresh_server()
    make_table(server.client("dynamodb"), "kept", StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    client, written = server.client("dynamodb"), []
    for i in range(200):
        client.put_item(TableName="kept", Item=serialize({"p": "a", "s": i}))
        written.append(i)
    server.kill9()
    server.start()
    client = server.client("dynamodb")
    assert [int(i["s"]["N"]) for i in client.query(TableName="kept", KeyConditionExpression="p = :p", ExpressionAttributeValues={":p": {"S": "a"}})["Items"]] == written
    assert client.describe_table(TableName="kept")["Table"]["ItemCount"] == 200


def test_values_nest_32_levels_and_no_more(server):
    client = server.client("dynamodb")
    make_table(client, "deep", KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}], AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}])

    def nested(levels):
        value = {"S": "x"}
        for i in range(levels):
            value = {"M": {"a": value}} if i % 2 else {"L": [value]}
        return value

    item = {"p": {"S": "a"}, "v": nested(31)}   # and the text is the 32nd level
    client.transact_write_items(TransactItems=[{"Put": {"TableName": "deep", "Item": item}}])
    assert client.get_item(TableName="deep", Key={"p": {"S": "a"}})["Item"] == item
    with pytest.raises(ClientError, match="Nesting Levels have exceeded supported limits"):
        client.put_item(TableName="deep", Item={"p": {"S": "a"}, "v": nested(32)})
