"""What DynamoDB refuses and counts, in its own words and order: numbers, sizes, nesting, keys, transactions."""
import pytest
from botocore.exceptions import ClientError

S = lambda s: {"S": s}
N = lambda n: {"N": n}
OVERFLOW = "Number overflow. Attempting to store a number with magnitude larger than supported range"
UNDERFLOW = "Number underflow. Attempting to store a number with magnitude smaller than supported range"
NOT_NUMERIC = "The parameter cannot be converted to a numeric value"
MISMATCH = "The provided key element does not match the schema"
EMPTY_KEY = "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: p"
INVALID = "One or more parameter values were invalid: "


@pytest.fixture(scope="module")
def db(server):
    client = server.client("dynamodb", parameter_validation=False)
    for name, keys in {"one": "p:S", "two": "p:S s:N", "three": "p:S s:S"}.items():
        keys = [k.split(":") for k in keys.split()]
        client.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", AttributeDefinitions=[{"AttributeName": n, "AttributeType": t} for n, t in keys],
                            KeySchema=[{"AttributeName": n, "KeyType": kind} for (n, _), kind in zip(keys, ("HASH", "RANGE"))])
    return client


def refusal(call, **parameters):
    """"Code: message" of a refused call."""
    with pytest.raises(ClientError) as e:
        call(**parameters)
    return f"{e.value.response['Error']['Code']}: {e.value.response['Error']['Message']}"


def cancelled(call, **parameters):
    """The reasons of a cancelled transaction."""
    with pytest.raises(ClientError) as e:
        call(**parameters)
    assert e.value.response["Error"]["Code"] == "TransactionCanceledException", e.value
    reasons = e.value.response["CancellationReasons"]
    codes = ", ".join(r["Code"] for r in reasons)
    assert e.value.response["Error"]["Message"] == f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
    return [(r["Code"], r.get("Message")) for r in reasons]


@pytest.mark.parametrize("text,stored", [
    ("0042.1200", "42.12"), ("+5", "5"), (".5", "0.5"), ("5.", "5"), ("1.e5", "100000"), ("1E125", "1" + "0" * 125), ("0e125", "0"), ("-0", "0"), ("0e-130", "0"),
    ("1e-130", "0." + "0" * 129 + "1"), ("12345678901234567890123456789012345678", "12345678901234567890123456789012345678")])
def test_numbers_are_stored_in_full(db, text, stored):
    db.put_item(TableName="one", Item={"p": S("n"), "n": N(text)})
    assert db.get_item(TableName="one", Key={"p": S("n")}, ConsistentRead=True)["Item"]["n"] == N(stored)


@pytest.mark.parametrize("text,message", [
    ("1e126", OVERFLOW), ("-1e99999999999", OVERFLOW), ("1e2147483648", OVERFLOW), ("1e-131", UNDERFLOW), ("1e-99999999999", UNDERFLOW), ("0e126", OVERFLOW),
    ("0e-131", UNDERFLOW), ("1e9223372036854775808", NOT_NUMERIC), ("abc", NOT_NUMERIC), ("1.2.3", NOT_NUMERIC), ("", NOT_NUMERIC), (" 1", NOT_NUMERIC), ("1e", NOT_NUMERIC),
    ("0x10", NOT_NUMERIC), ("NaN", NOT_NUMERIC), ("1" * 39, "Attempting to store more than 38 significant digits in a Number")])
def test_what_is_no_number_is_refused(db, text, message):
    assert refusal(db.put_item, TableName="one", Item={"p": S("n"), "n": N(text)}).startswith("ValidationException: " + message)
    assert refusal(db.put_item, TableName="one", Item={"p": S("n"), "n": {"NS": ["7", text]}}).startswith("ValidationException: " + message)
    assert message in refusal(db.update_item, TableName="one", Key={"p": S("n")}, UpdateExpression="SET a = :v", ExpressionAttributeValues={":v": {"L": [N(text)]}})


@pytest.mark.parametrize("text,size", [
    ("0", 1), ("1", 2), ("-1", 3), ("12", 2), ("123", 3), ("123456", 4), ("3.14159", 5), ("42.12", 3), ("1E125", 2), ("123000", 3), ("0.001", 2), ("0.00123", 3),
    ("100.5", 4), ("-1.5", 4)])
