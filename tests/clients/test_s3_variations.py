"""What a careful user varies: pages that end, owners, what strangers are told, headers and forms that contradict themselves."""
import base64
import hashlib
import http.client
import json
import re
import uuid

import pytest
from botocore import UNSIGNED
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

OTHER = "111111111111"


@pytest.fixture
def s3(server):
    return server.client("s3", signature_version="s3v4", s3={"addressing_style": "path"})


@pytest.fixture
def bucket(s3):
    name = f"b-{uuid.uuid4()}"
    s3.create_bucket(Bucket=name)
    return name


def send(server, method, target, headers=None, body=b"", signed=True):
    """A request as it is written here: status, headers, (code, text)."""
    headers = {"Host": f"127.0.0.1:{server.port}", **(headers or {})}
    if signed:
        request = AWSRequest(method, f"http://127.0.0.1:{server.port}{target}", headers=headers, data=body)
        S3SigV4Auth(Credentials("test", "test"), "s3", "us-east-1").add_auth(request)
        headers = dict(request.headers.items())
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request(method, target, body=body, headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    found = re.search("<Code>(.*?)</Code><Message>(.*?)</Message>", text)
    return answer.status, answer.headers, found.groups() if found else None


def error(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


@pytest.mark.parametrize("prefix, delimiter", [("", "/"), ("", "--"), ("a", "/"), ("z", "/"), ("", "")])
def test_pages_of_uploads_end_wherever_they_are_cut(s3, bucket, prefix, delimiter):
    for key in ("a/1", "a/2", "a--1", "b", "c/d/e", "z", "z/", "z/1"):
        for _ in range(2):
            s3.create_multipart_upload(Bucket=bucket, Key=key)

    def entries(page):
        return [u["UploadId"] for u in page.get("Uploads", [])] + [p["Prefix"] for p in page.get("CommonPrefixes", [])]

    asked = {"Bucket": bucket, **({"Prefix": prefix} if prefix else {}), **({"Delimiter": delimiter} if delimiter else {})}
    everything = entries(s3.list_multipart_uploads(**asked))
    for size in (1, 2, 3):
        got, markers = [], {}
        for _ in range(len(everything) + 1):
            page = s3.list_multipart_uploads(MaxUploads=size, **asked, **markers)
            got += entries(page)
            if not page["IsTruncated"]:
                break
            markers = {"KeyMarker": page["NextKeyMarker"], "UploadIdMarker": page["NextUploadIdMarker"]}
        assert sorted(got) == sorted(everything), size


def test_listings_name_the_owner_of_each_object(server, s3, bucket):
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read-write")
    other = server.client("s3", key=OTHER)
    s3.put_object(Bucket=bucket, Key="mine", Body=b"1")
    other.put_object(Bucket=bucket, Key="theirs", Body=b"2")
    mine, theirs = s3.list_buckets()["Owner"]["ID"], other.list_buckets()["Owner"]["ID"]
    assert mine != theirs
    for listed in (s3.list_objects(Bucket=bucket)["Contents"], s3.list_objects_v2(Bucket=bucket, FetchOwner=True)["Contents"],
                   s3.list_object_versions(Bucket=bucket)["Versions"]):
        assert {o["Key"]: o["Owner"]["ID"] for o in listed} == {"mine": mine, "theirs": theirs}
        assert listed[0]["LastModified"].replace(microsecond=0) == s3.head_object(Bucket=bucket, Key="mine")["LastModified"]
    assert s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/mine")["CopyObjectResult"]["LastModified"].microsecond == 0
    # With enforced ownership all of it is the bucket owner's.
    s3.put_bucket_acl(Bucket=bucket, ACL="private")
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]})
    assert {o["Owner"]["ID"] for o in s3.list_objects(Bucket=bucket)["Contents"]} == {mine}


