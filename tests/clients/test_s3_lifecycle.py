"""Lifecycle rules through boto3, on the virtual clock."""
import datetime
import json

import pytest
from botocore.exceptions import ClientError
from conftest import wait_for


@pytest.fixture
def server(fresh_server):
    return fresh_server()


@pytest.fixture
def s3(server):
    client = server.client("s3", s3={"addressing_style": "path"})
    client.create_bucket(Bucket="bucket")
    return client


def rules(s3, *given, **more):
    s3.put_bucket_lifecycle_configuration(Bucket="bucket", LifecycleConfiguration={"Rules": [{"ID": f"r{i}", "Status": "Enabled", "Filter": {}, **r} for i, r in enumerate(given)]}, **more)


def keys(s3):
    return [o["Key"] for o in s3.list_objects_v2(Bucket="bucket").get("Contents", [])]


def versions(s3):
    page = s3.list_object_versions(Bucket="bucket")
    return sorted([(v["Key"], v["IsLatest"], "version") for v in page.get("Versions", [])] + [(v["Key"], v["IsLatest"], "marker") for v in page.get("DeleteMarkers", [])])


def advance(server, by):
    server.admin("POST", "clock", action="advance", by=by)


def test_objects_expire_by_days_and_say_so(server, s3):
    rules(s3, {"Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 3}})
    put = s3.put_object(Bucket="bucket", Key="logs/a", Body=b"x")
    assert 'rule-id="r0"' in put["Expiration"] and "00:00:00 GMT" in put["Expiration"]
    s3.put_object(Bucket="bucket", Key="kept", Body=b"x")
    assert "Expiration" not in s3.head_object(Bucket="bucket", Key="kept")
    assert s3.head_object(Bucket="bucket", Key="logs/a")["Expiration"] == put["Expiration"]
    advance(server, "2d")
    assert keys(s3) == ["kept", "logs/a"]
    advance(server, "2d")
    wait_for(lambda: keys(s3) == ["kept"], what="the expiration")


def test_tags_and_sizes_choose(server, s3):
    rules(s3, {"Filter": {"Tag": {"Key": "k", "Value": "v"}}, "Expiration": {"Days": 1}},
          {"Filter": {"And": {"Prefix": "s/", "ObjectSizeGreaterThan": 3, "ObjectSizeLessThan": 10}}, "Expiration": {"Days": 1}})
    s3.put_object(Bucket="bucket", Key="tagged", Body=b"x", Tagging="k=v")
    s3.put_object(Bucket="bucket", Key="other", Body=b"x", Tagging="k=w")
    s3.put_object(Bucket="bucket", Key="s/small", Body=b"xxx")
    s3.put_object(Bucket="bucket", Key="s/fits", Body=b"xxxx")
    advance(server, "3d")
    wait_for(lambda: keys(s3) == ["other", "s/small"], what="the expiration")


def test_a_date_and_a_disabled_rule(server, s3):
    s3.put_object(Bucket="bucket", Key="a", Body=b"x")
    s3.put_object(Bucket="bucket", Key="z", Body=b"x")
    rules(s3, {"Filter": {"Prefix": "z"}, "Status": "Disabled", "Expiration": {"Days": 1}}, {"Filter": {"Prefix": "a"}, "Expiration": {"Date": datetime.datetime(2020, 1, 1)}})
    wait_for(lambda: keys(s3) == ["z"], what="the expiration")
    advance(server, "5d")
    assert keys(s3) == ["z"]


def test_versions_expire_after_they_are_noncurrent_and_markers_that_hide_nothing_go(server, s3):
    s3.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": "Enabled"})
    rules(s3, {"Expiration": {"ExpiredObjectDeleteMarker": True}, "NoncurrentVersionExpiration": {"NoncurrentDays": 2}})
    for body in (b"1", b"2", b"3"):
        s3.put_object(Bucket="bucket", Key="k", Body=body)
    s3.put_object(Bucket="bucket", Key="gone", Body=b"x")
    s3.delete_object(Bucket="bucket", Key="gone")
    advance(server, "1d")
    assert len(versions(s3)) == 5
    advance(server, "3d")
    wait_for(lambda: versions(s3) == [("k", True, "version")], what="the expiration")
    assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == b"3"


def test_expiration_covers_a_versioned_object_with_a_marker_and_keeps_newer_ones(server, s3):
    s3.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": "Enabled"})
    for body in (b"1", b"2", b"3", b"4"):
        s3.put_object(Bucket="bucket", Key="k", Body=body)
    rules(s3, {"NoncurrentVersionExpiration": {"NoncurrentDays": 1, "NewerNoncurrentVersions": 2}})
    advance(server, "3d")
    wait_for(lambda: len(versions(s3)) == 3, what="the expiration")
    rules(s3, {"Expiration": {"Days": 1}})
    wait_for(lambda: ("k", True, "marker") in versions(s3), what="the delete marker")
    assert len(versions(s3)) == 4 and keys(s3) == []


def test_locked_versions_stay(server, s3):
    s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    s3.put_object(Bucket="locked", Key="k", Body=b"1", ObjectLockLegalHoldStatus="ON", ContentMD5="xMpCOKC5I4INzFCab3WEmw==")
    s3.put_object(Bucket="locked", Key="k", Body=b"2")
    s3.put_bucket_lifecycle_configuration(Bucket="locked", LifecycleConfiguration={"Rules": [{"ID": "r", "Status": "Enabled", "Filter": {}, "NoncurrentVersionExpiration": {"NoncurrentDays": 1}}]})
    advance(server, "3d")
    assert len(s3.list_object_versions(Bucket="locked")["Versions"]) == 2


def test_unfinished_uploads_are_aborted(server, s3):
    rules(s3, {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}})
    begun = s3.create_multipart_upload(Bucket="bucket", Key="k")
    assert begun["AbortRuleId"] == "r0" and begun["AbortDate"].hour == 0
    s3.upload_part(Bucket="bucket", Key="k", UploadId=begun["UploadId"], PartNumber=1, Body=b"x")
    advance(server, "3d")
    wait_for(lambda: "Uploads" not in s3.list_multipart_uploads(Bucket="bucket"), what="the abortion")


def test_transitions_change_the_storage_class_of_what_is_large_enough(server, s3):
    rules(s3, {"Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}, {"Days": 60, "StorageClass": "GLACIER"}]})
    s3.put_object(Bucket="bucket", Key="large", Body=b"x" * (128 << 10))
    s3.put_object(Bucket="bucket", Key="small", Body=b"x")
    advance(server, "31d")
    advance(server, "1d")
    wait_for(lambda: s3.head_object(Bucket="bucket", Key="large").get("StorageClass") == "STANDARD_IA", what="the transition")
    advance(server, "31d")
    wait_for(lambda: s3.head_object(Bucket="bucket", Key="large").get("StorageClass") == "GLACIER", what="the second transition")
    assert "StorageClass" not in s3.head_object(Bucket="bucket", Key="small")
    with pytest.raises(ClientError) as caught:
        s3.get_object(Bucket="bucket", Key="large")
    assert caught.value.response["Error"]["Code"] == "InvalidObjectState"


def test_a_run_over_many_keys_goes_on_after_kill_9(server, s3):
    for i in range(700):
        s3.put_object(Bucket="bucket", Key=f"k{i:04}", Body=b"x")
    s3.put_object(Bucket="bucket", Key="z", Body=b"x")
    s3.put_bucket_lifecycle_configuration(Bucket="bucket", LifecycleConfiguration={"Rules": [{"ID": "r", "Status": "Enabled", "Filter": {"Prefix": "k"}, "Expiration": {"Date": datetime.datetime(2020, 1, 1)}}]})
    server.kill9()
    server.start()
    s3 = server.client("s3", s3={"addressing_style": "path"})
    wait_for(lambda: keys(s3) == ["z"], what="the expiration", timeout=30)


def test_a_lifecycle_expiration_is_announced(server, s3):
    sqs = server.client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}]})})
    s3.put_bucket_notification_configuration(Bucket="bucket", NotificationConfiguration={"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:LifecycleExpiration:*"]}]})
    s3.put_object(Bucket="bucket", Key="k", Body=b"x")
    rules(s3, {"Expiration": {"Days": 1}})
    advance(server, "2d")

    def names():
        got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        return [r["eventName"] for m in got for r in json.loads(m["Body"]).get("Records", [])]

    wait_for(lambda: names() == ["LifecycleExpiration:Delete"], what="the event")


