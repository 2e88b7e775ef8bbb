"""The journey of tests/sdks/test_tables.py with boto3: the resource interface."""
import json
import sys
from decimal import Decimal

import boto3
from boto3.dynamodb.conditions import Attr, Key

name = json.load(open(sys.argv[1]))["name"] + "-orders"
resource = boto3.resource("dynamodb")
errors = resource.meta.client.exceptions
FIRST = {"customer": "ada", "placed": 1, "state": "open", "total": Decimal("12.5"), "paid": False, "tags": {"new", "gift"}, "to": {"town": "Ulm", "zip": 89073}, "note": None}


def plain(item):
    """Sets and decimals have no JSON."""
    return {"tags": None, **{k: sorted(v) if isinstance(v, set) else v for k, v in item.items()}}


def queried(table):
    out, start = [], {}
    while True:
        page = table.query(IndexName="by-state", KeyConditionExpression=Key("state").eq("open") & Key("placed").lt(20), FilterExpression=Attr("total").gte(Decimal("7.5")),
                           ProjectionExpression="placed", ScanIndexForward=False, Limit=7, **start)
        out += [i["placed"] for i in page["Items"]]
        if "LastEvaluatedKey" not in page:
            return out
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def refusals(table):
    out = {"missing_is_typed": False}
    try:
        table.put_item(Item={"customer": "ada", "placed": 1}, ConditionExpression=Attr("customer").not_exists(), ReturnValuesOnConditionCheckFailure="ALL_OLD")
    except errors.ConditionalCheckFailedException as e:
        out["old_state"] = e.response["Item"]["state"]["S"]
    key = {"customer": "ada", "placed": 1}
    try:
        resource.meta.client.transact_write_items(TransactItems=[
            {"Put": {"TableName": name, "Item": {"customer": "eve", "placed": 1}}},
            {"ConditionCheck": {"TableName": name, "Key": key, "ConditionExpression": "attribute_not_exists(customer)"}}])
    except errors.TransactionCanceledException as e:
        out["reasons"] = [r["Code"] for r in e.response["CancellationReasons"]]
    try:
        resource.Table("nothing").get_item(Key=key)
    except errors.ResourceNotFoundException:
        out["missing_is_typed"] = True
    return out


def main():
    attributes = [{"AttributeName": n, "AttributeType": t} for n, t in (("customer", "S"), ("placed", "N"), ("state", "S"))]
    keys = lambda *names: [{"AttributeName": n, "KeyType": t} for n, t in zip(names, ("HASH", "RANGE"))]  # noqa: E731
    table = resource.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=keys("customer", "placed"), AttributeDefinitions=attributes,
                                  GlobalSecondaryIndexes=[{"IndexName": "by-state", "KeySchema": keys("state", "placed"), "Projection": {"ProjectionType": "ALL"}}])
    table.wait_until_exists()
    table.put_item(Item=FIRST)
    key = {"customer": "ada", "placed": 1}
    got = table.get_item(Key=key, ConsistentRead=True)["Item"]
    with table.batch_writer() as batch:
        for i in range(50):
            batch.put_item({"customer": "bob", "placed": i, "state": "open", "total": Decimal(i) / 2, "paid": False})
    results = {"got": plain(got), **refusals(table), "queried": queried(table)}
    results["updated"] = plain(table.update_item(
        Key=key, UpdateExpression="SET #s = :paid ADD #t :one REMOVE tags", ConditionExpression=Attr("paid").eq(False), ExpressionAttributeNames={"#s": "state", "#t": "total"},
        ExpressionAttributeValues={":paid": "paid", ":one": 1}, ReturnValues="ALL_NEW")["Attributes"])
    results["counted"] = sum(p["Count"] for p in resource.meta.client.get_paginator("scan").paginate(TableName=name, PaginationConfig={"PageSize": 20}))
    table.delete()
    table.wait_until_not_exists()
    print(json.dumps(results, default=lambda v: float(v) if v % 1 else int(v)))


main()
