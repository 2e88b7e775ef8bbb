"""S3 versions, Object Lock, tags and attributes through boto3 and the aws CLI: answers as the real service words them."""
import datetime
import json
import uuid

import boto3
import pytest
from botocore.exceptions import ClientError

MIB = 1 << 20


@pytest.fixture
def s3(server):
    return server.client("s3", signature_version="s3v4", s3={"addressing_style": "path"})


def make_bucket(s3, versions=True, **more):
    name = f"b-{uuid.uuid4()}"
    s3.create_bucket(Bucket=name, **more)
    if versions:
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


@pytest.fixture
def bucket(s3):
    return make_bucket(s3)


@pytest.fixture
def locked(s3):
    return make_bucket(s3, versions=False, ObjectLockEnabledForBucket=True)


def error(call, **parameters):
    """(code, status, the members beside code and message)"""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    e = dict(caught.value.response["Error"])
    return e.pop("Code"), caught.value.response["ResponseMetadata"]["HTTPStatusCode"], e


def answer(response):
    return {k: v for k, v in response.items() if k != "ResponseMetadata"}


def test_the_life_of_a_versioned_key(s3, bucket):
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"one")
    v1 = put["VersionId"]
    assert len(v1) == 32
    deleted = s3.delete_object(Bucket=bucket, Key="k")
    marker = deleted["VersionId"]
    assert deleted["DeleteMarker"] is True and marker != v1
    code, status, rest = error(s3.get_object, Bucket=bucket, Key="k")
    assert (code, status, rest["Key"]) == ("NoSuchKey", 404, "k")
    code, status, rest = error(s3.get_object, Bucket=bucket, Key="k", VersionId=marker)
    assert (code, status, rest["Method"], rest["ResourceType"]) == ("MethodNotAllowed", 405, "GET", "DeleteMarker")
    with pytest.raises(ClientError) as caught:
        s3.head_object(Bucket=bucket, Key="k", VersionId=marker)
    assert caught.value.response["Error"] == {"Code": "405", "Message": "Method Not Allowed"}
    headers = caught.value.response["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-amz-delete-marker"] == "true" and headers["allow"] == "DELETE" and headers["x-amz-version-id"] == marker
    got = s3.get_object(Bucket=bucket, Key="k", VersionId=v1)
    assert got["Body"].read() == b"one" and got["VersionId"] == v1
    assert answer(s3.delete_object(Bucket=bucket, Key="k", VersionId=marker)) == {"DeleteMarker": True, "VersionId": marker}
    assert s3.get_object(Bucket=bucket, Key="k")["VersionId"] == v1
    assert answer(s3.delete_object(Bucket=bucket, Key="k", VersionId=v1)) == {"VersionId": v1}
    code, status, rest = error(s3.get_object, Bucket=bucket, Key="k", VersionId=v1)
    assert (code, status, rest["Key"], rest["VersionId"]) == ("NoSuchVersion", 404, "k", v1)
    code, status, rest = error(s3.delete_object, Bucket=bucket, Key="k", VersionId="ABCD")
    assert (code, status, rest) == ("InvalidArgument", 400, {"Message": "Invalid version id specified", "ArgumentName": "versionId", "ArgumentValue": "ABCD"})


def test_a_bucket_without_versions_knows_only_null(s3):
    bucket = make_bucket(s3, versions=False)
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    assert "VersionId" not in s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    got = s3.get_object(Bucket=bucket, Key="k", VersionId="null")
    assert got["Body"].read() == b"x" and "VersionId" not in got
    assert error(s3.get_object, Bucket=bucket, Key="k", VersionId="HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD")[0] == "InvalidArgument"
    batch = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "k", "VersionId": "HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD"}]})
    assert batch["Errors"] == [{"Key": "k", "VersionId": "HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD", "Code": "NoSuchVersion",
                                "Message": "The specified version does not exist."}]
    listed = s3.list_object_versions(Bucket=bucket)
    assert [(v["Key"], v["VersionId"], v["IsLatest"]) for v in listed["Versions"]] == [("k", "null", True)]
    assert set(answer(listed)) == {"IsTruncated", "KeyMarker", "VersionIdMarker", "Versions", "Name", "Prefix", "MaxKeys", "EncodingType"}
    assert set(listed["Versions"][0]) == {"ETag", "ChecksumAlgorithm", "ChecksumType", "Size", "StorageClass", "Key", "VersionId", "IsLatest",
                                          "LastModified", "Owner"}