def test_a_number_has_the_size_that_the_limit_of_an_item_goes_by(db, text, size):
    def item(total):
        return {"p": S("size"), "n": N(text), "x": S("a" * (total - 1 - 4 - 1 - size - 1))}
    db.put_item(TableName="one", Item=item(409600))
    assert refusal(db.put_item, TableName="one", Item=item(409601)) == "ValidationException: Item size has exceeded the maximum allowed size"


def nested(levels):
    value = S("leaf")
    for _ in range(levels):
        value = {"M": {"n": value}}
    return value


TOO_DEEP = "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"


def test_values_have_32_levels_their_scalars_included(db):
    deep = {"p": S("deep"), "d": nested(31)}
    db.put_item(TableName="one", Item=deep)
    assert db.get_item(TableName="one", Key={"p": S("deep")})["Item"] == deep
    deeper = {"p": S("deep"), "d": nested(32)}
    message = "ValidationException: " + TOO_DEEP
    assert refusal(db.put_item, TableName="one", Item=deeper) == message
    assert refusal(db.batch_write_item, RequestItems={"one": [{"PutRequest": {"Item": deeper}}]}) == message
    assert refusal(db.transact_write_items, TransactItems=[{"Put": {"TableName": "one", "Item": deeper}}]) == message
    assert refusal(db.update_item, TableName="one", Key={"p": S("deep")}, UpdateExpression="SET e = :v", ExpressionAttributeValues={":v": nested(32)}) == message
    db.update_item(TableName="one", Key={"p": S("deep")}, UpdateExpression="SET x = :v", ExpressionAttributeValues={":v": {"M": {"n": {"M": {}}}}})
    assert refusal(db.update_item, TableName="one", Key={"p": S("deep")}, UpdateExpression="SET x.n.y = :v", ExpressionAttributeValues={":v": nested(30)}) == message


def test_sizes_of_updates_and_transactions(db):
    large = {"p": S("large"), "x": S("a" * 409600)}
    assert refusal(db.transact_write_items, TransactItems=[{"Put": {"TableName": "one", "Item": large}}]) == "ValidationException: Item size has exceeded the maximum allowed size"
    update = {"TableName": "one", "Key": {"p": S("large")}, "UpdateExpression": "SET x = :x", "ExpressionAttributeValues": {":x": large["x"]}}
    assert refusal(db.update_item, **update) == "ValidationException: Item size to update has exceeded the maximum allowed size"
    assert cancelled(db.transact_write_items, TransactItems=[{"Update": update}]) == [("ValidationError", "Item size to update has exceeded the maximum allowed size")]


def test_keys_of_batches_and_transactions(db):
    put = lambda pk: [{"PutRequest": {"Item": {"p": pk}}}]
    for pk in (N("5"), {"L": [S("x")]}):
        assert refusal(db.batch_write_item, RequestItems={"one": put(pk)}) == "ValidationException: " + MISMATCH
    assert refusal(db.batch_write_item, RequestItems={"one": [{"PutRequest": {"Item": {"other": S("x")}}}]}) == "ValidationException: " + MISMATCH
    assert refusal(db.batch_write_item, RequestItems={"one": put(S(""))}) == "ValidationException: " + EMPTY_KEY
    fine = {"Put": {"TableName": "one", "Item": {"p": S("fine")}}}
    kinds = {"Put": lambda k: {"Item": {"p": k}}, "Delete": lambda k: {"Key": {"p": k}}, "ConditionCheck": lambda k: {"Key": {"p": k}, "ConditionExpression": "attribute_exists(p)"},
             "Update": lambda k: {"Key": {"p": k}, "UpdateExpression": "SET a = :a", "ExpressionAttributeValues": {":a": N("1")}}}
    for kind, make in kinds.items():
        action = lambda k: [fine, {kind: {"TableName": "one", **make(k)}}]
        text = INVALID + "Type mismatch for key p expected: S actual: N" if kind == "Put" else MISMATCH
        assert cancelled(db.transact_write_items, TransactItems=action(N("5"))) == [("None", None), ("ValidationError", text)]
        assert refusal(db.transact_write_items, TransactItems=action(S(""))) == "ValidationException: " + EMPTY_KEY
    assert "Item" not in db.get_item(TableName="one", Key={"p": S("fine")})
    assert cancelled(db.transact_get_items, TransactItems=[{"Get": {"TableName": "one", "Key": {}}}]) == [("ValidationError", MISMATCH)]


