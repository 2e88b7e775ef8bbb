"""DynamoDB: tables with the keys that the calls use."""
from parity.setup import Service

S = Service("dynamodb")


def ensure_table(run, name, key="id"):
    if run.once("table", name):
        run.call("dynamodb:CreateTable", TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
                 AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}])


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


@S.before("test_dynamodb_execute_transaction", "ExecutedTransaction")
@S.before("test_dynamodb_batch_execute_statement", "ExecutedStatement")
@S.before("test_dynamodb_execute_statement_empy_parameter")
def _(run, call):
    prefix = "table" if "transaction" in run.test.name else "test_table"
    ensure_table(run, f"{prefix}_{run.token}", "Username")


S.unordered("*", "*AttributeDefinitions")
S.unordered("Scan", "*")
S.unordered("Query", "*")
