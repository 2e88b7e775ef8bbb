"""Server-side encryption of S3 through boto3: keys of KMS, keys of customers, defaults of buckets; and what is on the disk."""
import base64
import hashlib
import json
import os
import pathlib
import uuid

import pytest
import requests
from botocore.exceptions import ClientError

MIB = 1 << 20
ACCOUNT = "000000000000"


@pytest.fixture
def s3(server):
    return server.client("s3", signature_version="s3v4", s3={"addressing_style": "path"})


@pytest.fixture
def kms(server):
    return server.client("kms")


@pytest.fixture
def bucket(s3):
    name = f"b-{uuid.uuid4()}"
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture
def key(kms):
    return kms.create_key()["KeyMetadata"]["Arn"]


def error(call, **parameters):
    """(code, text, status)"""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    e = caught.value.response
    return e["Error"]["Code"], e["Error"].get("Message", ""), e["ResponseMetadata"]["HTTPStatusCode"]


def customer(secret=b"k" * 32):
    return {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": base64.b64encode(secret).decode(),
            "SSECustomerKeyMD5": base64.b64encode(hashlib.md5(secret).digest()).decode()}


def source(secret=b"k" * 32):
    return {f"CopySource{k}": v for k, v in customer(secret).items()}


def on_disk(server, needle):
    """Is the text anywhere in the data directory?"""
    found = []
    for path in pathlib.Path(server.data).rglob("*"):
        if path.is_file() and needle in path.read_bytes():
            found.append(str(path))
    return found