def test_all_actions_of_a_transaction_are_read_before_a_table_is_looked_for(db):
    missing = {"Put": {"TableName": "nowhere", "Item": {"p": S("a")}}}
    check = lambda **more: {"ConditionCheck": {"TableName": "one", "Key": {"p": S("a")}, "ConditionExpression": "attribute_not_exists(p)", **more}}
    syntax = 'ValidationException: Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "("'
    unused = "ValidationException: Value provided in ExpressionAttributeValues unused in expressions: keys: {:v}"
    deep = {"Put": {"TableName": "one", "Item": {"p": S("b"), "d": nested(32)}}}
    broken = check(ConditionExpression="attribute_not_exists(")
    assert refusal(db.transact_write_items, TransactItems=[missing, broken]) == syntax
    assert refusal(db.transact_write_items, TransactItems=[broken, deep]) == syntax
    assert refusal(db.transact_write_items, TransactItems=[deep, broken]) == "ValidationException: " + TOO_DEEP
    assert refusal(db.transact_write_items, TransactItems=[missing, check(ExpressionAttributeValues={":v": S("x")})]) == unused
    same = {"Put": {"TableName": "one", "Item": {"p": S("a")}}}
    assert refusal(db.transact_write_items, TransactItems=[same, check(ExpressionAttributeValues={":v": S("x")})]) == unused
    assert refusal(db.transact_write_items, TransactItems=[missing]).startswith("ResourceNotFoundException: Requested resource not found")
    assert refusal(db.transact_write_items, TransactItems=[same, check()]) == "ValidationException: Transaction request cannot include multiple operations on one item"


def test_a_repeated_transaction_reads_what_it_wrote(db):
    request = dict(TransactItems=[{"Put": {"TableName": "one", "Item": {"p": S("token")}}}, {"ConditionCheck": {"TableName": "two", "Key": {"p": S("x"), "s": N("1")},
                   "ConditionExpression": "attribute_not_exists(p)"}}], ClientRequestToken="a-token", ReturnConsumedCapacity="TOTAL")
    first, second = db.transact_write_items(**request)["ConsumedCapacity"], db.transact_write_items(**request)["ConsumedCapacity"]
    assert first == [{"TableName": t, "CapacityUnits": 2.0, "WriteCapacityUnits": 2.0} for t in ("one", "two")]
    assert second == [{"TableName": t, "CapacityUnits": 2.0, "ReadCapacityUnits": 2.0} for t in ("one", "two")]
    request["TransactItems"][0]["Put"]["Item"]["other"] = S("x")
    assert refusal(db.transact_write_items, **request).startswith("IdempotentParameterMismatchException: ")


def test_key_conditions(db):
    def query(condition, table="two", **values):
        return refusal(db.query, TableName=table, KeyConditionExpression=condition, ExpressionAttributeValues={":" + k: v for k, v in values.items()})
    operand = lambda op, kind: f"ValidationException: Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator or function: {op}, operand type: {kind}"
    schema = "ValidationException: " + INVALID + "Condition parameter type does not match schema type"
    p, true = S("q"), {"BOOL": True}
    assert query("p = :p AND begins_with(s, :v)", p=p, v=N("1")) == operand("begins_with", "N")
    assert query("p = :p AND begins_with(s, :v)", p=p, v=S("1")) == schema
    assert query("p = :p AND s < :v", p=p, v=true) == operand("<", "BOOL")
    assert query("p = :p AND :v >= s", p=p, v=true) == operand(">=", "BOOL")
    assert query("p = :p AND s BETWEEN :v AND :v", p=p, v=true) == operand("BETWEEN", "BOOL")
    assert query("p = :p AND s = :v", p=p, v=true) == schema
    one = "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key"
    assert query("p = :p AND s > :a AND s < :b", p=p, a=N("1"), b=N("2")) == "ValidationException: " + one
    three = "The number of query conditions (3) exceeds the number of key attributes defined in the schema (2)"
    assert query("p = :p AND s > :a AND extra = :b", p=p, a=N("1"), b=N("2")) == "ValidationException: " + three
    assert query("begins_with(s, :n) AND p = :missing", n=N("1")) == operand("begins_with", "N")
    assert "attribute value: :missing" in query("p = :missing AND begins_with(s, :n)", n=N("1"))
    assert query("p = :p AND begins_with(s, :n)", table="nowhere", p=p, n=N("1")) == operand("begins_with", "N")