def test_strangers_are_not_told_why(server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    nobody, other = server.client("s3", signature_version=UNSIGNED), server.client("s3", key=OTHER)
    for client in (nobody, other):
        assert error(client.get_object, Bucket=bucket, Key="k") == ("AccessDenied", "Access Denied")
        assert error(client.list_objects_v2, Bucket=bucket) == ("AccessDenied", "Access Denied")
    status, headers, _ = send(server, "HEAD", f"/{bucket}", signed=False)
    assert (status, headers["x-amz-bucket-region"]) == (403, "us-east-1")   # how SDKs find a bucket's Region
    status, headers, _ = send(server, "HEAD", f"/{bucket}")
    assert (status, headers.get_all("x-amz-bucket-region")) == (200, ["us-east-1"])


@pytest.mark.parametrize("headers, refusal", [
    ({"x-amz-sdk-checksum-algorithm": "CRC32"},
     "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found."),
    ({"x-amz-sdk-checksum-algorithm": "CRC32", "x-amz-checksum-sha1": base64.b64encode(hashlib.sha1(b"x").digest()).decode()},
     "Value for x-amz-sdk-checksum-algorithm header is invalid."),
    ({"x-amz-sdk-checksum-algorithm": "sha1", "x-amz-checksum-sha1": base64.b64encode(hashlib.sha1(b"x").digest()).decode()}, None)])
def test_a_named_checksum_is_the_one_that_comes(server, bucket, headers, refusal):
    status, _, said = send(server, "PUT", f"/{bucket}/k", headers, b"x")
    assert (status, said) == ((400, ("InvalidRequest", refusal)) if refusal else (200, None))


def test_operations_that_lack_what_names_them(server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    assert send(server, "GET", f"/{bucket}?list-type=3")[::2] == (400, ("InvalidArgument", "Invalid List Type specified in Request"))
    assert send(server, "GET", f"/{bucket}/k?attributes=")[2] == (
        "InvalidRequest", "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty")
    assert send(server, "POST", f"/{bucket}/k")[::2] == (405, ("MethodNotAllowed", "The specified method is not allowed against this resource."))
    sse = {"x-amz-server-side-encryption": "AES256"}
    for method in ("GET", "HEAD"):
        status, _, said = send(server, method, f"/{bucket}/k", sse)
        assert status == 400 and (method == "HEAD" or said == ("InvalidArgument", "x-amz-server-side-encryption header is not supported for this operation."))
    assert send(server, "PUT", f"/{bucket}/%C0%AF", body=b"x")[::2] == (400, ("InvalidURI", "Couldn't parse the specified URI."))
    body = b"<Removal><Object><Key>k</Key></Object></Removal>"
    assert send(server, "POST", f"/{bucket}?delete=", {"Content-MD5": base64.b64encode(hashlib.md5(body).digest()).decode()}, body)[2][0] == "MalformedXML"
    assert s3.head_object(Bucket=bucket, Key="k")["ContentLength"] == 0
    assert send(server, "POST", f"/{bucket}", {"Content-Type": "application/x-www-form-urlencoded"}, b"key=k", signed=False)[::2] == (
        412, ("PreconditionFailed", "At least one of the pre-conditions you specified did not hold"))


@pytest.mark.parametrize("path, name", [("C:\\dir\\a b.txt", "a b.txt"), ("/tmp/x/ü.txt", "ü.txt"), ("plain", "plain")])
def test_of_a_files_path_in_a_form_only_its_name_counts(server, s3, bucket, path, name):
    form = s3.generate_presigned_post(bucket, "up/${filename}")["fields"]
    body = b"".join(f'--B\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in form.items())
    body += f'--B\r\nContent-Disposition: form-data; name="file"; filename="{path}"\r\n\r\ndata\r\n--B--\r\n'.encode()
    assert send(server, "POST", f"/{bucket}", {"Content-Type": "multipart/form-data; boundary=B"}, body, signed=False)[0] == 204
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [f"up/{name}"]


@pytest.mark.parametrize("principal, condition, text", [
    ({"AWS": "arn:aws:iam::000000000000:user/nobody-at-all"}, None, "Invalid principal in policy"),
    ({"Federated": "cognito-identity.amazonaws.com"}, None, "Invalid principal in policy"),
    ({"Service": "no.service"}, None, "Invalid principal in policy"),
    ({"CanonicalUser": "abc"}, None, "Invalid principal in policy"),
    ({"AWS": OTHER}, {"StringEquals": {"s3:prefix": "x"}}, "Conditions do not apply to combination of actions and resources in statement"),
    ({"AWS": OTHER}, {"StringEquals": {"s3:nothing": "x"}}, "Policy has an invalid condition key"),
    ({"AWS": OTHER}, {"StringEquals": {"s3:ExistingObjectTag/a": "x"}}, None),
    ({"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"}, None, None),
    ({"CanonicalUser": "a" * 64}, None, None)])
def test_a_bucket_policy_names_what_there_is(s3, bucket, principal, condition, text):
    statement = {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{**statement, **({"Condition": condition} if condition else {})}]})
    if text:
        assert error(s3.put_bucket_policy, Bucket=bucket, Policy=policy) == ("MalformedPolicy", text)
    else:
        s3.put_bucket_policy(Bucket=bucket, Policy=policy)


@pytest.mark.parametrize("trailer, refusal", [("x-amz-checksum-rot13", (400, "InvalidRequest")), ("x-amz-meta-a", (400, "InvalidRequest")),
                                              ("x-amz-checksum-sha512", (501, "NotImplemented")), ("x-amz-checksum-crc32", (200, None))])
def test_no_checksum_is_taken_unchecked(server, s3, bucket, trailer, refusal):
    body = f"1\r\nx\r\n0\r\n{trailer}:jNwWgw==\r\n\r\n".encode()
    headers = {"Content-Encoding": "aws-chunked", "x-amz-decoded-content-length": "1", "x-amz-trailer": trailer,
               "X-Amz-Content-SHA256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}

    class Streamed(S3SigV4Auth):
        def payload(self, request):
            return "STREAMING-UNSIGNED-PAYLOAD-TRAILER"

    headers["Host"] = f"127.0.0.1:{server.port}"
    request = AWSRequest("PUT", f"{server.url}/{bucket}/k", headers=headers, data=body)
    Streamed(Credentials("test", "test"), "s3", "us-east-1").add_auth(request)
    status, _, said = send(server, "PUT", f"/{bucket}/k", dict(request.headers.items()), body, signed=False)
    assert (status, said and said[0]) == refusal


def test_what_an_upload_asked_for_counts_for_its_parts(s3, bucket):
    """Policies that want headers are satisfied by the beginning of an upload: its other requests cannot bear them."""
    wanted = {"ServerSideEncryption": "AES256", "ACL": "bucket-owner-full-control", "StorageClass": "STANDARD_IA", "Tagging": "class=open"}
    conditions = [{"StringNotEquals": {"s3:x-amz-server-side-encryption": "AES256"}}, {"Null": {"s3:x-amz-server-side-encryption": "true"}},
                  {"StringNotEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}, {"StringNotEquals": {"s3:x-amz-storage-class": "STANDARD_IA"}},
                  {"StringNotEquals": {"s3:RequestObjectTag/class": "open"}}, {"NumericGreaterThan": {"s3:signatureAge": "600000"}}]
    s3.put_object(Bucket=bucket, Key="source", Body=b"x")
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bucket}/*", "Condition": c} for c in conditions]}))
    for missing in wanted:
        asked = {k: v for k, v in wanted.items() if k != missing}
        assert error(s3.create_multipart_upload, Bucket=bucket, Key="k", **asked)[0] == "AccessDenied", missing
    upload = {"Bucket": bucket, "Key": "k", "UploadId": s3.create_multipart_upload(Bucket=bucket, Key="k", **wanted)["UploadId"]}
    s3.upload_part_copy(PartNumber=1, CopySource=f"{bucket}/source", **upload)
    etag = s3.upload_part(PartNumber=1, Body=b"data", **upload)["ETag"]
    s3.complete_multipart_upload(MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]}, **upload)
    assert s3.head_object(Bucket=bucket, Key="k")["StorageClass"] == "STANDARD_IA"


def test_links_of_version_2_for_buckets_and_with_a_second_signature(server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    old = server.client("s3", signature_version="s3", s3={"addressing_style": "path"})
    for operation, parameters in (("list_objects_v2", {"Prefix": "k"}), ("get_object", {"Key": "k"}), ("get_bucket_tagging", {})):
        target = old.generate_presigned_url(operation, Params={"Bucket": bucket, **parameters}).removeprefix(server.url)
        assert send(server, "GET", target, signed=False)[::2] in ((200, None), (404, ("NoSuchTagSet", "The TagSet does not exist")))
        assert send(server, "GET", target, {"Authorization": "Basic abc"}, signed=False)[2][0] == "InvalidArgument"
        assert send(server, "GET", target.replace(bucket, bucket + "x"), signed=False)[2][0] in ("SignatureDoesNotMatch", "NoSuchBucket")


@pytest.mark.parametrize("kind, refused", [("COMPOSITE", True), ("FULL_OBJECT", False)])
def test_parts_of_a_composite_checksum_bear_their_own(server, s3, bucket, kind, refused):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k", ChecksumAlgorithm="CRC32", ChecksumType=kind)["UploadId"]
    status, _, said = send(server, "PUT", f"/{bucket}/k?partNumber=1&uploadId={upload}", body=b"x")
    text = "Checksum Type mismatch occurred, expected checksum Type: crc32, actual checksum Type: null"
    assert (status, said) == ((400, ("InvalidRequest", text)) if refused else (200, None))


def test_links_and_forms_outlive_a_clock_that_was_set_forward(fresh_server):
    server = fresh_server()
    s3 = server.client("s3", signature_version="s3v4", s3={"addressing_style": "path"})
    s3.create_bucket(Bucket="forward")
    server.admin("POST", "clock", action="advance", by="40d")
    form = s3.generate_presigned_post("forward", "k")["fields"]
    body = b"".join(f'--B\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in form.items())
    body += b'--B\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\ndata\r\n--B--\r\n'
    assert send(server, "POST", "/forward", {"Content-Type": "multipart/form-data; boundary=B"}, body, signed=False)[::2] == (204, None)
    for version in ("s3v4", "s3"):
        link = server.client("s3", signature_version=version, s3={"addressing_style": "path"}).generate_presigned_url("get_object", Params={"Bucket": "forward", "Key": "k"})
        assert send(server, "GET", link.removeprefix(server.url), signed=False)[::2] == (200, None)


def test_a_bucket_policy_means_the_user_not_the_name(server, s3, bucket):
    iam = server.client("iam")
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")

    def someone():
        arn, uid = (lambda u: (u["Arn"], u["UserId"]))(iam.create_user(UserName="same-name")["User"])
        key = iam.create_access_key(UserName="same-name")["AccessKey"]
        return arn, uid, key["AccessKeyId"], server.client("s3", key=key["AccessKeyId"], secret=key["SecretAccessKey"])

    arn, uid, key, client = someone()
    # The ARN in a condition is a text like any other.
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": [OTHER, arn]}, "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*",
         "Condition": {"StringEquals": {"aws:PrincipalArn": arn}}}]}))
    assert client.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"][0]["Principal"]["AWS"][1] == arn
    iam.delete_access_key(UserName="same-name", AccessKeyId=key)
    iam.delete_user(UserName="same-name")
    _, other, key, client = someone()
    shown = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"][0]
    assert other != uid and shown["Principal"]["AWS"][1] == uid and shown["Condition"]["StringEquals"]["aws:PrincipalArn"] == arn
    assert error(client.get_object, Bucket=bucket, Key="k")[0] == "AccessDenied"
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"] is False


@pytest.mark.parametrize("version", [4, 2])
def test_parameters_of_a_link_stand_for_headers(server, s3, bucket, version):
    from botocore.auth import HmacV1QueryAuth, S3SigV4QueryAuth

    def put(**parameters):
        # The signer of Version 2 moves such headers into the query itself.
        request = AWSRequest("PUT", f"{server.url}/{bucket}/k", **({"params": parameters} if version == 4 else {"headers": parameters}))
        credentials = Credentials("test", "test")
        (S3SigV4QueryAuth(credentials, "s3", "us-east-1", expires=60) if version == 4 else HmacV1QueryAuth(credentials, expires=60)).add_auth(request)
        return send(server, "PUT", request.prepare().url.removeprefix(server.url), body=b"x", signed=False)

    asked = {"x-amz-storage-class": "STANDARD_IA", "x-amz-meta-who": "me & you", "x-amz-tagging": "a=b", "x-amz-server-side-encryption": "aws:kms"}
    assert put(**asked)[::2] == (200, None)
    head = s3.head_object(Bucket=bucket, Key="k")
    assert (head["StorageClass"], head["Metadata"], head["ServerSideEncryption"]) == ("STANDARD_IA", {"who": "me & you"}, "aws:kms")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == [{"Key": "a", "Value": "b"}]
    assert put(**{"x-amz-acl": "public-read"})[2][0] == "AccessControlListNotSupported"
    # Policies decide about them as about headers.
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bucket}/*",
         "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}}]}))
    assert put(**asked)[0] == 200 and put()[2][0] == "AccessDenied"
