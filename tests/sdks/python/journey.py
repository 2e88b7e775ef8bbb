"""The journey of tests/sdks (see README.md) with boto3."""
import concurrent.futures
import hashlib
import io
import json
import pathlib
import sys
import time
from datetime import datetime, timedelta, timezone

import boto3
from botocore.exceptions import ClientError

j = json.loads(pathlib.Path(sys.argv[1]).read_text())
name, bucket, large = j["name"], j["name"] + "-bucket", "allowed/large.bin"


def refused(call, **parameters):
    """Code, message and status of a call that has to fail."""
    try:
        call(**parameters)
    except ClientError as e:
        return {"code": e.response["Error"]["Code"], "message": e.response["Error"]["Message"], "status": e.response["ResponseMetadata"]["HTTPStatusCode"]}
    raise AssertionError("expected a service's error")


def set_up():
    """Makes the role, bucket and queues; a session of the role and the queues' URLs."""
    iam, sqs = boto3.client("iam"), boto3.client("sqs")
    role = iam.create_role(RoleName=name + "-role", AssumeRolePolicyDocument=j["trust"])["Role"]
    iam.put_role_policy(RoleName=role["RoleName"], PolicyName="journey", PolicyDocument=j["policy"])
    boto3.client("s3").create_bucket(Bucket=bucket)
    queue, other = (sqs.create_queue(QueueName=f"{name}-{which}")["QueueUrl"] for which in ("queue", "other"))
    c = boto3.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName=name + "-session")["Credentials"]
    return boto3.Session(c["AccessKeyId"], c["SecretAccessKey"], c["SessionToken"]), queue, other


def objects(s3):
    small = dict(Bucket=bucket, Key="allowed/small.txt")
    s3.put_object(**small, Body=j["small"].encode(), ContentType="text/plain", Metadata={"colour": "blue"})
    got = s3.get_object(**small)
    out = dict(small=got["Body"].read().decode(), content_type=got["ContentType"], metadata=got["Metadata"], checksum=got.get("ChecksumCRC32"))
    out["range"] = s3.get_object(**small, Range="bytes=2-6")["Body"].read().decode()
    s3.put_object(Bucket=bucket, Key=j["specialKey"], Body=j["specialKey"].encode())
    out["special"] = s3.get_object(Bucket=bucket, Key=j["specialKey"])["Body"].read().decode()
    s3.upload_file(j["largeFile"], bucket, large)
    back = io.BytesIO()
    s3.download_fileobj(bucket, large, back)
    out["large_sha256"] = hashlib.sha256(back.getvalue()).hexdigest()
    out["large_etag"] = s3.head_object(Bucket=bucket, Key=large)["ETag"]
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="allowed/", PaginationConfig={"PageSize": 2})
    out["keys"] = [o["Key"] for page in pages for o in page["Contents"]]
    out["presigned"] = s3.generate_presigned_url("get_object", Params=small)
    try:
        s3.get_object(Bucket=bucket, Key="allowed/missing")
    except s3.exceptions.NoSuchKey:
        out["missing_key_is_typed"] = True
    return out


def messages(sqs, queue):
    def receive(wait):
        return sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=wait, MessageAttributeNames=["All"]).get("Messages", [])

    start = time.monotonic()
    out = {"empty": len(receive(1)), "empty_seconds": time.monotonic() - start}
    start = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor() as pool:
        arriving = pool.submit(receive, 20)
        time.sleep(0.3)  # so that the receive waits on the server before there is a message
        sqs.send_message(QueueUrl=queue, MessageBody=j["small"], MessageAttributes={"colour": {"DataType": "String", "StringValue": "blue"}})
        [message] = arriving.result()
    out.update(woken_seconds=time.monotonic() - start, message=message["Body"], message_attribute=message["MessageAttributes"]["colour"]["StringValue"])
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    out["left"] = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"])["Attributes"]
    try:
        sqs.get_queue_url(QueueName=name + "-missing")
    except sqs.exceptions.QueueDoesNotExist:
        out["missing_queue_is_typed"] = True
    return out


def metric(cloudwatch):
    now = datetime.now(timezone.utc)
    dimensions = [{"Name": "sdk", "Value": name}]
    cloudwatch.put_metric_data(Namespace="journey", MetricData=[
        {"MetricName": "latency", "Dimensions": dimensions, "Timestamp": now, "Value": value, "Unit": "Milliseconds"} for value in (12.5, 30)])
    points = cloudwatch.get_metric_statistics(Namespace="journey", MetricName="latency", Dimensions=dimensions, StartTime=now - timedelta(minutes=10),
                                              EndTime=now + timedelta(minutes=10), Period=3600, Statistics=["Sum", "SampleCount"])["Datapoints"]
    # The hour may turn within the twenty minutes.
    return {"sum": sum(p["Sum"] for p in points), "count": sum(p["SampleCount"] for p in points)}


def denials(session, other):
    s3 = session.client("s3")
    with open(j["largeFile"], "rb") as file:
        return {
            "s3": refused(s3.put_object, Bucket=bucket, Key="forbidden.txt", Body=b"no"),
            "s3_large": refused(s3.put_object, Bucket=bucket, Key="forbidden.bin", Body=file),
            "sqs": refused(session.client("sqs").send_message, QueueUrl=other, MessageBody="no"),
            "cloudwatch": refused(session.client("cloudwatch").list_metrics),
            "iam": refused(session.client("iam").create_user, UserName=name + "-user"),
            "sts": refused(session.client("sts").assume_role, RoleArn=f"arn:aws:iam::000000000000:role/{name}-role", RoleSessionName="again"),
        }


session, queue, other = set_up()
result = {"caller": session.client("sts").get_caller_identity()["Arn"], **objects(session.client("s3")), **messages(session.client("sqs"), queue)}
result.update(metric=metric(session.client("cloudwatch")), denied=denials(session, other))
print(json.dumps(result))