def test_expressions_of_many_operands(db):
    values = {f":v{i}": N(str(i)) for i in range(101)}
    listed = lambda n: ", ".join(f":v{i}" for i in range(n))
    db.scan(TableName="one", FilterExpression=f"a IN ({listed(100)})", ExpressionAttributeValues=dict(list(values.items())[:100]))
    assert refusal(db.scan, TableName="one", FilterExpression=f"a IN ({listed(101)})", ExpressionAttributeValues=values) == \
        "ValidationException: Invalid FilterExpression: The IN operator is provided with too many operands; number of operands: 101"


def test_legacy_conditions(db):
    def delete(**expected):
        return refusal(db.delete_item, TableName="one", Key={"p": S("x")}, Expected={"a": expected}).removeprefix("ValidationException: " + INVALID)
    x = S("x")
    assert delete(Exists=True) == "Value must be provided when Exists is true for Attribute: a"
    assert delete(Exists=False, Value=x) == "Value cannot be used when Exists is false for Attribute: a"
    assert delete(Value=x, ComparisonOperator="EQ", AttributeValueList=[x]) == "Value and AttributeValueList cannot be used together for Attribute: a"
    assert delete(ComparisonOperator="EQ") == "Value or AttributeValueList must be used with ComparisonOperator: EQ for Attribute: a"
    assert delete(ComparisonOperator="BETWEEN", AttributeValueList=[x]) == "Invalid number of argument(s) for the BETWEEN ComparisonOperator"
    db.put_item(TableName="one", Item={"p": x, "a": x})
    db.put_item(TableName="one", Item={"p": x, "a": x}, Expected={"a": {"ComparisonOperator": "EQ", "Value": x}})
    assert refusal(db.delete_item, TableName="one", Key={"p": x}, ReturnValues="ALL_NEW") == "ValidationException: ReturnValues can only be ALL_OLD or NONE"
    assert refusal(db.delete_item, TableName="one", Key={"p": x}, ExpressionAttributeValues={":v": x}) == \
        "ValidationException: ExpressionAttributeValues can only be specified when using expressions"


def test_expressions_and_legacy_parameters_of_two_tables_do_not_mix(db):
    keys = {"one": {"Keys": [{"p": S("a")}], "ProjectionExpression": "p"}, "two": {"Keys": [{"p": S("a"), "s": N("1")}], "AttributesToGet": ["p"]}}
    assert refusal(db.batch_get_item, RequestItems=keys).startswith("ValidationException: Can not use both expression and non-expression parameters in the same request")


def test_an_item_of_which_nothing_is_projected_is_there(db):
    db.put_item(TableName="one", Item={"p": S("there")})
    assert db.get_item(TableName="one", Key={"p": S("there")}, ProjectionExpression="nothing")["Item"] == {}
    assert db.batch_get_item(RequestItems={"one": {"Keys": [{"p": S("there")}], "ProjectionExpression": "nothing"}})["Responses"]["one"] == [{}]
    assert "Item" not in db.get_item(TableName="one", Key={"p": S("not there")}, ProjectionExpression="nothing")