def test_suspended_versioning_writes_the_null_version(s3, bucket):
    v1 = s3.put_object(Bucket=bucket, Key="k", Body=b"one")["VersionId"]
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Suspended"
    assert answer(s3.delete_object(Bucket=bucket, Key="k")) == {"DeleteMarker": True, "VersionId": "null"}
    assert "VersionId" not in s3.put_object(Bucket=bucket, Key="k", Body=b"null")
    assert s3.get_object(Bucket=bucket, Key="k")["VersionId"] == "null"
    listed = s3.list_object_versions(Bucket=bucket)
    assert [v["VersionId"] for v in listed["Versions"]] == ["null", v1] and "DeleteMarkers" not in listed
    assert answer(s3.delete_object(Bucket=bucket, Key="k", VersionId="null")) == {"VersionId": "null"}
    assert s3.get_object(Bucket=bucket, Key="k")["VersionId"] == v1


def test_versions_are_listed_with_markers(s3, bucket):
    ids = {}
    for key in ("test_0", "test_1", "test_2"):
        ids[key] = [s3.put_object(Bucket=bucket, Key=key, Body=b"1")["VersionId"]]
    for key in ids:
        ids[key].append(s3.delete_object(Bucket=bucket, Key=key)["VersionId"])
    page = s3.list_object_versions(Bucket=bucket, MaxKeys=3)
    assert page["IsTruncated"] and page["NextKeyMarker"] == "test_1" and page["NextVersionIdMarker"] == ids["test_1"][1]
    rest = s3.list_object_versions(Bucket=bucket, KeyMarker="test_1", VersionIdMarker=ids["test_1"][1])
    assert [v["VersionId"] for v in rest["Versions"]] == [ids["test_1"][0], ids["test_2"][0]]
    assert [m["VersionId"] for m in rest["DeleteMarkers"]] == [ids["test_2"][1]] and rest["DeleteMarkers"][0]["IsLatest"]
    assert set(rest["DeleteMarkers"][0]) == {"Owner", "Key", "VersionId", "IsLatest", "LastModified"}
    assert error(s3.list_object_versions, Bucket=bucket, VersionIdMarker=ids["test_1"][1])[2]["Message"] == \
        "A version-id marker cannot be specified without a key marker."
    s3.put_object(Bucket=bucket, Key="folder/a", Body=b"")
    assert [p["Prefix"] for p in s3.list_object_versions(Bucket=bucket, Delimiter="/")["CommonPrefixes"]] == ["folder/"]
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, PaginationConfig={"PageSize": 2})
    found = [v["VersionId"] for p in pages for v in p.get("Versions", []) + p.get("DeleteMarkers", [])]
    assert len(found) == len(set(found)) == 7


def test_a_bucket_is_emptied_by_resource_api(s3, server, bucket):
    for i in range(5):
        s3.put_object(Bucket=bucket, Key="k", Body=bytes([i]))
        s3.delete_object(Bucket=bucket, Key=f"gone-{i}")
    assert error(s3.delete_bucket, Bucket=bucket)[2]["Message"].endswith("You must delete all versions in the bucket.")
    boto3.resource("s3", endpoint_url=server.url, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test").Bucket(
        bucket).object_versions.delete()
    s3.delete_bucket(Bucket=bucket)


