"""DynamoDB: tables with the keys that the calls use, the items that the tests wrote, and what they read from streams in between."""
from parity.setup import Service

S = Service("dynamodb")
PROVISIONED = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}


def ensure_table(run, name, key="id", **more):
    if run.once("table", name):
        run.call("dynamodb:CreateTable", **{**definition(name, key), **more})


def definition(name, key="id"):
    return {"TableName": name, "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"}]}


def key_of(call):
    """The key attribute: that of a Key, else the usual one."""
    found = []

    def walk(value):
        if isinstance(value, dict):
            if isinstance(value.get("Key"), dict):
                found.extend(value["Key"])
            for v in value.values():
                walk(v)
        elif isinstance(value, list):
            for v in value:
                walk(v)

    walk(call.params)
    text = str(call.params)
    return found[0] if found else next((n for n in ("Username", "PK") if n in text), "id")


def tables_of(call):
    names = [call.params.get("TableName")] + list(call.params.get("RequestItems", {}))
    for item in call.params.get("TransactItems", []):
        names += [action.get("TableName") for action in item.values() if isinstance(action, dict)]
    return [n for n in names if isinstance(n, str) and not n.startswith(("<", "bad-", "arn:"))]


@S.prepare
def tables(run, call):
    if call.operation == "CreateTable":
        run.made.add(("table", call.params["TableName"]))
        return
    for name in tables_of(call):
        ensure_table(run, name, key_of(call))


def put(run, table, **item):
    run.call("dynamodb:PutItem", TableName=table, Item={k: v if isinstance(v, dict) else {"S": v} for k, v in item.items()})


# ---- texts of exceptions, recorded under the call that came last before them; the texts name their own call

@S.before("test_create_duplicate_table", "Error")
def _(run, call):
    ensure_table(run, call.params["TableName"])
    call.operation, call.params = "CreateTable", definition(call.params["TableName"])


@S.before("test_dynamodb_pay_per_request", "Error")
def _(run, call):
    call.operation, call.params = "CreateTable", {**definition(call.params["TableName"]), "ProvisionedThroughput": PROVISIONED}


@S.before("test_transaction_write_canceled", "Error")
def _(run, call):
    table = tables_of(call)[0]
    ensure_table(run, table, "Username")
    for name in ("Fred", "Bert"):
        put(run, table, Username=name)


# ---- items that the tests wrote

@S.before("test_transact_get_items", "TransactGetItems")
def _(run, call):
    table = tables_of(call)[0]
    ensure_table(run, table)
    for name in ("John", "Sarah"):
        put(run, table, id=name)
    run.call("dynamodb:DescribeTable", TableName=table)   # gives the ARN that the next call names


@S.before("test_valid_local_secondary_index", "Items")
def _(run, call):
    table = call.params["TableName"]
    run.once("table", table)
    keys = lambda *names: [{"AttributeName": n, "KeyType": t} for n, t in zip(names, ("HASH", "RANGE"))]
    run.call("dynamodb:CreateTable", TableName=table, BillingMode="PAY_PER_REQUEST", KeySchema=keys("PK", "SK"),
             AttributeDefinitions=[{"AttributeName": n, "AttributeType": t} for n, t in (("PK", "S"), ("SK", "S"), ("LSI1SK", "N"))],
             LocalSecondaryIndexes=[{"IndexName": "LSI1", "KeySchema": keys("PK", "LSI1SK"), "Projection": {"ProjectionType": "ALL"}}])
    put(run, table, PK="test one", SK="hello", LSI1SK={"N": "123"})


S.add("test_return_values_on_conditions_check_failure", "items", "dynamodb:PutItem", TableName="table-00000000",
      Item={"id": {"S": "456"}}, ConditionExpression="price BETWEEN :lo AND :hi", ReturnValuesOnConditionCheckFailure="ALL_OLD",
      ExpressionAttributeValues={":lo": {"N": "500"}, ":hi": {"N": "600"}})


@S.before("test_return_values_on_conditions_check_failure", "items")
def _(run, call):
    ensure_table(run, call.params["TableName"])
    put(run, call.params["TableName"], id="456", product="sporting goods", price={"N": "650"})


@S.before("test_transact_write_items_streaming_for_different_tables", "create-table-no-stream")
def _(run, call):
    call.params["TableName"] = "other-" + call.params["TableName"]   # the random parts of both names are zeros in the recording


# ---- items recorded as Python writes them, and parts of answers

def as_python_text(item):
    return {k: {t: repr(v) if isinstance(v, bytes) else v for t, v in value.items()} for k, value in item.items()}


def raw(run):
    return run.history[-1][2]


S.add("test_data_encoding_consistency", "GetItem", "dynamodb:GetItem", TableName="table-00000000", Key={"id": {"S": "id1"}})
S.add("test_data_encoding_consistency", "GetRecords", "dynamodbstreams:GetRecords", ShardIterator="<ShardIterator>")
S.add("test_data_encoding_consistency", "GetItemAfterUpdate", "dynamodb:GetItem", TableName="table-00000000", Key={"id": {"S": "id1"}})
S.add("test_data_encoding_consistency", "GetRecordsAfterUpdate", "dynamodbstreams:GetRecords", ShardIterator="<ShardIterator>")


