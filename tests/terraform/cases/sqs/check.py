import json

OUTLIVES = [("sqs", "deleted"),   # a name rests for a minute after DeleteQueue
            ("kms", "key"), ("kms", "policy"), ("kms", "material"), ("kms", "alias")]   # keys wait seven days; the AWS managed one stays


def check(server, stage, outputs):
    sqs = server.client("sqs")
    got = sqs.get_queue_attributes(QueueUrl=outputs["url"], AttributeNames=["All"])["Attributes"]
    assert got["VisibilityTimeout"] == ("30" if stage == 1 else "45")
    assert "s3.amazonaws.com" in got["Policy"]
    assert json.loads(got["RedrivePolicy"])["maxReceiveCount"] == (1 if stage == 1 else 4)
    payments = outputs["payments"]
    got = sqs.get_queue_attributes(QueueUrl=payments, AttributeNames=["All"])["Attributes"]
    assert got["FifoThroughputLimit"] == ("perMessageGroupId" if stage == 1 else "perQueue")
    assert got["KmsDataKeyReusePeriodSeconds"] == ("600" if stage == 1 else "60")
    if stage == 1:  # through the customer's key, and deduplicated by content
        for _ in range(2):
            sqs.send_message(QueueUrl=payments, MessageBody="pay", MessageGroupId="g")
        (message,) = sqs.receive_message(QueueUrl=payments, MaxNumberOfMessages=10)["Messages"]
        assert message["Body"] == "pay"
        sqs.delete_message(QueueUrl=payments, ReceiptHandle=message["ReceiptHandle"])
