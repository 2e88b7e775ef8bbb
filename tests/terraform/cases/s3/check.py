import json

# Deleted keys wait seven days.
OUTLIVES = [("kms", "key"), ("kms", "material"), ("kms", "policy")]


def check(server, stage, outputs):
    s3 = server.client("s3", s3={"addressing_style": "path"})
    got = s3.get_object(Bucket="fogbank-orders", Key="hello.txt")
    assert got["Body"].read() == f"hello {stage}".encode()
    assert s3.get_bucket_versioning(Bucket="fogbank-orders")["Status"] == ("Enabled" if stage == 1 else "Suspended")
    assert s3.get_bucket_lifecycle_configuration(Bucket="fogbank-orders")["Rules"][0]["Expiration"]["Days"] == 30 * stage
    sealed = s3.get_object(Bucket="fogbank-orders", Key="sealed.txt")
    assert (sealed["Body"].read(), sealed["ServerSideEncryption"], sealed.get("BucketKeyEnabled", False)) == (f"sealed {stage}".encode(), "aws:kms", stage == 1)
    block = server.client("s3control", inject_host_prefix=False).get_public_access_block(AccountId="000000000000")["PublicAccessBlockConfiguration"]
    assert (block["BlockPublicAcls"], block["BlockPublicPolicy"]) == (True, stage == 2)
    assert s3.get_object_legal_hold(Bucket="fogbank-archive", Key="kept.txt")["LegalHold"]["Status"] == ("ON" if stage == 1 else "OFF")
    sqs = server.client("sqs")
    url, events = sqs.get_queue_url(QueueName="fogbank-s3-events")["QueueUrl"], []
    while more := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0 if events else 10).get("Messages", []):
        for m in more:
            events.append(json.loads(m["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=m["ReceiptHandle"])
    assert {e.get("Event") or e["Records"][0]["s3"]["object"]["key"] for e in events} >= {"s3:TestEvent"}
