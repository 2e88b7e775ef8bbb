# A deleted table's stream can be read for 24 hours, and a key waits for its deletion.
OUTLIVES = [("dynamodb", "streams"), ("dynamodb", "stream"), ("kms", "key"), ("kms", "material"), ("kms", "policy")]


def check(server, stage, outputs):
    client = server.client("dynamodb")
    table = client.describe_table(TableName=outputs["name"])["Table"]
    assert table["BillingModeSummary"]["BillingMode"] == ("PAY_PER_REQUEST" if stage == 1 else "PROVISIONED")
    assert table["ProvisionedThroughput"]["ReadCapacityUnits"] == (0 if stage == 1 else 10)
    assert table["SSEDescription"]["Status"] == "ENABLED"
    found = client.query(TableName=outputs["name"], IndexName="by-state", KeyConditionExpression="#s = :s", ExpressionAttributeNames={"#s": "state"},
                         ExpressionAttributeValues={":s": {"S": "open" if stage == 1 else "paid"}})
    assert found["Count"] == 1
    index, attribute, value = ("by-town", "town", "Ulm") if stage == 1 else ("by-courier", "courier", "bike")
    assert {i["IndexName"] for i in table["GlobalSecondaryIndexes"]} == {"by-state", index}
    assert client.query(TableName=outputs["name"], IndexName=index, KeyConditionExpression=f"{attribute} = :v", ExpressionAttributeValues={":v": {"S": value}})["Count"] == 1
    assert client.describe_table(TableName="terraform-locks")["Table"]["DeletionProtectionEnabled"] is (stage == 1)