@S.before("test_data_encoding_consistency", "GetItem")
def _(run, call):
    table = call.params["TableName"]
    ensure_table(run, table, StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})
    put(run, table, id="id1", version={"N": "1"}, data={"B": b"\x90"})


@S.before("test_data_encoding_consistency", "GetItemAfterUpdate")
def _(run, call):
    run.call("dynamodb:UpdateItem", TableName=call.params["TableName"], Key={"id": {"S": "id1"}}, UpdateExpression="SET version = :v",
             ExpressionAttributeValues={":v": {"N": "2"}})


@S.view("test_data_encoding_consistency", "GetItem*")
def _(run, call, response):
    return as_python_text(raw(run)["Item"])


@S.view("test_transaction_write_binary_data", "GetItem")
def _(run, call, response):
    return as_python_text(raw(run)["Item"])


@S.view("test_dynamodb_*sse_specification*")
def _(run, call, response):
    return response.get("TableDescription", {}).get("SSEDescription")


# ---- PartiQL and Kinesis

@S.before("test_kinesis_streaming_destination_crud")
def _(run, call):
    if call.params.get("StreamArn") == "<StreamARN>":
        call.params["StreamArn"] = f"arn:aws:kinesis:{run.region}:{run.account}:stream/stream-{run.token}"


@S.before("test_dynamodb_execute_transaction", "ExecutedTransaction")
@S.before("test_dynamodb_batch_execute_statement", "ExecutedStatement")
@S.before("test_dynamodb_execute_statement_empy_parameter")
def _(run, call):
    prefix = "table" if "transaction" in run.test.name else "test_table"
    ensure_table(run, f"{prefix}_{run.token}", "Username")


# ---- streams: the calls between the creation of the table and the reading of its records

STREAMED = {"TableName": "test-ddb-table-00000000", "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}], "ProvisionedThroughput": PROVISIONED,
            "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}}


def entry(verb, key, item=None, **more):
    place = {"Item": {"id": {"S": key}}} if verb == "Put" else {"Key": {"id": {"S": key}}}
    return {verb: {"TableName": "test-ddb-table-00000000", **place, **more}}


def setting(**values):
    return {"UpdateExpression": "SET " + ", ".join(f"{n} = :{n}" for n in values), "ExpressionAttributeValues": {f":{n}": {"S": v} for n, v in values.items()}}


S.add("test_dynamodb_stream_records_with_update_item", "create-table", "dynamodb:CreateTable", **STREAMED)
for test in ("test_dynamodb_stream_records_with_update_item", "test_transact_write_items_streaming", "test_transact_write_items_streaming_for_different_tables"):
    S.add(test, "describe-stream", "dynamodbstreams:DescribeStream", StreamArn="<LatestStreamArn>")
S.add("test_dynamodb_stream_records_with_update_item", "get-shard-iterator", "dynamodbstreams:GetShardIterator", StreamArn="<StreamArn>", ShardId="<ShardId>",
      ShardIteratorType="TRIM_HORIZON")
S.add("test_transact_write_items_streaming", "put-item-1", "dynamodb:PutItem", TableName="test-ddb-table-00000000", Item={"id": {"S": "Fred"}})
S.add("test_transact_write_items_streaming", "transact-write-response-overwrite", "dynamodb:TransactWriteItems", TransactItems=[entry("Put", "NewKey"), entry("Put", "Fred")])
S.add("test_transact_write_items_streaming", "transact-write-response-update", "dynamodb:TransactWriteItems",
      TransactItems=[entry("Update", "NewKey", **setting(attr1="value1", attr2="value2"))])
S.add("test_transact_write_items_streaming", "transact-write-update-insert", "dynamodb:TransactWriteItems",
      TransactItems=[entry("Update", "NonExistentKey", **setting(attr1="value1"))])
S.add("test_transact_write_items_streaming", "transact-write-response-delete", "dynamodb:TransactWriteItems",
      TransactItems=[entry("Delete", "NewKey"), entry("Delete", "NonExistentKey2")])
S.add("test_transact_write_items_streaming_for_different_tables", "transact-write-two-tables", "dynamodb:TransactWriteItems",
      TransactItems=[{"Put": {"TableName": f"{other}test-ddb-table-00000000", "Item": {"id": {"S": "Fred"}}}} for other in ("", "other-")])
for test in ("test_dynamodb_stream_records_with_update_item", "test_transact_write_items_streaming", "test_transact_write_items_streaming_for_different_tables"):
    S.add(test, "get-records", "dynamodbstreams:GetRecords", ShardIterator="<ShardIterator>")


S.unordered("*", "*AttributeDefinitions")
S.unordered("Scan", "*")
S.unordered("Query", "*")