def test_the_rules_are_checked(s3):
    assert error(s3, {"Expiration": {"Days": 7}, "ID": "x", "Status": "Enabled"}, raw=True)["Code"] == "MalformedXML"   # neither Filter nor Prefix
    assert error(s3, {"Expiration": {"Days": 7, "ExpiredObjectDeleteMarker": True}})["Code"] == "MalformedXML"
    assert error(s3, {"Filter": {"And": {"Prefix": "t"}, "Prefix": ""}, "Expiration": {"Days": 7}})["Code"] == "MalformedXML"
    assert error(s3, {"Expiration": {"Date": datetime.datetime(2023, 1, 1, 2, 2)}})["Message"] == "'Date' must be at midnight GMT"
    assert error(s3, {"Expiration": {"Days": 0}})["Message"] == "'Days' for Expiration action must be a positive integer"
    assert error(s3, {})["Message"] == "At least one action needs to be specified in a rule"
    assert error(s3, {"Expiration": {"Days": 1}, "Filter": {"And": {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}}})["Message"] == "Duplicate Tag Keys are not allowed."
    assert "greater than or equal to 30" in error(s3, {"Transitions": [{"Days": 3, "StorageClass": "STANDARD_IA"}]})["Message"]
    with pytest.raises(ClientError) as caught:
        rules(s3, {"Expiration": {"Days": 1}}, TransitionDefaultMinimumObjectSize="value")
    assert caught.value.response["Error"]["Message"] == "Invalid TransitionDefaultMinimumObjectSize found: value"
    s3.put_bucket_lifecycle(Bucket="bucket", LifecycleConfiguration={"Rules": [{"ID": "old", "Prefix": "p", "Status": "Enabled", "Expiration": {"Days": 3}}]})
    assert s3.get_bucket_lifecycle_configuration(Bucket="bucket")["Rules"] == [{"ID": "old", "Prefix": "p", "Status": "Enabled", "Expiration": {"Days": 3}}]
    s3.delete_bucket_lifecycle(Bucket="bucket")
    with pytest.raises(ClientError):
        s3.get_bucket_lifecycle_configuration(Bucket="bucket")


def error(s3, rule, raw=False):
    with pytest.raises(ClientError) as caught:
        if raw: s3.put_bucket_lifecycle_configuration(Bucket="bucket", LifecycleConfiguration={"Rules": [rule]})
        else: rules(s3, rule)
    return caught.value.response["Error"]
