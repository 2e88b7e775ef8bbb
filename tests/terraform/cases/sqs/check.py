OUTLIVES = [("sqs", "deleted")]   # a name rests for a minute after DeleteQueue


def check(server, stage, outputs):
    got = server.client("sqs").get_queue_attributes(QueueUrl=outputs["url"], AttributeNames=["All"])["Attributes"]
    assert got["VisibilityTimeout"] == ("30" if stage == 1 else "45")
    assert "s3.amazonaws.com" in got["Policy"]