def test_copies_name_their_versions(s3, bucket):
    v1 = s3.put_object(Bucket=bucket, Key="src", Body=b"one", Tagging="a=1")["VersionId"]
    v2 = s3.put_object(Bucket=bucket, Key="src", Body=b"two")["VersionId"]
    copy = s3.copy_object(Bucket=bucket, Key="dst", CopySource={"Bucket": bucket, "Key": "src", "VersionId": v1})
    assert copy["CopySourceVersionId"] == v1 and copy["VersionId"] not in (v1, v2)
    assert s3.get_object(Bucket=bucket, Key="dst")["Body"].read() == b"one"
    assert s3.get_object_tagging(Bucket=bucket, Key="dst")["TagSet"] == [{"Key": "a", "Value": "1"}]
    restored = s3.copy_object(Bucket=bucket, Key="src", CopySource={"Bucket": bucket, "Key": "src", "VersionId": v1})
    assert s3.get_object(Bucket=bucket, Key="src")["VersionId"] == restored["VersionId"]
    marker = s3.delete_object(Bucket=bucket, Key="src")["VersionId"]
    assert error(s3.copy_object, Bucket=bucket, Key="x", CopySource={"Bucket": bucket, "Key": "src"})[0] == "NoSuchKey"
    code, _, rest = error(s3.copy_object, Bucket=bucket, Key="x", CopySource={"Bucket": bucket, "Key": "src", "VersionId": marker})
    assert (code, rest["Message"]) == ("InvalidRequest", "The source of a copy request may not specifically refer to a delete marker by version id.")


