"""S3 uploads by HTML forms (POST Object): policies as boto3 signs them, forms as browsers send them."""
import base64
import datetime
import hashlib
import hmac
import json
import os
import uuid
import xml.etree.ElementTree as ET

import boto3
import pytest
import requests
from botocore.config import Config

from conftest import wait_for


@pytest.fixture(params=["s3v4", "s3"])
def s3(server, request):
    return boto3.client("s3", endpoint_url=server.url, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test",
                        config=Config(signature_version=request.param, s3={"addressing_style": "path"}))


@pytest.fixture
def bucket(server):
    name = f"b-{uuid.uuid4()}"
    server.client("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture
def plain(server):
    return server.client("s3", s3={"addressing_style": "path"})


def post(form, content=b"abcdef", **more):
    return requests.post(form["url"], data=form["fields"], files={"file": content}, timeout=30, allow_redirects=False, **more)


def refusal(response):
    root = ET.fromstring(response.content)
    assert root.tag == "Error"
    return {child.tag: child.text for child in root if child.tag not in ("RequestId", "HostId")}


def test_a_signed_form_is_taken(s3, plain, bucket):
    form = s3.generate_presigned_post(Bucket=bucket, Key="folder/key", Fields={"Content-Type": "text/plain", "x-amz-meta-test-1": "a"},
                                      Conditions=[{"Content-Type": "text/plain"}, ["starts-with", "$x-amz-meta-test-1", ""]])
    answer = post(form)
    assert answer.status_code == 204 and answer.content == b""
    assert answer.headers["ETag"] == '"e80b5017098950fc58aad83c8c14978e"'
    got = plain.get_object(Bucket=bucket, Key="folder/key", ChecksumMode="ENABLED")
    assert (got["Body"].read(), got["ContentType"], got["Metadata"], got["ChecksumCRC64NVME"]) == (b"abcdef", "text/plain", {"test-1": "a"}, "Pact6XRTYyA=")


@pytest.mark.parametrize("size", [0, 1, 70_000, 3_000_000])
def test_files_of_any_size_and_content(s3, plain, bucket, size):
    content = (b"\r\n--" + bytes(range(256)) * 12_000)[:size]
    form = s3.generate_presigned_post(Bucket=bucket, Key="uploads/${filename}")
    answer = requests.post(form["url"], data=form["fields"], files={"file": ("my file.bin", content)}, timeout=30)
    assert answer.status_code == 204
    assert plain.get_object(Bucket=bucket, Key="uploads/my file.bin")["Body"].read() == content


def test_what_a_success_answers(s3, bucket, server):
    form = s3.generate_presigned_post(Bucket=bucket, Key="é/k", Fields={"success_action_status": "201"}, Conditions=[{"success_action_status": "201"}])
    answer = post(form)
    assert answer.status_code == 201
    told = {child.tag: child.text for child in ET.fromstring(answer.content)}
    assert told == {"Location": f"{server.url}/{bucket}/%C3%A9%2Fk", "Bucket": bucket, "Key": "é/k", "ETag": '"e80b5017098950fc58aad83c8c14978e"'}
    form = s3.generate_presigned_post(Bucket=bucket, Key="k", Fields={"success_action_redirect": "http://x.test/done?a=b"},
                                      Conditions=[["starts-with", "$success_action_redirect", "http://x.test/"]])
    answer = post(form)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"http://x.test/done?a=b&bucket={bucket}&key=k&etag=%22e80b5017098950fc58aad83c8c14978e%22"


def test_conditions_that_do_not_hold(s3, bucket):
    def failing(fields, conditions, **more):
        answer = post(s3.generate_presigned_post(Bucket=bucket, Key="k", Fields=fields, Conditions=conditions), **more)
        return answer.status_code, refusal(answer)

    redirect = {"success_action_redirect": "http://localhost.test/random"}
    text = "Invalid according to Policy: Policy Condition failed: "
    wrong = "http://localhost.test/other"
    assert failing(redirect, [["eq", "$success_action_redirect", wrong]]) == (
        403, {"Code": "AccessDenied", "Message": text + f'["eq", "$success_action_redirect", "{wrong}"]'})
    assert failing(redirect, [["eq", "success_action_redirect", wrong]])[1]["Message"] == text + f'["eq", "success_action_redirect", "{wrong}"]'
    assert failing(redirect, [["starts-with", "$success_action_redirect", "https://"]])[1]["Message"] == \
        text + '["starts-with", "$success_action_redirect", "https://"]'
    assert failing({}, [{"a": "b", "c": "d"}])[1] == {
        "Code": "InvalidPolicyDocument", "Message": "Invalid Policy: Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."}
    assert failing({}, [["content-length-range", 0, 5]])[1] == {
        "Code": "EntityTooLarge", "Message": "Your proposed upload exceeds the maximum allowed size", "ProposedSize": "6", "MaxSizeAllowed": "5"}
    assert failing({}, [["content-length-range", 7, 10]])[1] == {
        "Code": "EntityTooSmall", "Message": "Your proposed upload is smaller than the minimum allowed size", "ProposedSize": "6", "MinSizeAllowed": "7"}
    assert failing({}, [["content-length-range", "test", 10]])[1]["Message"] == text + '["content-length-range", "test", "10"]'
    assert failing({"x-amz-meta-a": "b"}, [])[1]["Message"] == "Invalid according to Policy: Extra input fields: x-amz-meta-a"
    late = s3.generate_presigned_post(Bucket=bucket, Key="k", ExpiresIn=-10)
    assert refusal(post(late)) == {"Code": "AccessDenied", "Message": "Invalid according to Policy: Policy expired."}


def test_forms_that_lack_something(s3, bucket):
    form = s3.generate_presigned_post(Bucket=bucket, Key="k")
    v4 = "x-amz-signature" in form["fields"]

    def without(*names, **changed):
        fields = {k: v for k, v in form["fields"].items() if k not in names} | changed
        answer = post({"url": form["url"], "fields": fields})
        return answer.status_code, refusal(answer)

    name = "X-Amz-Algorithm" if v4 else "AWSAccessKeyId"
    status, told = without(name.lower() if v4 else name)
    assert (status, told["Code"], told["ArgumentName"]) == (400, "InvalidArgument", name)
    assert told["Message"] == f"Bucket POST must contain a field named '{name}'.  If it is specified, please check the order of the fields."
    signing = [k for k in form["fields"] if k not in ("key", "policy")]
    assert without(*signing) == (403, {"Code": "AccessDenied", "Message": "Access Denied"})
    assert without("key")[1]["ArgumentName"] == "key"
    status, told = without(policy=base64.b64encode(b"{}").decode())
    assert (status, told["Code"]) == (403, "SignatureDoesNotMatch") and "StringToSign" in told and "CanonicalRequest" not in told
    unknown = without(**({"x-amz-credential": form["fields"]["x-amz-credential"].replace("test/", "AKIAIOSFODNN7EXAMPLE/")} if v4
                         else {"AWSAccessKeyId": "AKIAIOSFODNN7EXAMPLE"}))
    assert unknown[1]["Code"] == "InvalidAccessKeyId"
    plain = requests.post(form["url"], data=b"key=k", headers={"Content-Type": "text/plain"}, timeout=30)
    assert plain.status_code == 412 and refusal(plain)["Condition"] == "Bucket POST must be of the enclosure-type multipart/form-data"
    no_file = requests.post(form["url"], files={k: (None, v) for k, v in form["fields"].items()}, timeout=30)
    assert no_file.status_code == 400 and refusal(no_file)["Message"] == "POST requires exactly one file upload per request."


def test_a_form_acts_as_its_signer_and_no_further(server, plain, bucket):
    iam = server.client("iam")
    user = f"u-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    mine = boto3.client("s3", endpoint_url=server.url, region_name="us-east-1", aws_access_key_id=key["AccessKeyId"],
                        aws_secret_access_key=key["SecretAccessKey"], config=Config(signature_version="s3v4", s3={"addressing_style": "path"}))
    form = mine.generate_presigned_post(Bucket=bucket, Key="allowed/k")
    denied = refusal(post(form))
    assert denied["Code"] == "AccessDenied" and f"user/{user}" in denied["Message"] and "s3:PutObject" in denied["Message"]
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bucket}/allowed/*"}]}))
    assert post(form).status_code == 204
    assert refusal(post(mine.generate_presigned_post(Bucket=bucket, Key="other")))["Code"] == "AccessDenied"
    tagged = mine.generate_presigned_post(Bucket=bucket, Key="allowed/k", Fields={"tagging": "<Tagging><TagSet/></Tagging>"}, Conditions=[["starts-with", "$tagging", ""]])
    assert post(tagged).status_code == 204
    tagged["fields"]["tagging"] = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"
    assert "s3:PutObjectTagging" in refusal(post(tagged))["Message"]


def test_anybody_may_post_where_the_bucket_policy_lets_them(plain, bucket, server):
    url = f"{server.url}/{bucket}"
    assert refusal(post({"url": url, "fields": {"key": "k"}}))["Code"] == "AccessDenied"
    plain.delete_public_access_block(Bucket=bucket)
    plain.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bucket}/*"}]}))
    assert post({"url": url, "fields": {"key": "k"}}).status_code == 204
    assert plain.get_object(Bucket=bucket, Key="k")["Body"].read() == b"abcdef"
    as_text = requests.post(url, files={"key": (None, "k-${filename}"), "file": (None, "a plain field")}, timeout=30)
    assert as_text.status_code == 204
    assert plain.get_object(Bucket=bucket, Key="k-${filename}")["Body"].read() == b"a plain field"


def test_tags_and_metadata_of_forms(s3, plain, bucket):
    conditions = [["starts-with", "$tagging", ""], ["starts-with", "$x-amz-meta-q", ""], ["starts-with", "$x-amz-meta-u", ""], ["starts-with", "$Cache-Control", ""]]
    fields = {"tagging": "<Tagging><TagSet><Tag><Key>TagName</Key><Value>TagValue</Value></Tag></TagSet></Tagging>",
              "x-amz-meta-q": "=?UTF-8?Q?actually-ascii?=", "x-amz-meta-u": "ÄMÄZÕÑ S3", "Cache-Control": "non-ascii-—_é_"}
    assert post(s3.generate_presigned_post(Bucket=bucket, Key="k", Fields=fields, Conditions=conditions)).status_code == 204
    assert plain.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == [{"Key": "TagName", "Value": "TagValue"}]
    head = plain.head_object(Bucket=bucket, Key="k")
    assert head["Metadata"] == {"q": "=?UTF-8?Q?actually-ascii?=", "u": "=?UTF-8?Q?=C3=84M=C3=84Z=C3=95=C3=91_S3?="}
    assert head["CacheControl"] == "non-ascii- _é_"
    fields["tagging"] = "not-xml"
    assert refusal(post(s3.generate_presigned_post(Bucket=bucket, Key="k", Fields=fields, Conditions=conditions)))["Code"] == "MalformedXML"


def test_bodies_that_are_no_forms_leave_nothing_behind(server, bucket):
    blobs = lambda: sum(len(files) for _, _, files in os.walk(os.path.join(server.data, "blobs")))
    before = blobs()
    for body in (b"", b"--x", b"--x\r\n", b"--x--\r\n", b"x" * 100_000, b"--x\r\nContent-Disposition: form-data; name=key\r\n\r\nk\r\n--x--",
                 b"--x\r\nContent-Disposition: form-data; name=file\r\n\r\n" + b"y" * 200_000, b"--x\r\nA: b\r\n\r\nc\r\n--x--\r\n",
                 b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n" + b"y" * 30_000 + b"\r\n--x--"):
        answer = requests.post(f"{server.url}/{bucket}", data=body, headers={"Content-Type": "multipart/form-data; boundary=x"}, timeout=30)
        assert 400 <= answer.status_code < 500 and refusal(answer)["Code"] in (
            "MalformedPOSTRequest", "InvalidArgument", "MaxPostPreDataLengthExceeded", "MissingContentLength"), (body[:60], answer.text)
    wait_for(lambda: blobs() == before, what="blobs of refused forms to go")
