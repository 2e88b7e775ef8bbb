OUTLIVES = [("dynamodb", "streams"), ("dynamodb", "stream")]   # a deleted table's stream can be read for 24 hours


def check(server, stage, outputs):
    client = server.client("dynamodb")
    table = client.describe_table(TableName=outputs["name"])["Table"]
    assert table["ProvisionedThroughput"]["ReadCapacityUnits"] == (5 if stage == 1 else 10)
    found = client.query(TableName=outputs["name"], IndexName="by-state", KeyConditionExpression="#s = :s", ExpressionAttributeNames={"#s": "state"},
                         ExpressionAttributeValues={":s": {"S": "open" if stage == 1 else "paid"}})
    assert found["Count"] == 1
