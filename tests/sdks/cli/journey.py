"""The journey of tests/sdks (see README.md) with the aws CLI: every call is a process of its own."""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone

j = json.loads(pathlib.Path(sys.argv[1]).read_text())
name, bucket = j["name"], j["name"] + "-bucket"
beside = pathlib.Path(sys.executable).with_name("aws")
program = str(beside) if beside.exists() else shutil.which("aws")
# Version 1 knows AWS_ENDPOINT_URL for some services only.
start_of_line = [program, "--endpoint-url", os.environ["AWS_ENDPOINT_URL"], "--output", "json"]
session = {}
temporary = pathlib.Path(tempfile.mkdtemp(prefix="journey-"))
pool = concurrent.futures.ThreadPoolExecutor(8)


def run(*words):
    return subprocess.run([*start_of_line, *words], env={**os.environ, **session}, stdin=subprocess.DEVNULL, capture_output=True, text=True)


def aws(*words):
    """The call's answer: decoded JSON, or the text where it is not JSON."""
    done = run(*words)
    if done.returncode:
        raise SystemExit(f"aws {' '.join(words)}\n{done.stderr}{done.stdout}")
    return json.loads(done.stdout) if done.stdout.startswith(("{", "[")) else done.stdout.strip()


def refused(*words):
    done = run(*words)
    m = re.search(r"An error occurred \((\S+)\) when calling the \w+ operation: (.*)", done.stderr)
    if done.returncode == 0 or not m:
        raise SystemExit(f"expected a service's error: aws {' '.join(words)}\n{done.stderr}{done.stdout}")
    return {"code": m[1], "message": m[2].strip()}


def all_of(**calls):
    """Runs calls that do not depend on each other at the same time, since each costs a start of Python."""
    running = {key: pool.submit(*call) for key, call in calls.items()}
    return {key: f.result() for key, f in running.items()}


def set_up():
    made = all_of(role=(aws, "iam", "create-role", "--role-name", name + "-role", "--assume-role-policy-document", j["trust"]),
                  queue=(aws, "sqs", "create-queue", "--queue-name", name + "-queue"), other=(aws, "sqs", "create-queue", "--queue-name", name + "-other"),
                  bucket=(aws, "s3", "mb", "s3://" + bucket))
    aws("iam", "put-role-policy", "--role-name", name + "-role", "--policy-name", "journey", "--policy-document", j["policy"])
    c = aws("sts", "assume-role", "--role-arn", made["role"]["Role"]["Arn"], "--role-session-name", name + "-session")["Credentials"]
    session.update(AWS_ACCESS_KEY_ID=c["AccessKeyId"], AWS_SECRET_ACCESS_KEY=c["SecretAccessKey"], AWS_SESSION_TOKEN=c["SessionToken"])
    return made["queue"]["QueueUrl"], made["other"]["QueueUrl"]


def objects():
    files = {key: str(temporary / key) for key in ("in", "out", "range", "special", "special_back", "large_back")}
    pathlib.Path(files["in"]).write_text(j["small"])
    pathlib.Path(files["special"]).write_text(j["specialKey"])
    small, large = ["--bucket", bucket, "--key", "allowed/small.txt"], f"s3://{bucket}/allowed/large.bin"
    special = f"s3://{bucket}/{j['specialKey']}"
    all_of(small=(aws, "s3api", "put-object", *small, "--body", files["in"], "--content-type", "text/plain", "--metadata", "colour=blue"),
           special=(aws, "s3", "cp", files["special"], special), large=(aws, "s3", "cp", j["largeFile"], large))
    got = all_of(small=(aws, "s3api", "get-object", *small, files["out"]), range=(aws, "s3api", "get-object", *small, "--range", "bytes=2-6", files["range"]),
                 special=(aws, "s3", "cp", special, files["special_back"]), large=(aws, "s3", "cp", large, files["large_back"]),
                 head=(aws, "s3api", "head-object", "--bucket", bucket, "--key", "allowed/large.bin"),
                 listing=(aws, "s3api", "list-objects-v2", "--bucket", bucket, "--prefix", "allowed/", "--page-size", "2"),
                 presigned=(aws, "s3", "presign", f"s3://{bucket}/allowed/small.txt"),
                 missing=(refused, "s3api", "get-object", "--bucket", bucket, "--key", "allowed/missing", files["out"] + ".none"))
    return dict(small=pathlib.Path(files["out"]).read_text(), content_type=got["small"]["ContentType"], metadata=got["small"]["Metadata"],
                checksum=got["small"].get("ChecksumCRC32"), range=pathlib.Path(files["range"]).read_text(), special=pathlib.Path(files["special_back"]).read_text(),
                large_sha256=hashlib.sha256(pathlib.Path(files["large_back"]).read_bytes()).hexdigest(), large_etag=got["head"]["ETag"],
                keys=[o["Key"] for o in got["listing"]["Contents"]], presigned=got["presigned"], missing_key_is_typed=got["missing"]["code"] == "NoSuchKey")