def test_conditions_see_the_current_version_only(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x", IfNoneMatch="*")["ETag"]
    assert error(s3.put_object, Bucket=bucket, Key="k", IfNoneMatch="*")[:2] == ("PreconditionFailed", 412)
    s3.delete_object(Bucket=bucket, Key="k")
    assert error(s3.put_object, Bucket=bucket, Key="k", IfMatch=etag)[0] == "NoSuchKey"
    s3.put_object(Bucket=bucket, Key="k", IfNoneMatch="*")


def test_object_lock_of_a_bucket(s3, bucket, locked):
    plain = make_bucket(s3, versions=False)
    assert error(s3.get_object_lock_configuration, Bucket=plain)[:2] == ("ObjectLockConfigurationNotFoundError", 404)
    enabled = {"ObjectLockEnabled": "Enabled"}
    assert error(s3.put_object_lock_configuration, Bucket=plain, ObjectLockConfiguration=enabled) == (
        "InvalidBucketState", 409, {"Message": "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration"})
    s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=enabled)
    assert s3.get_object_lock_configuration(Bucket=locked)["ObjectLockConfiguration"] == enabled
    assert s3.get_bucket_versioning(Bucket=locked)["Status"] == "Enabled"
    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}
    s3.put_object_lock_configuration(Bucket=locked, ObjectLockConfiguration={**enabled, "Rule": rule})
    assert s3.get_object_lock_configuration(Bucket=locked)["ObjectLockConfiguration"] == {**enabled, "Rule": rule}
    for bad in ({"Rule": rule}, {}, {**enabled, "Rule": {}}, {**enabled, "Rule": {"DefaultRetention": {}}},
                {**enabled, "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE"}}},
                {**enabled, "Rule": {"DefaultRetention": {"Mode": "BAD-VALUE", "Days": 1}}},
                {**enabled, "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1, "Years": 1}}}):
        assert error(s3.put_object_lock_configuration, Bucket=locked, ObjectLockConfiguration=bad)[0] == "MalformedXML", bad
    assert error(s3.put_bucket_versioning, Bucket=locked, VersioningConfiguration={"Status": "Suspended"}) == (
        "InvalidBucketState", 409, {"Message": "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed."})
    s3.put_object(Bucket=locked, Key="k", Body=b"x")
    head = s3.head_object(Bucket=locked, Key="k")
    assert head["ObjectLockMode"] == "GOVERNANCE" and head["ObjectLockRetainUntilDate"] > head["LastModified"] + datetime.timedelta(hours=23)


def test_retention_and_legal_hold(s3, locked):
    soon = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(hours=1)
    for bad, name in (({"ObjectLockMode": "GOVERNANCE"}, "x-amz-object-lock-retain-until-date"), ({"ObjectLockRetainUntilDate": soon}, "x-amz-object-lock-mode")):
        code, _, rest = error(s3.put_object, Bucket=locked, Key="k", **bad)
        assert (code, rest["ArgumentName"], rest["Message"]) == (
            "InvalidArgument", name, "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied")
    assert error(s3.put_object, Bucket=locked, Key="k", ObjectLockMode="BAD-VALUE", ObjectLockRetainUntilDate=soon)[2] == {
        "Message": "Unknown wormMode directive.", "ArgumentName": "x-amz-object-lock-mode", "ArgumentValue": "BAD-VALUE"}
    version = s3.put_object(Bucket=locked, Key="k", Body=b"x", ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=soon)["VersionId"]
    this = {"Bucket": locked, "Key": "k", "VersionId": version}
    assert s3.get_object_retention(**this)["Retention"] == {"Mode": "GOVERNANCE", "RetainUntilDate": soon}
    assert error(s3.delete_object, **this) == ("AccessDenied", 403, {"Message": "Access Denied because object protected by object lock."})
    later = soon + datetime.timedelta(hours=1)
    s3.put_object_retention(**this, Retention={"Mode": "GOVERNANCE", "RetainUntilDate": later})
    assert error(s3.put_object_retention, **this, Retention={"Mode": "GOVERNANCE", "RetainUntilDate": soon})[0] == "AccessDenied"
    past = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
    assert error(s3.put_object_retention, **this, Retention={"Mode": "GOVERNANCE", "RetainUntilDate": past}) == (
        "InvalidArgument", 400, {"Message": "The retain until date must be in the future!", "ArgumentName": "RetainUntilDate",
                                 "ArgumentValue": "Tue Dec 31 16:00:00 PST 2019"})
    assert error(s3.put_object_retention, **this, Retention={"Mode": "GOVERNANCE"})[0] == "MalformedXML"
    s3.put_object_retention(**this, Retention={"Mode": "GOVERNANCE", "RetainUntilDate": soon}, BypassGovernanceRetention=True)
    assert s3.delete_objects(Bucket=locked, Delete={"Objects": [{"Key": "k", "VersionId": version}]})["Errors"][0]["Code"] == "AccessDenied"
    s3.put_object_legal_hold(**this, LegalHold={"Status": "ON"})
    assert s3.head_object(**this)["ObjectLockLegalHoldStatus"] == "ON"
    assert error(s3.delete_object, **this, BypassGovernanceRetention=True)[0] == "AccessDenied"
    s3.put_object_legal_hold(**this, LegalHold={"Status": "OFF"})
    assert s3.get_object_legal_hold(**this)["LegalHold"] == {"Status": "OFF"}
    assert answer(s3.delete_object(**this, BypassGovernanceRetention=True)) == {"VersionId": version}


def test_lock_operations_where_there_is_no_lock(s3, bucket, locked):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    retention = {"Mode": "GOVERNANCE", "RetainUntilDate": datetime.datetime(2099, 1, 1)}
    missing = ("InvalidRequest", 400, {"Message": "Bucket is missing Object Lock Configuration"})
    assert error(s3.put_object_retention, Bucket=bucket, Key="k", Retention=retention) == missing
    assert error(s3.get_object_retention, Bucket=bucket, Key="k") == missing
    assert error(s3.put_object_legal_hold, Bucket=bucket, Key="k", LegalHold={"Status": "ON"}) == missing
    assert error(s3.get_object_legal_hold, Bucket=bucket, Key="k") == missing
    assert error(s3.put_object_legal_hold, Bucket=bucket, Key="k")[0] == "MalformedXML"
    assert error(s3.delete_object, Bucket=bucket, Key="k", BypassGovernanceRetention=True)[2]["Message"] == \
        "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets."
    assert error(s3.put_object_retention, Bucket=locked, Key="none", Retention=retention)[0] == "NoSuchKey"
    version = s3.put_object(Bucket=locked, Key="k", Body=b"x")["VersionId"]
    for read in (s3.get_object_retention, s3.get_object_legal_hold):
        assert error(read, Bucket=locked, Key="k", VersionId=version) == (
            "NoSuchObjectLockConfiguration", 404, {"Message": "The specified object does not have a ObjectLock configuration"})
    marker = s3.delete_object(Bucket=locked, Key="k")["VersionId"]
    code, status, rest = error(s3.put_object_retention, Bucket=locked, Key="k", VersionId=marker, Retention=retention)
    assert (code, status, rest["Method"], rest["ResourceType"]) == ("MethodNotAllowed", 405, "PUT", "DeleteMarker")


def test_tags_of_objects(s3, bucket):
    version = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["VersionId"]
    assert answer(s3.get_object_tagging(Bucket=bucket, Key="k")) == {"VersionId": version, "TagSet": []}
    tags = [{"Key": "tag1", "Value": "tag1"}, {"Key": "tag2", "Value": ""}]
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": tags})
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == tags
    assert s3.head_object(Bucket=bucket, Key="k")["TagCount"] == 2
    cases = [([{"Key": "Key1", "Value": "a"}, {"Key": "Key1", "Value": "a"}], "Cannot provide multiple Tags with the same key"),
             ([{"Key": "Key1,Key2", "Value": "a"}], "The TagKey you have provided is invalid"),
             ([{"Key": "aws:prefixed", "Value": "a"}], "Your TagKey cannot be prefixed with aws:")]
    for bad, text in cases:
        code, _, rest = error(s3.put_object_tagging, Bucket=bucket, Key="k", Tagging={"TagSet": bad})
        assert (code, rest) == ("InvalidTag", {"Message": text, "TagKey": bad[-1]["Key"]})
    many = [{"Key": str(i), "Value": ""} for i in range(11)]
    assert error(s3.put_object_tagging, Bucket=bucket, Key="k", Tagging={"TagSet": many})[0] == "BadRequest"
    assert error(s3.get_object_tagging, Bucket=bucket, Key="none")[2]["Key"] == f"{bucket}/none"
    s3.delete_object_tagging(Bucket=bucket, Key="k")
    assert "TagCount" not in s3.head_object(Bucket=bucket, Key="k")


def test_what_a_policy_may_say_about_tags_and_locks(s3, server, bucket, locked):
    iam = server.client("iam")
    user = f"u-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=user)
    allow = [{"Effect": "Allow", "Action": "s3:GetObject*", "Resource": "*", "Condition": {"StringEquals": {"s3:ExistingObjectTag/open": "yes"}}},
             {"Effect": "Allow", "Action": ["s3:PutObject", "s3:PutObjectTagging"], "Resource": "*",
              "Condition": {"StringEquals": {"s3:RequestObjectTag/open": "yes"}}},
             {"Effect": "Allow", "Action": ["s3:PutObject", "s3:PutObjectRetention", "s3:DeleteObjectVersion"], "Resource": f"arn:aws:s3:::{locked}/*",
              "Condition": {"NumericLessThanIfExists": {"s3:object-lock-remaining-retention-days": "3"}}}]
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": allow}))
    key = iam.create_access_key(UserName=user)["AccessKey"]
    mine = boto3.client("s3", endpoint_url=server.url, region_name="us-east-1", aws_access_key_id=key["AccessKeyId"],
                        aws_secret_access_key=key["SecretAccessKey"])
    s3.put_object(Bucket=bucket, Key="open", Body=b"x", Tagging="open=yes")
    old = s3.put_object(Bucket=bucket, Key="shut", Body=b"x", Tagging="open=yes")["VersionId"]
    s3.put_object(Bucket=bucket, Key="shut", Body=b"x", Tagging="open=no")
    assert mine.get_object(Bucket=bucket, Key="open")["Body"].read() == b"x"
    assert error(mine.get_object, Bucket=bucket, Key="shut")[0] == "AccessDenied"
    assert mine.get_object(Bucket=bucket, Key="shut", VersionId=old)["Body"].read() == b"x"
    assert error(mine.put_object, Bucket=bucket, Key="n", Body=b"x")[0] == "AccessDenied"
    mine.put_object(Bucket=bucket, Key="n", Body=b"x", Tagging="open=yes")
    assert error(mine.put_object_tagging, Bucket=bucket, Key="n", Tagging={"TagSet": [{"Key": "open", "Value": "no"}]})[0] == "AccessDenied"
    now = datetime.datetime.now(datetime.timezone.utc)
    lock = lambda days: {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": now + datetime.timedelta(days=days)}
    assert error(mine.put_object, Bucket=locked, Key="k", Body=b"x", **lock(5))[0] == "AccessDenied"
    version = mine.put_object(Bucket=locked, Key="k", Body=b"x", **lock(1))["VersionId"]
    # To override governance retention takes a permission of its own.
    assert error(mine.delete_object, Bucket=locked, Key="k", VersionId=version, BypassGovernanceRetention=True)[0] == "AccessDenied"
    s3.delete_object(Bucket=locked, Key="k", VersionId=version, BypassGovernanceRetention=True)


def test_attributes_of_objects(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"69\n420\n", ChecksumAlgorithm="CRC32")
    wanted = ["StorageClass", "ETag", "ObjectSize", "ObjectParts", "Checksum"]
    got = answer(s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=wanted))
    assert got.pop("LastModified") and got.pop("VersionId")
    assert got == {"Checksum": {"ChecksumCRC32": "WC+ANw==", "ChecksumType": "FULL_OBJECT"}, "ETag": "e92499db864217242396e8ef766079a9",
                   "ObjectSize": 7, "StorageClass": "STANDARD"}
    for kind, parts in (("COMPOSITE", True), ("FULL_OBJECT", False)):
        upload = s3.create_multipart_upload(Bucket=bucket, Key="m", ChecksumAlgorithm="CRC32C", ChecksumType=kind)["UploadId"]
        s3.put_object(Bucket=bucket, Key="src", Body=b"this is a part")
        part = s3.upload_part_copy(Bucket=bucket, Key="m", UploadId=upload, PartNumber=1, CopySource=f"{bucket}/src")["CopyPartResult"]
        assert part["ChecksumCRC32C"] == "iqJrOQ=="
        done = s3.complete_multipart_upload(Bucket=bucket, Key="m", UploadId=upload, MultipartUpload={
            "Parts": [{"ETag": part["ETag"], "PartNumber": 1, "ChecksumCRC32C": part["ChecksumCRC32C"]}]})
        assert done["ETag"] == '"395d97c07920de036bfa21e7568a2e9f-1"'
        got = s3.get_object_attributes(Bucket=bucket, Key="m", ObjectAttributes=["Checksum", "ETag", "ObjectParts"])
        assert got["Checksum"] == {"ChecksumCRC32C": "F9bAnw==" if parts else "iqJrOQ==", "ChecksumType": kind}
        assert got["ObjectParts"] == ({"IsTruncated": False, "MaxParts": 1000, "NextPartNumberMarker": 1, "PartNumberMarker": 0, "TotalPartsCount": 1,
                                       "Parts": [{"ChecksumCRC32C": "iqJrOQ==", "PartNumber": 1, "Size": 14}]} if parts else {"TotalPartsCount": 1})
    assert error(s3.get_object_attributes, Bucket=bucket, Key="none", ObjectAttributes=wanted)[0] == "NoSuchKey"


def test_parts_are_copied_in_ranges(s3, bucket):
    s3.put_object(Bucket=bucket, Key="src", Body=b"0123456789")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    part = dict(Bucket=bucket, Key="k", UploadId=upload, PartNumber=1, CopySource=f"{bucket}/src")
    got = s3.upload_part_copy(**part, CopySourceRange="bytes=0-8")
    assert got["CopyPartResult"]["ETag"] == '"22975d8a5ed1b91445f6c55ac121505b"' and got["CopySourceVersionId"]
    form = ("The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and "
            "last bytes to copy")
    for bad in ("0-8", "bytes=1-0", "bytes=-1-", "bytes=0--1", "bytes=0-1,3-4,7-9", "bytes=-", "bytes=-0", "bytes=1-", "bytes=-15"):
        assert error(s3.upload_part_copy, **part, CopySourceRange=bad) == (
            "InvalidArgument", 400, {"Message": form, "ArgumentName": "x-amz-copy-source-range", "ArgumentValue": bad}), bad
    assert error(s3.upload_part_copy, **part, CopySourceRange="bytes=0-100")[2]["Message"] == "Range specified is not valid for source object of size: 10"
    assert error(s3.upload_part_copy, **part, CopySourceRange="bytes=100-200") == (
        "InvalidRequest", 400, {"Message": "The specified copy range is invalid for the source object size"})
    assert error(s3.upload_part_copy, **part, CopySourceIfMatch="x")[2]["Condition"] == "x-amz-copy-source-If-Match"
    assert error(s3.upload_part_copy, **{**part, "UploadId": "none"})[0] == "NoSuchUpload"
    done = s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": [{"ETag": got["CopyPartResult"]["ETag"], "PartNumber": 1}]})
    assert done["VersionId"] and s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"012345678"
