"""DynamoDB tables under keys of KMS, indexes whose keys have several attributes, large transactions, reserved words, throttling, streams through the day."""
import json
import re
import time

import pytest
from botocore.exceptions import ClientError

from conftest import TEST_DATA

ID = dict(KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}], AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}])


def make(client, name, **more):
    return client.create_table(**{"TableName": name, "BillingMode": "PAY_PER_REQUEST", **ID, **more})["TableDescription"]


def refused(code, call, **params):
    with pytest.raises(ClientError) as e:
        call(**params)
    error = e.value.response["Error"]
    assert error["Code"] == code, error
    return error["Message"]


def item(name, **more):
    return {"id": {"S": name}, **more}


# ---- keys of KMS

def user(server, name, *statements):
    iam = server.client("iam")
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return server.client("dynamodb", key["AccessKeyId"], key["SecretAccessKey"])


def allow(actions, **condition):
    return {"Effect": "Allow", "Action": actions, "Resource": "*", **({"Condition": condition} if condition else {})}


VIA = {"StringEquals": {"kms:ViaService": "dynamodb.us-east-1.amazonaws.com"}}


def test_a_table_under_a_customers_key_needs_it_for_every_access(server):
    client, kms = server.client("dynamodb"), server.client("kms")
    key = kms.create_key()["KeyMetadata"]
    made = make(client, "secret", SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key["KeyId"]})
    assert made["SSEDescription"] == {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": key["Arn"]}
    client.put_item(TableName="secret", Item=item("a"))
    keyless = user(server, "keyless", allow("dynamodb:*"))
    kms_denied = r"^KMS key access denied error: com\.amazonaws\.services\.kms\.model\.AWSKMSException: .*Error Code: AccessDeniedException"
    for call, params in ((keyless.get_item, dict(Key=item("a"))), (keyless.put_item, dict(Item=item("b"))), (keyless.scan, {}),
                         (keyless.query, dict(KeyConditionExpression="id = :i", ExpressionAttributeValues={":i": {"S": "a"}})),
                         (keyless.update_item, dict(Key=item("a"))), (keyless.delete_item, dict(Key=item("a")))):
        with pytest.raises(ClientError, match="AccessDeniedException"):
            call(TableName="secret", **params)
    with pytest.raises(ClientError, match="AccessDeniedException"):
        keyless.batch_write_item(RequestItems={"secret": [{"PutRequest": {"Item": item("b")}}]})
    with pytest.raises(ClientError, match="AccessDeniedException"):
        keyless.transact_write_items(TransactItems=[{"Put": {"TableName": "secret", "Item": item("b")}}])
    message = refused("AccessDeniedException", keyless.get_item, TableName="secret", Key=item("a"))
    assert re.search(kms_denied, message), message
    # Through DynamoDB only, and only for this table.
    reader = user(server, "reader", allow("dynamodb:GetItem"), allow("kms:Decrypt", StringEquals={
        **VIA["StringEquals"], "kms:EncryptionContext:aws:dynamodb:tableName": "secret", "kms:EncryptionContext:aws:dynamodb:subscriberId": "000000000000"}))
    assert reader.get_item(TableName="secret", Key=item("a"))["Item"] == item("a")
    assert client.scan(TableName="secret")["Count"] == 1
    # A disabled key stops everything until it is enabled again.
    kms.disable_key(KeyId=key["KeyId"])
    assert client.describe_table(TableName="secret")["Table"]["TableStatus"] == "INACCESSIBLE_ENCRYPTION_CREDENTIALS"
    message = refused("ValidationException", client.get_item, TableName="secret", Key=item("a"))
    assert message == f"KMS validation error: com.amazonaws.services.kms.model.DisabledException: {key['Arn']} is disabled. (Service: AWSKMS; Status Code: 400; Error Code: DisabledException; Proxy: null)"
    refused("ValidationException", client.put_item, TableName="secret", Item=item("b"))
    kms.enable_key(KeyId=key["KeyId"])
    assert client.get_item(TableName="secret", Key=item("a"))["Item"] == item("a")
    assert client.describe_table(TableName="secret")["Table"]["TableStatus"] == "ACTIVE"


def test_turning_encryption_on_asks_the_caller_for_the_key(server):
    client, kms = server.client("dynamodb"), server.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    spec = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
    needed = ["kms:DescribeKey", "kms:CreateGrant", "kms:GenerateDataKey", "kms:Decrypt"]
    for missing in needed:
        maker = user(server, "without-" + missing.split(":")[1], allow("dynamodb:*"), allow([a for a in needed if a != missing]))
        assert refused("AccessDeniedException", maker.create_table, TableName="refused", BillingMode="PAY_PER_REQUEST", SSESpecification=spec, **ID)
    assert "refused" not in client.list_tables()["TableNames"]
    maker = user(server, "maker", allow("dynamodb:*"), allow(needed, **VIA, Bool={"kms:GrantIsForAWSResource": "true"}), allow(needed[2:] + needed[:1], **VIA))
    make(maker, "made", SSESpecification=spec)
    message = refused("ValidationException", client.create_table, TableName="refused", BillingMode="PAY_PER_REQUEST",
                      SSESpecification={"Enabled": True, "KMSMasterKeyId": "00000000-0000-4000-8000-000000000000"}, **ID)
    assert message.startswith("KMS validation error: com.amazonaws.services.kms.model.NotFoundException: ")
    update = lambda **s: client.update_table(TableName="made", SSESpecification=s)  # noqa: E731
    assert "already encrypted by given KMSMasterKeyId" in refused("ValidationException", update, **spec)
    other = kms.create_key()["KeyMetadata"]
    assert update(Enabled=True, KMSMasterKeyId=other["Arn"])["TableDescription"]["SSEDescription"]["KMSMasterKeyArn"] == other["Arn"]
    assert update(Enabled=False)["TableDescription"]["SSEDescription"]["Status"] == "UPDATING"
    assert "SSEDescription" not in client.describe_table(TableName="made")["Table"]
    assert "already encrypted by default" in refused("ValidationException", update, Enabled=False)
    make(client, "managed", SSESpecification={"Enabled": True})
    described = kms.describe_key(KeyId="alias/aws/dynamodb")["KeyMetadata"]
    assert client.describe_table(TableName="managed")["Table"]["SSEDescription"]["KMSMasterKeyArn"] == described["Arn"] and described["KeyManager"] == "AWS"
    client.put_item(TableName="managed", Item=item("a"))


# ---- indexes whose keys have several attributes

def test_an_index_with_four_and_four_key_attributes(server):
    client = server.client("dynamodb")
    names = [f"h{i}" for i in range(4)] + [f"r{i}" for i in range(4)]
    keys = [{"AttributeName": n, "KeyType": "HASH" if n[0] == "h" else "RANGE"} for n in names]
    attributes = [{"AttributeName": n, "AttributeType": "N" if n in ("h1", "r1") else "S"} for n in names]
    make(client, "wide", AttributeDefinitions=ID["AttributeDefinitions"] + attributes,
         GlobalSecondaryIndexes=[{"IndexName": "many", "KeySchema": keys, "Projection": {"ProjectionType": "KEYS_ONLY"}}])
    shown = client.describe_table(TableName="wide")["Table"]["GlobalSecondaryIndexes"][0]["KeySchema"]
    assert shown == keys

    def put(name, r1, **more):
        values = {"h0": {"S": "a"}, "h1": {"N": "7"}, "h2": {"S": "c"}, "h3": {"S": "d"}, "r0": {"S": "x"}, "r1": {"N": str(r1)}, "r2": {"S": "y"}, "r3": {"S": name}, **more}
        client.put_item(TableName="wide", Item=item(name, **{k: v for k, v in values.items() if v}))

    for i in range(12):
        put(f"i{i:02}", 11 - i)
    put("elsewhere", 1, h3={"S": "e"})
    put("without", 1, r2=None)       # lacks a key attribute: not in the index
    hashes, values = "h0 = :a AND h1 = :n AND h2 = :c AND h3 = :d", {":a": {"S": "a"}, ":n": {"N": "7.0"}, ":c": {"S": "c"}, ":d": {"S": "d"}}

    def query(condition="", more=None, **params):
        return client.query(TableName="wide", IndexName="many", KeyConditionExpression=hashes + condition, ExpressionAttributeValues={**values, **(more or {})}, **params)

    assert [i["r1"]["N"] for i in query()["Items"]] == [str(n) for n in range(12)]   # as numbers, not as texts
    assert [i["id"]["S"] for i in query(" AND r0 = :x AND r1 < :m", {":x": {"S": "x"}, ":m": {"N": "3"}}, ScanIndexForward=False)["Items"]] == ["i09", "i10", "i11"]
    assert query(" AND r0 = :x AND r1 = :m AND r2 = :y AND begins_with(r3, :b)", {":x": {"S": "x"}, ":m": {"N": "3"}, ":y": {"S": "y"}, ":b": {"S": "i0"}})["Count"] == 1
    pages = client.get_paginator("query").paginate(TableName="wide", IndexName="many", KeyConditionExpression=hashes, ExpressionAttributeValues=values, PaginationConfig={"PageSize": 5})
    assert [len(p["Items"]) for p in pages] == [5, 5, 2]
    first = query(Limit=1)
    assert set(first["LastEvaluatedKey"]) == {"id", *names}
    assert client.scan(TableName="wide", IndexName="many")["Count"] == 13
    no_query = lambda condition, more: refused("ValidationException", query, condition=condition, more=more)  # noqa: E731
    gap = "RANGE key attributes r0 must have equality conditions specified in the query because a condition is present on key attribute r1"
    assert no_query(" AND r1 = :m", {":m": {"N": "3"}}) == gap
    assert no_query(" AND r0 > :x AND r1 = :m", {":x": {"S": "x"}, ":m": {"N": "3"}}) == gap
    assert refused("ValidationException", client.query, TableName="wide", IndexName="many", KeyConditionExpression="h0 = :a AND h1 = :n AND h2 = :c",
                   ExpressionAttributeValues={k: v for k, v in values.items() if k != ":d"}) == "Query condition missed key schema element: h3"
    assert "Type mismatch for Index Key h1" in refused("ValidationException", client.put_item, TableName="wide", Item=item("x", h1={"S": "7"}))
    client.update_item(TableName="wide", Key=item("i00"), UpdateExpression="SET h2 = :c", ExpressionAttributeValues={":c": {"S": "moved"}})
    assert query()["Count"] == 11
    five = [{"AttributeName": f"k{i}", "KeyType": "HASH"} for i in range(5)]
    refused("ValidationException", client.create_table, TableName="refused", BillingMode="PAY_PER_REQUEST", KeySchema=ID["KeySchema"],
            AttributeDefinitions=ID["AttributeDefinitions"] + [{"AttributeName": f"k{i}", "AttributeType": "S"} for i in range(5)],
            GlobalSecondaryIndexes=[{"IndexName": "many", "KeySchema": five, "Projection": {"ProjectionType": "ALL"}}])


# ---- what is as large as AWS lets it be

def indexes(count):
    return dict(AttributeDefinitions=ID["AttributeDefinitions"] + [{"AttributeName": f"g{i}", "AttributeType": "S"} for i in range(count)],
                GlobalSecondaryIndexes=[{"IndexName": f"by{i}", "KeySchema": [{"AttributeName": f"g{i}", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}
                                        for i in range(count)])


def test_a_transaction_of_a_hundred_large_items_with_twenty_indexes(server):
    client = server.client("dynamodb")
    make(client, "large", StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}, **indexes(20))
    grouped = {f"g{i}": {"S": "g"} for i in range(20)}
    put = lambda n, size, text="x": {"Put": {"TableName": "large", "Item": item(f"k{n}", data={"S": text * size}, **grouped)}}  # noqa: E731
    client.transact_write_items(TransactItems=[put(n, 41_000) for n in range(100)])
    assert "4 MB" in refused("ValidationException", client.transact_write_items, TransactItems=[put(n, 43_000) for n in range(100)])
    assert client.describe_table(TableName="large")["Table"]["ItemCount"] == 100
    client.transact_write_items(TransactItems=[put(n, 41_000, "y") for n in range(100)])   # in place: old and new images, all entries anew
    for i in (0, 19):
        pages = list(client.get_paginator("query").paginate(TableName="large", IndexName=f"by{i}", KeyConditionExpression=f"g{i} = :g", ExpressionAttributeValues={":g": {"S": "g"}}))
        found = [one for p in pages for one in p["Items"]]
        assert len(found) == 100 and {one["data"]["S"][0] for one in found} == {"y"} and len(pages) >= 4
    # Items of 400 KB, one by one, and a transaction that moves a hundred of them in every index by naming little.
    small = [put(n, 10) for n in range(100)]
    client.transact_write_items(TransactItems=small)
    client.put_item(TableName="large", Item=item("big", data={"S": "x" * 409_000}, **grouped))
    moved = {f":g{i}": {"S": "h"} for i in range(20)}
    change = lambda n: {"Update": {"TableName": "large", "Key": item(n), "UpdateExpression": "SET " + ", ".join(f"g{i} = :g{i}" for i in range(20)),  # noqa: E731
                                   "ExpressionAttributeValues": moved}}
    client.transact_write_items(TransactItems=[change(f"k{n}") for n in range(99)] + [change("big")])
    query = dict(TableName="large", KeyConditionExpression="g7 = :g", IndexName="by7", Select="COUNT")
    assert client.query(**query, ExpressionAttributeValues={":g": {"S": "h"}})["Count"] == 100
    assert client.query(**query, ExpressionAttributeValues={":g": {"S": "g"}})["Count"] == 1
    described = client.describe_table(TableName="large")["Table"]
    assert {i["ItemCount"] for i in described["GlobalSecondaryIndexes"]} == {101} and {i["IndexSizeBytes"] for i in described["GlobalSecondaryIndexes"]} == {described["TableSizeBytes"]}
    client.delete_item(TableName="large", Key=item("big"))
    assert client.query(**query, ExpressionAttributeValues={":g": {"S": "h"}})["Count"] == 99


def test_a_long_item_is_projected_from_the_table(server):
    client = server.client("dynamodb")
    make(client, "long", AttributeDefinitions=ID["AttributeDefinitions"] + [{"AttributeName": "g", "AttributeType": "S"}],
         GlobalSecondaryIndexes=[{"IndexName": "some", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                                  "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["shown"]}}])
    client.put_item(TableName="long", Item=item("a", g={"S": "g"}, shown={"S": "x" * 5000}, hidden={"S": "y" * 5000}))
    query = dict(TableName="long", IndexName="some", KeyConditionExpression="g = :g", ExpressionAttributeValues={":g": {"S": "g"}})
    assert client.query(**query)["Items"] == [item("a", g={"S": "g"}, shown={"S": "x" * 5000})]
    client.update_item(TableName="long", Key=item("a"), UpdateExpression="SET shown = :s", ExpressionAttributeValues={":s": {"S": "short"}})
    assert client.query(**query)["Items"] == [item("a", g={"S": "g"}, shown={"S": "short"})]


# ---- reserved words

def test_every_reserved_word_is_refused_bare_and_taken_through_a_name(server):
    words = TEST_DATA / "dynamodb/reserved_keywords.txt"
    if not words.is_file():
        print(f"skipped: no list of reserved words at {words}")
        pytest.skip("FOGBANK_TEST_DATA has no dynamodb/reserved_keywords.txt")
    client = server.client("dynamodb")
    make(client, "words")
    listed = words.read_text().split()
    assert len(listed) == 573
    for word in listed:
        bare = word.lower() if len(word) % 2 else word
        message = refused("ValidationException", client.get_item, TableName="words", Key=item("a"), ProjectionExpression=bare)
        assert message == f"Invalid ProjectionExpression: Attribute name is a reserved keyword; reserved keyword: {bare}"
    for at in range(0, len(listed), 40):   # all of them are names
        some = {f"#n{i}": word for i, word in enumerate(listed[at:at + 40])}
        client.get_item(TableName="words", Key=item("a"), ProjectionExpression=", ".join(some), ExpressionAttributeNames=some)


# ---- throttling and conditions of policies

def test_a_provisioned_table_throttles_and_clients_get_over_it(server):
    client = server.client("dynamodb")
    make(client, "slow", BillingMode="PROVISIONED", ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1})
    with pytest.raises(client.exceptions.ProvisionedThroughputExceededException):
        for i in range(400):
            client.put_item(TableName="slow", Item=item(f"k{i}"))
    time.sleep(0.05)
    patient = server.client("dynamodb", retries={"max_attempts": 10, "mode": "standard"})
    patient.put_item(TableName="slow", Item=item("last"))
    client.update_table(TableName="slow", BillingMode="PAY_PER_REQUEST")
    for i in range(20):
        client.put_item(TableName="slow", Item=item(f"k{i}"))


def test_select_and_returned_values_decide(server):
    make(server.client("dynamodb"), "narrow")
    narrow = user(server, "narrow", allow(["dynamodb:GetItem", "dynamodb:Scan", "dynamodb:UpdateItem"], StringEqualsIfExists={
        "dynamodb:Select": "SPECIFIC_ATTRIBUTES", "dynamodb:ReturnValues": ["NONE", "UPDATED_NEW"]}, **{"ForAllValues:StringEquals": {"dynamodb:Attributes": ["id", "open"]}}))
    narrow.get_item(TableName="narrow", Key=item("a"), ProjectionExpression="#o", ExpressionAttributeNames={"#o": "open"})
    narrow.scan(TableName="narrow", Select="SPECIFIC_ATTRIBUTES", ProjectionExpression="id")
    update = dict(TableName="narrow", Key=item("a"), UpdateExpression="SET #o = :v", ExpressionAttributeNames={"#o": "open"}, ExpressionAttributeValues={":v": {"S": "x"}})
    narrow.update_item(**update, ReturnValues="UPDATED_NEW")
    for call, params in ((narrow.scan, dict(TableName="narrow", Select="ALL_ATTRIBUTES")), (narrow.update_item, {**update, "ReturnValues": "ALL_OLD"}),
                         (narrow.scan, dict(TableName="narrow", ProjectionExpression="shut")),
                         (narrow.update_item, {**update, "ConditionExpression": "attribute_not_exists(shut)"})):
        refused("AccessDeniedException", call, **params)


# ---- streams

def stream_of(server, name, view="KEYS_ONLY"):
    client, streams = server.client("dynamodb"), server.client("dynamodbstreams")
    make(client, name, StreamSpecification={"StreamEnabled": True, "StreamViewType": view})
    arn = client.describe_table(TableName=name)["Table"]["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]
    return client, streams, dict(StreamArn=arn, ShardId=shard["ShardId"])


def read(streams, place, kind, **more):
    iterator = streams.get_shard_iterator(**place, ShardIteratorType=kind, **more)["ShardIterator"]
    return [r["dynamodb"] for r in streams.get_records(ShardIterator=iterator)["Records"]]


def ids(records):
    return [r["Keys"]["id"]["S"] for r in records]


def test_iterators_begin_where_they_are_asked_to(server):
    client, streams, place = stream_of(server, "iterated")
    latest = streams.get_shard_iterator(**place, ShardIteratorType="LATEST")["ShardIterator"]
    for name in "abcd":
        client.put_item(TableName="iterated", Item=item(name))
    everything = read(streams, place, "TRIM_HORIZON")
    assert ids(everything) == list("abcd")
    second = everything[1]["SequenceNumber"]
    assert ids(read(streams, place, "AT_SEQUENCE_NUMBER", SequenceNumber=second)) == list("bcd")
    assert ids(read(streams, place, "AFTER_SEQUENCE_NUMBER", SequenceNumber=second)) == list("cd")
    assert read(streams, place, "LATEST") == []
    assert ids([r["dynamodb"] for r in streams.get_records(ShardIterator=latest)["Records"]]) == list("abcd")
    assert "SequenceNumber" in refused("ValidationException", streams.get_shard_iterator, **place, ShardIteratorType="AT_SEQUENCE_NUMBER")
    refused("ValidationException", streams.get_records, ShardIterator=latest[:-2] + "xx")
    refused("ResourceNotFoundException", streams.get_shard_iterator, StreamArn=place["StreamArn"], ShardId="shardId-00000000000000000000-00000000", ShardIteratorType="LATEST")


@pytest.mark.parametrize("view, old, new", [("KEYS_ONLY", False, False), ("NEW_IMAGE", False, True), ("OLD_IMAGE", True, False), ("NEW_AND_OLD_IMAGES", True, True)])
def test_a_view_shows_its_images(server, view, old, new):
    client, streams, place = stream_of(server, "view-" + view, view)
    client.put_item(TableName="view-" + view, Item=item("a", x={"S": "1"}))
    client.put_item(TableName="view-" + view, Item=item("a", x={"S": "2"}))
    change = read(streams, place, "TRIM_HORIZON")[1]
    assert (change.get("OldImage", {}).get("x"), change.get("NewImage", {}).get("x")) == ({"S": "1"} if old else None, {"S": "2"} if new else None)
    assert change["StreamViewType"] == view


def advance(server, seconds):
    server.admin("POST", "clock", action="advance", by=f"{seconds}s")


def test_iterators_expire_and_records_are_trimmed_by_the_clock(fresh_server):
    server = fresh_server()
    client, streams, place = stream_of(server, "aged")
    client.put_item(TableName="aged", Item=item("old"))
    number = read(streams, place, "TRIM_HORIZON")[0]["SequenceNumber"]
    iterator = streams.get_shard_iterator(**place, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    advance(server, 14 * 60)
    assert len(streams.get_records(ShardIterator=iterator)["Records"]) == 1
    advance(server, 2 * 60)
    assert refused("ExpiredIteratorException", streams.get_records, ShardIterator=iterator)
    advance(server, 23 * 3600)
    client.put_item(TableName="aged", Item=item("young"))
    advance(server, 2 * 3600)
    assert ids(read(streams, place, "TRIM_HORIZON")) == ["young"]
    assert refused("TrimmedDataAccessException", streams.get_shard_iterator, **place, ShardIteratorType="AT_SEQUENCE_NUMBER", SequenceNumber=number)