def test_definitions_that_come_with_an_index(db):
    table = dict(TableName="definitions", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}])
    define = lambda **types: [{"AttributeName": n, "AttributeType": t} for n, t in types.items()]
    db.create_table(**table, AttributeDefinitions=define(p="S"))
    index = lambda name, key: [{"Create": {"IndexName": name, "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}}]
    shown = lambda: {d["AttributeName"]: d["AttributeType"] for d in db.describe_table(TableName="definitions")["Table"]["AttributeDefinitions"]}
    db.update_table(TableName="definitions", AttributeDefinitions=define(a="N", unused="S"), GlobalSecondaryIndexUpdates=index("by-a", "a"))
    assert shown() == {"p": "S", "a": "N"}
    wait_until_ready(db)
    db.update_table(TableName="definitions", AttributeDefinitions=define(p="N", a="S", b="B"), GlobalSecondaryIndexUpdates=index("by-b", "b"))
    assert shown() == {"p": "S", "a": "N", "b": "B"}
    wait_until_ready(db)
    db.update_table(TableName="definitions", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-a"}}])
    assert shown() == {"p": "S", "b": "B"}


def wait_until_ready(db):
    from conftest import wait_for
    wait_for(lambda: all(i["IndexStatus"] == "ACTIVE" for i in db.describe_table(TableName="definitions")["Table"].get("GlobalSecondaryIndexes", [])))


def test_attribute_updates_add_to_lists(db):
    db.put_item(TableName="one", Item={"p": S("list"), "l": {"L": [N("1")]}})
    add = lambda name, value: dict(TableName="one", Key={"p": S("list")}, AttributeUpdates={name: {"Action": "ADD", "Value": value}})
    db.update_item(**add("l", {"L": [S("a"), N("1")]}))
    db.update_item(**add("new", {"L": [S("a")]}))
    assert db.get_item(TableName="one", Key={"p": S("list")})["Item"] == {"p": S("list"), "l": {"L": [N("1"), S("a"), N("1")]}, "new": {"L": [S("a")]}}
    assert refusal(db.update_item, **add("l", {"M": {}})) == "ValidationException: " + INVALID + "ADD action is not supported for the type M"
    assert refusal(db.update_item, TableName="one", Key={"p": S("list")}, UpdateExpression="ADD l :v", ExpressionAttributeValues={":v": {"L": []}}).endswith("ALLOWED_FOR_ADD_OPERAND")


def test_what_a_local_index_does_not_project_is_read_from_the_table_and_counted(db):
    db.create_table(TableName="local", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}],
                    AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in "psg"],
                    LocalSecondaryIndexes=[{"IndexName": "by-g", "Projection": {"ProjectionType": "KEYS_ONLY"},
                                            "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "g", "KeyType": "RANGE"}]}])
    for i in range(3):
        db.put_item(TableName="local", Item={"p": S("p"), "s": S(str(i)), "g": S("g"), "x": S("x" * 5000)})
    query = dict(TableName="local", IndexName="by-g", KeyConditionExpression="p = :p", ExpressionAttributeValues={":p": S("p")}, ReturnConsumedCapacity="INDEXES")
    keys, all_of_them = db.query(**query)["ConsumedCapacity"], db.query(**query, Select="ALL_ATTRIBUTES", ConsistentRead=True)["ConsumedCapacity"]
    assert (keys["CapacityUnits"], keys["Table"]["CapacityUnits"], keys["LocalSecondaryIndexes"]["by-g"]["CapacityUnits"]) == (0.5, 0, 0.5)
    assert (all_of_them["CapacityUnits"], all_of_them["Table"]["CapacityUnits"], all_of_them["LocalSecondaryIndexes"]["by-g"]["CapacityUnits"]) == (7, 6, 1)


def test_names_of_tables_and_attributes(db):
    name = lambda n: refusal(db.get_item, TableName=n, Key={"p": S("a")}).removeprefix("ValidationException: ")
    constraint = "1 validation error detected: Value '{}' at 'tableName' failed to satisfy constraint: Member must {}"
    assert name("a" * 256) == constraint.format("a" * 256, "have length less than or equal to 255")
    assert name("bad table!@#") == constraint.format("bad table!@#", "satisfy regular expression pattern: [a-zA-Z0-9_.-]+")
    for item in ({"p": S("a"), "": S("x")}, {"p": S("a"), "m": {"M": {"": S("x")}}}):
        assert refusal(db.put_item, TableName="one", Item=item) == "ValidationException: Empty attribute name"


def test_conditions_that_are_joined(db):
    alone = "ValidationException: ConditionalOperator can only be used when Filter or Expected has two or more elements"
    null = {"ComparisonOperator": "NULL"}
    assert refusal(db.scan, TableName="one", ScanFilter={"a": null}, ConditionalOperator="AND") == alone
    assert refusal(db.put_item, TableName="one", Item={"p": S("x")}, Expected={"a": null}, ConditionalOperator="OR") == alone
    assert refusal(db.scan, TableName="one", ConditionalOperator="AND") == "ValidationException: ConditionalOperator cannot be used without Filter or Expected"
    db.scan(TableName="one", ScanFilter={"a": null, "b": null}, ConditionalOperator="OR")


def test_expressions_have_4096_bytes(db):
    paths = lambda n: ", ".join(f"a{i:04}" for i in range(n))
    assert len(paths(585)) == 4093
    db.get_item(TableName="one", Key={"p": S("x")}, ProjectionExpression=paths(585) + "000")
    assert refusal(db.get_item, TableName="one", Key={"p": S("x")}, ProjectionExpression=paths(585) + "0000") == \
        "ValidationException: Invalid ProjectionExpression: Expression size has exceeded the maximum allowed size; expression size: 4097"
    assert refusal(db.update_item, TableName="one", Key={"p": S("x")}, UpdateExpression="REMOVE " + paths(585)) == \
        "ValidationException: Invalid UpdateExpression: Expression size has exceeded the maximum allowed size;"
