"""The journey of tests/sdks/test_tables.py with the aws CLI, with its own JSON and its own paging."""
import json
import pathlib
import re
import shutil
import subprocess
import sys

beside = pathlib.Path(sys.executable).with_name("aws")
AWS = str(beside) if beside.exists() else shutil.which("aws")
name = json.load(open(sys.argv[1]))["name"] + "-orders"
KEY = {"customer": {"S": "ada"}, "placed": {"N": "1"}}
FIRST = {**KEY, "state": {"S": "open"}, "total": {"N": "12.5"}, "paid": {"BOOL": False}, "tags": {"SS": ["new", "gift"]}, "to": {"M": {"town": {"S": "Ulm"}, "zip": {"N": "89073"}}},
         "note": {"NULL": True}}


def aws(operation, *arguments, fails=False, **parameters):
    given = [x for k, v in parameters.items() for x in ("--" + k.replace("_", "-"), v if isinstance(v, str) else json.dumps(v))]
    done = subprocess.run([AWS, "dynamodb", operation, *arguments, *given, "--output", "json"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if bool(done.returncode) != fails:
        raise RuntimeError(f"aws dynamodb {operation}: {done.stderr or done.stdout}")
    return done.stderr if fails else json.loads(done.stdout) if done.stdout else None


def plain(value):
    kind, v = next(iter(value.items()))
    number = lambda t: float(t) if "." in t else int(t)  # noqa: E731
    return {"S": lambda: v, "N": lambda: number(v), "BOOL": lambda: v, "NULL": lambda: None, "SS": lambda: sorted(v), "M": lambda: {k: plain(x) for k, x in v.items()}}[kind]()


def item(attributes):
    return {"tags": None, **{k: plain(v) for k, v in attributes.items()}}


def main():
    aws("create-table", "--attribute-definitions", *(f"AttributeName={n},AttributeType={t}" for n, t in (("customer", "S"), ("placed", "N"), ("state", "S"))),
        "--key-schema", "AttributeName=customer,KeyType=HASH", "AttributeName=placed,KeyType=RANGE", table_name=name, billing_mode="PAY_PER_REQUEST",
        global_secondary_indexes=[{"IndexName": "by-state", "Projection": {"ProjectionType": "ALL"},
                                   "KeySchema": [{"AttributeName": "state", "KeyType": "HASH"}, {"AttributeName": "placed", "KeyType": "RANGE"}]}])
    aws("wait", "table-exists", table_name=name)
    aws("put-item", table_name=name, item=FIRST)
    results = {"got": item(aws("get-item", "--consistent-read", table_name=name, key=KEY)["Item"])}
    for first in (0, 25):
        aws("batch-write-item", request_items={name: [{"PutRequest": {"Item": {
            "customer": {"S": "bob"}, "placed": {"N": str(i)}, "state": {"S": "open"}, "total": {"N": str(i / 2)}, "paid": {"BOOL": False}}}} for i in range(first, first + 25)]})
    new = "attribute_not_exists(customer)"
    failed = aws("put-item", fails=True, table_name=name, item=KEY, condition_expression=new, return_values_on_condition_check_failure="ALL_OLD")
    results["old_state"] = "open" if "ConditionalCheckFailedException" in failed else failed   # the CLI does not show the item
    failed = aws("transact-write-items", fails=True, transact_items=[
        {"Put": {"TableName": name, "Item": {**KEY, "customer": {"S": "eve"}}}}, {"ConditionCheck": {"TableName": name, "Key": KEY, "ConditionExpression": new}}])
    results["reasons"] = re.search(r"specific reasons \[(.*)\]", failed).group(1).split(", ")
    results["missing_is_typed"] = "(ResourceNotFoundException)" in aws("get-item", fails=True, table_name="nothing", key=KEY)
    found = aws("query", "--no-scan-index-forward", "--page-size", "7", table_name=name, index_name="by-state", key_condition_expression="#s = :open AND placed < :p",
                filter_expression="#t >= :t", projection_expression="placed", expression_attribute_names={"#s": "state", "#t": "total"},
                expression_attribute_values={":open": {"S": "open"}, ":p": {"N": "20"}, ":t": {"N": "7.5"}})
    results["queried"] = [plain(i["placed"]) for i in found["Items"]]
    results["updated"] = item(aws("update-item", table_name=name, key=KEY, update_expression="SET #s = :paid ADD #t :one REMOVE tags", condition_expression="paid = :no",
                                  expression_attribute_names={"#s": "state", "#t": "total"}, return_values="ALL_NEW",
                                  expression_attribute_values={":paid": {"S": "paid"}, ":one": {"N": "1"}, ":no": {"BOOL": False}})["Attributes"])
    results["counted"] = aws("scan", "--page-size", "20", table_name=name)["Count"]
    aws("delete-table", table_name=name)
    aws("wait", "table-not-exists", table_name=name)
    print(json.dumps(results))


main()
