OUTLIVES = []


def check(server, stage, outputs):
    s3 = server.client("s3", s3={"addressing_style": "path"})
    got = s3.get_object(Bucket="fogbank-orders", Key="hello.txt")
    assert got["Body"].read() == f"hello {stage}".encode() and got["ServerSideEncryption"] == "AES256"
    assert s3.get_bucket_versioning(Bucket="fogbank-orders")["Status"] == ("Enabled" if stage == 1 else "Suspended")
    assert s3.get_bucket_lifecycle_configuration(Bucket="fogbank-orders")["Rules"][0]["Expiration"]["Days"] == 30 * stage
