"""Started by S3 for every file in incoming/: each order line becomes an item of the table; lines that are no orders go to rejected/."""
import os
import time
import urllib.parse

import boto3
from botocore.exceptions import ClientError

import order_lines

s3 = boto3.client("s3")
table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
keep_seconds = int(os.environ["KEEP_DAYS"]) * 86400


def handler(event, context):
    for record in event["Records"]:
        import_file(record["s3"]["bucket"]["name"], urllib.parse.unquote_plus(record["s3"]["object"]["key"]))


def import_file(bucket, key):
    data = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    written, known, refused = 0, 0, []
    for number, order, problem in order_lines.read(data):
        if problem:
            refused.append(f"line {number}: {problem}")
        elif write(order, key):
            written += 1
        else:
            known += 1
    if refused:
        s3.put_object(Bucket=bucket, Key="rejected/" + os.path.basename(key) + ".txt", Body="\n".join(refused).encode() + b"\n", ContentType="text/plain; charset=utf-8")
    print(f"{key}: {written} orders written, {known} known already, {len(refused)} lines refused")


def write(order, source):
    """An event can come twice: an order that is there stays as it is."""
    try:
        table.put_item(Item={**order, "source": source, "expires_at": int(time.time()) + keep_seconds}, ConditionExpression="attribute_not_exists(#o)",
                       ExpressionAttributeNames={"#o": "order"})
        return True
    except ClientError as e:
        if e.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return False
