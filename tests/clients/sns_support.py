"""What the tests of SNS share: queues that topics may send to, and signatures checked as the documentation says."""
import base64
import json
import subprocess
import uuid

import pytest
import requests
from botocore.exceptions import ClientError

from conftest import wait_for


def name(prefix="t"):
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


def refused(call, **parameters):
    with pytest.raises(ClientError) as e:
        call(**parameters)
    return e.value.response["Error"]["Code"], e.value.response["Error"]["Message"]


def queue_with_policy(sqs, source=None, fifo=False, **attributes):
    """A queue that lets SNS send, for one topic or for all."""
    queue = name("q") + (".fifo" if fifo else "")
    url = sqs.create_queue(QueueName=queue, Attributes={**({"FifoQueue": "true"} if fifo else {}), **attributes})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}
    if source:
        statement["Condition"] = {"ArnEquals": {"aws:SourceArn": source}}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})})
    return url, arn


def receive(sqs, url, want=1):
    got = []

    def enough():
        got.extend(sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1, MessageAttributeNames=["All"]).get("Messages", []))
        return len(got) >= want
    wait_for(enough, 15)
    return got


def empty(sqs, url):
    return "Messages" not in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0)


def verified(message, fields, folder):
    """Checks the signature as the documentation says, with the certificate that the message names."""
    certificate = requests.get(message["SigningCertURL"], timeout=10)
    assert certificate.status_code == 200
    text = "".join(f"{k}\n{message[k]}\n" for k in fields if k in message)
    (folder / "c.pem").write_bytes(certificate.content)
    (folder / "key.pem").write_bytes(subprocess.run(["openssl", "x509", "-in", str(folder / "c.pem"), "-pubkey", "-noout"], capture_output=True, check=True).stdout)
    (folder / "signature").write_bytes(base64.b64decode(message["Signature"]))
    digest = {"1": "-sha1", "2": "-sha256"}[message["SignatureVersion"]]
    done = subprocess.run(["openssl", "dgst", digest, "-verify", str(folder / "key.pem"), "-signature", str(folder / "signature")], input=text.encode(), capture_output=True)
    return done.returncode == 0


NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