@pytest.mark.parametrize("size", [0, 5, 5000, 100_000, 3 * MIB])
def test_bodies_under_kms_keys_are_encrypted_on_the_disk(server, s3, bucket, key, size):
    needle = os.urandom(20).hex().encode()
    body = (needle * (size // len(needle) + 1))[:size]
    put = s3.put_object(Bucket=bucket, Key="k", Body=body, ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert (put["ServerSideEncryption"], put["SSEKMSKeyId"], "BucketKeyEnabled" in put) == ("aws:kms", key, False)
    assert len(put["ETag"]) == 34 and put["ETag"] != f'"{hashlib.md5(body).hexdigest()}"'   # no digest of the plain bytes
    got = s3.get_object(Bucket=bucket, Key="k")
    assert (got["Body"].read(), got["ServerSideEncryption"], got["SSEKMSKeyId"]) == (body, "aws:kms", key)
    head = s3.head_object(Bucket=bucket, Key="k")
    assert (head["ContentLength"], head["SSEKMSKeyId"]) == (size, key)
    for first, last in [(0, 0), (1, 17), (16, 31), (70_001, 99_999), (size - 3, size - 1)]:
        if 0 <= first <= last < size:
            assert s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={first}-{last}")["Body"].read() == body[first:last + 1]
    if size >= 40:
        assert on_disk(server, needle) == []
        s3.put_object(Bucket=bucket, Key="plain", Body=body)
        assert on_disk(server, needle)   # the search does find what is there


def test_customer_keys(server, s3, bucket):
    needle = os.urandom(20).hex().encode()
    body = needle * 8000
    put = s3.put_object(Bucket=bucket, Key="k", Body=body, **customer())
    md5 = customer()["SSECustomerKeyMD5"]
    assert (put["SSECustomerAlgorithm"], put["SSECustomerKeyMD5"], "ServerSideEncryption" in put) == ("AES256", md5, False)
    assert on_disk(server, needle) == []
    assert on_disk(server, b"k" * 32) == []
    got = s3.get_object(Bucket=bucket, Key="k", Range="bytes=33-77", **customer())
    assert (got["Body"].read(), got["SSECustomerKeyMD5"]) == (body[33:78], md5)
    stored = "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object."
    wrong = "Requests specifying Server Side Encryption with Customer provided keys must provide the correct secret key."
    assert error(s3.get_object, Bucket=bucket, Key="k") == ("InvalidRequest", stored, 400)
    assert error(s3.get_object, Bucket=bucket, Key="k", **customer(b"x" * 32)) == ("AccessDenied", wrong, 403)
    assert error(s3.head_object, Bucket=bucket, Key="k")[2] == 400
    assert error(s3.head_object, Bucket=bucket, Key="k", **customer(b"x" * 32))[2] == 403
    assert s3.head_object(Bucket=bucket, Key="k", **customer())["ContentLength"] == len(body)
    assert s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["ObjectSize"], **customer())["ObjectSize"] == len(body)
    assert error(s3.get_object_attributes, Bucket=bucket, Key="k", ObjectAttributes=["ObjectSize"])[0] == "InvalidRequest"
    s3.put_object(Bucket=bucket, Key="plain", Body=b"x")
    assert error(s3.get_object, Bucket=bucket, Key="plain", **customer()) == ("InvalidRequest", "The encryption parameters are not applicable to this object.", 400)


def test_wrong_customer_headers(s3, bucket):
    def refused(**headers):
        return error(s3.put_object, Bucket=bucket, Key="k", Body=b"x", **headers)

    good = customer()
    without = lambda name: {k: v for k, v in good.items() if k != name}
    assert refused(**without("SSECustomerAlgorithm"))[:2] == (
        "InvalidArgument", "Requests specifying Server Side Encryption with Customer provided keys must provide a valid encryption algorithm.")
    assert refused(SSECustomerAlgorithm="AES256")[1] == (
        "Requests specifying Server Side Encryption with Customer provided keys must provide an appropriate secret key.")
    assert refused(**{**good, "SSECustomerAlgorithm": "KMS"})[0] == "InvalidEncryptionAlgorithmError"
    assert refused(**customer(b"short"))[1] == "The secret key was invalid for the specified algorithm."
    assert refused(**{**good, "SSECustomerKeyMD5": base64.b64encode(b"0" * 16).decode()})[1] == (
        "The calculated MD5 hash of the key did not match the hash that was provided.")
    assert refused(**good, ServerSideEncryption="AES256")[1] == (
        "Server Side Encryption with Customer provided key is incompatible with the encryption method specified")
    assert refused(SSEKMSKeyId="alias/x")[1] == (
        "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms")
    assert refused(ServerSideEncryption="rot13")[1] == "The encryption method specified is not supported"
    assert refused(ServerSideEncryption="aws:kms:dsse")[::2] == ("NotImplemented", 501)
    assert error(s3.head_object, Bucket=bucket, Key="k")[2] == 404


def test_default_key_and_context(server, s3, kms, bucket):
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms",
                        SSEKMSEncryptionContext=base64.b64encode(json.dumps({"team": "blue"}).encode()).decode())
    managed = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    assert put["SSEKMSKeyId"] == managed["Arn"] and managed["KeyManager"] == "AWS"
    assert json.loads(base64.b64decode(put["SSEKMSEncryptionContext"])) == {"team": "blue"}
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    assert error(s3.put_object, Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSEncryptionContext="{}")[0] == "InvalidArgument"


def test_defaults_of_a_bucket(s3, kms, bucket, key):
    rule = lambda: s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule() == [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}]
    given = [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}, "BucketKeyEnabled": True}]
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": given})
    assert rule() == given
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"x" * 10_000)
    assert (put["ServerSideEncryption"], put["SSEKMSKeyId"], put["BucketKeyEnabled"]) == ("aws:kms", key, True)
    assert s3.put_object(Bucket=bucket, Key="own", Body=b"x", ServerSideEncryption="AES256")["ServerSideEncryption"] == "AES256"
    s3.delete_bucket_encryption(Bucket=bucket)
    assert rule()[0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert s3.put_object(Bucket=bucket, Key="k2", Body=b"x")["ServerSideEncryption"] == "AES256"
    assert s3.get_object(Bucket=bucket, Key="k")["BucketKeyEnabled"] is True
    bad = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256", "KMSMasterKeyID": key}}]}
    assert error(s3.put_bucket_encryption, Bucket=bucket, ServerSideEncryptionConfiguration=bad)[0] == "InvalidArgument"
    assert error(s3.put_bucket_encryption, Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": []})[0] == "MalformedXML"


def test_blocked_customer_keys(server, s3, bucket):
    given = [{"BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]}}]
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": given})
    assert s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]["BlockedEncryptionTypes"] == given[0]["BlockedEncryptionTypes"]
    assert error(s3.put_object, Bucket=bucket, Key="k", Body=b"x", **customer())[::2] == ("AccessDenied", 403)
    assert s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ServerSideEncryption"] == "AES256"


def test_states_of_the_key(s3, kms, bucket, key):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    kms.disable_key(KeyId=key)
    assert error(s3.get_object, Bucket=bucket, Key="k") == ("KMS.DisabledException", f"{key} is disabled.", 400)
    assert error(s3.put_object, Bucket=bucket, Key="n", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)[0] == "KMS.DisabledException"
    assert s3.head_object(Bucket=bucket, Key="k")["SSEKMSKeyId"] == key   # nothing is decrypted
    kms.enable_key(KeyId=key)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert error(s3.get_object, Bucket=bucket, Key="k") == ("KMS.KMSInvalidStateException", f"{key} is pending deletion.", 400)
    nowhere = error(s3.put_object, Bucket=bucket, Key="n", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId="alias/nothing")
    assert nowhere[::2] == ("KMS.NotFoundException", 400)
    assert error(s3.head_object, Bucket=bucket, Key="n")[2] == 404


@pytest.mark.parametrize("kind", ["kms", "customer"])
def test_multipart(server, s3, bucket, key, kind):
    needle = os.urandom(20).hex().encode()
    how = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key, "BucketKeyEnabled": True} if kind == "kms" else customer()
    each = {} if kind == "kms" else customer()
    parts = [needle * (6 * MIB // 40), b"-" + needle]
    made = s3.create_multipart_upload(Bucket=bucket, Key="k", **how)
    upload = made["UploadId"]
    if kind == "kms":
        assert (made["SSEKMSKeyId"], made["BucketKeyEnabled"]) == (key, True)
        assert error(s3.upload_part, Bucket=bucket, Key="k", UploadId=upload, PartNumber=1, Body=b"x", **customer())[1].startswith(
            "The multipart upload initiate did not request encryption.")
    else:
        assert error(s3.upload_part, Bucket=bucket, Key="k", UploadId=upload, PartNumber=1, Body=b"x")[1].startswith(
            "The multipart upload initiate requested encryption.")
        assert error(s3.upload_part, Bucket=bucket, Key="k", UploadId=upload, PartNumber=1, Body=b"x", **customer(b"y" * 32))[1] == (
            "The provided encryption parameters did not match the ones used originally.")
    etags = []
    for n, body in enumerate(parts, 1):
        answer = s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=n, Body=body, **each)
        assert answer.get("SSEKMSKeyId") == (key if kind == "kms" else None)
        etags.append({"PartNumber": n, "ETag": answer["ETag"]})
    done = s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": etags})
    assert done.get("SSEKMSKeyId") == (key if kind == "kms" else None)
    whole = b"".join(parts)
    assert s3.get_object(Bucket=bucket, Key="k", **each)["Body"].read() == whole
    at = len(parts[0])
    assert s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={at - 5}-{at + 4}", **each)["Body"].read() == whole[at - 5:at + 5]
    assert s3.get_object(Bucket=bucket, Key="k", PartNumber=2, **each)["Body"].read() == parts[1]
    assert on_disk(server, needle) == []


def test_copies_are_encrypted_anew(server, s3, bucket, key):
    needle = os.urandom(20).hex().encode()
    body = needle * 5000
    s3.put_object(Bucket=bucket, Key="c", Body=body, **customer())
    assert error(s3.copy_object, Bucket=bucket, Key="x", CopySource=f"{bucket}/c")[0] == "InvalidRequest"
    copied = s3.copy_object(Bucket=bucket, Key="k", CopySource=f"{bucket}/c", **source(), ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert (copied["ServerSideEncryption"], copied["SSEKMSKeyId"]) == ("aws:kms", key)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == body
    s3.copy_object(Bucket=bucket, Key="c2", CopySource=f"{bucket}/k", **customer(b"z" * 32))
    assert s3.get_object(Bucket=bucket, Key="c2", **customer(b"z" * 32))["Body"].read() == body
    s3.copy_object(Bucket=bucket, Key="c", CopySource=f"{bucket}/c", **source(), **customer(b"n" * 32))   # another key in place
    assert s3.get_object(Bucket=bucket, Key="c", **customer(b"n" * 32))["Body"].read() == body
    upload = s3.create_multipart_upload(Bucket=bucket, Key="m", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)["UploadId"]
    part = s3.upload_part_copy(Bucket=bucket, Key="m", UploadId=upload, PartNumber=1, CopySource=f"{bucket}/c2", CopySourceRange="bytes=10-99",
                               **source(b"z" * 32))
    s3.complete_multipart_upload(Bucket=bucket, Key="m", UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["CopyPartResult"]["ETag"]}]})
    assert s3.get_object(Bucket=bucket, Key="m")["Body"].read() == body[10:100]
    assert on_disk(server, needle) == []
    assert s3.copy_object(Bucket=bucket, Key="p", CopySource=f"{bucket}/k")["ServerSideEncryption"] == "AES256"   # the bucket's default, not the source's
    assert on_disk(server, needle)


def test_form_uploads_take_the_default(server, s3, bucket, key):
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={
        "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}]})
    form = s3.generate_presigned_post(bucket, "k")
    answer = requests.post(form["url"], data=form["fields"], files={"file": b"form" * 30_000}, timeout=30)
    assert (answer.status_code, answer.headers["x-amz-server-side-encryption-aws-kms-key-id"]) == (204, key)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"form" * 30_000


def test_the_key_decides_who_may(server, s3, kms, bucket, key):
    iam = server.client("iam")
    name = f"u-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="s3", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}))
    k = iam.create_access_key(UserName=name)["AccessKey"]
    user = server.client("s3", key=k["AccessKeyId"], secret=k["SecretAccessKey"], signature_version="s3v4", s3={"addressing_style": "path"})
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    code, text, status = error(user.get_object, Bucket=bucket, Key="k")
    assert (code, status) == ("AccessDenied", 403) and f"is not authorized to perform: kms:Decrypt on resource: {key}" in text
    code, text, status = error(user.put_object, Bucket=bucket, Key="n", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert (code, status) == ("AccessDenied", 403) and f"kms:GenerateDataKey on resource: {key}" in text
    assert user.head_object(Bucket=bucket, Key="k")["SSEKMSKeyId"] == key
    upload = s3.create_multipart_upload(Bucket=bucket, Key="m", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)["UploadId"]
    assert "kms:Decrypt" in error(user.upload_part, Bucket=bucket, Key="m", UploadId=upload, PartNumber=1, Body=b"x")[1]
    assert error(user.copy_object, Bucket=bucket, Key="c", CopySource=f"{bucket}/k")[0] == "AccessDenied"
    # through S3 in this Region, of objects of this bucket only
    iam.put_user_policy(UserName=name, PolicyName="kms", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": key,
         "Condition": {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"},
                       "StringLike": {"kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::{bucket}/*"}}}]}))
    assert user.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    user.put_object(Bucket=bucket, Key="n", Body=b"y", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    user.upload_part(Bucket=bucket, Key="m", UploadId=upload, PartNumber=1, Body=b"x")
    # unsigned callers never
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}]}))
    answer = requests.get(f"{server.url}/{bucket}/k", timeout=10)
    assert answer.status_code == 400 and "require AWS Signature Version 4" in answer.text


def test_a_policy_may_demand_encryption(s3, bucket, key):
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bucket}/*",
         "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption-aws-kms-key-id": key}}}]}))
    assert error(s3.put_object, Bucket=bucket, Key="k", Body=b"x")[0] == "AccessDenied"
    assert error(s3.put_object, Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="AES256")[0] == "AccessDenied"
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)


def test_encrypted_objects_survive_a_restart(fresh_server):
    server = fresh_server()
    s3, kms = server.client("s3"), server.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k", Body=b"x" * 200_000, ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    s3.put_object(Bucket="bucket", Key="c", Body=b"y" * 200_000, **customer())
    server.kill9()
    server.start()
    s3 = server.client("s3")
    assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == b"x" * 200_000
    assert s3.get_object(Bucket="bucket", Key="c", **customer())["Body"].read() == b"y" * 200_000