def messages(queue):
    def receive(wait):
        answer = aws("sqs", "receive-message", "--queue-url", queue, "--wait-time-seconds", str(wait), "--message-attribute-names", "All")
        return answer["Messages"] if answer else []

    start = time.monotonic()
    out = {"empty": len(receive(1)), "empty_seconds": time.monotonic() - start}
    start = time.monotonic()
    arriving = pool.submit(receive, 20)
    time.sleep(1)  # so that the receive most likely waits on the server before there is a message
    aws("sqs", "send-message", "--queue-url", queue, "--message-body", j["small"], "--message-attributes", '{"colour":{"DataType":"String","StringValue":"blue"}}')
    [message] = arriving.result()
    out.update(woken_seconds=time.monotonic() - start, message=message["Body"], message_attribute=message["MessageAttributes"]["colour"]["StringValue"])
    aws("sqs", "delete-message", "--queue-url", queue, "--receipt-handle", message["ReceiptHandle"])
    got = all_of(left=(aws, "sqs", "get-queue-attributes", "--queue-url", queue, "--attribute-names", "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"),
                 missing=(refused, "sqs", "get-queue-url", "--queue-name", name + "-missing"))
    out.update(left=got["left"]["Attributes"], missing_queue_is_typed=got["missing"]["code"] == "AWS.SimpleQueueService.NonExistentQueue")
    return out


def metric():
    now = datetime.now(timezone.utc)
    stamp = now.isoformat()
    aws("cloudwatch", "put-metric-data", "--namespace", "journey", "--metric-data", json.dumps([
        {"MetricName": "latency", "Dimensions": [{"Name": "sdk", "Value": name}], "Timestamp": stamp, "Value": value, "Unit": "Milliseconds"} for value in (12.5, 30)]))
    points = aws("cloudwatch", "get-metric-statistics", "--namespace", "journey", "--metric-name", "latency", "--dimensions", f"Name=sdk,Value={name}",
                 "--start-time", (now - timedelta(minutes=10)).isoformat(), "--end-time", (now + timedelta(minutes=10)).isoformat(), "--period", "3600",
                 "--statistics", "Sum", "SampleCount")["Datapoints"]
    # The hour may turn within the twenty minutes.
    return {"sum": sum(p["Sum"] for p in points), "count": sum(p["SampleCount"] for p in points)}


def denials(other):
    put = ("s3api", "put-object", "--bucket", bucket)
    return all_of(s3=(refused, *put, "--key", "forbidden.txt", "--body", str(temporary / "in")),
                  s3_large=(refused, *put, "--key", "forbidden.bin", "--body", j["largeFile"]),
                  sqs=(refused, "sqs", "send-message", "--queue-url", other, "--message-body", "no"),
                  cloudwatch=(refused, "cloudwatch", "list-metrics"), iam=(refused, "iam", "create-user", "--user-name", name + "-user"),
                  sts=(refused, "sts", "assume-role", "--role-arn", f"arn:aws:iam::000000000000:role/{name}-role", "--role-session-name", "again"))


try:
    queue, other = set_up()
    caller = pool.submit(aws, "sts", "get-caller-identity")
    parts = [pool.submit(objects), pool.submit(messages, queue), pool.submit(metric)]
    result = {"caller": caller.result()["Arn"], **parts[0].result(), **parts[1].result(), "metric": parts[2].result()}
    print(json.dumps({**result, "denied": denials(other)}))
finally:
    shutil.rmtree(temporary)
