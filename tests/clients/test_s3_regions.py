"""Buckets of another Region than the request is signed for: what is answered, and that clients find their way by themselves."""
import os
import subprocess
import uuid

import pytest
import requests
from botocore.exceptions import ClientError


def s3_of(server, region, style="path", **more):
    return server.client("s3", region=region, signature_version="s3v4", s3={"addressing_style": style}, **more)


@pytest.fixture
def bucket(server):
    name = f"b-{uuid.uuid4()}"
    there = s3_of(server, "eu-west-1")
    there.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    there.put_object(Bucket=name, Key="k", Body=b"found")
    return name


def bare(server, bucket, region, host=None):
    """One request as it is signed, without the client's own redirector."""
    from botocore.auth import S3SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials
    url = f"{server.url}/{bucket}/k" if host is None else f"{server.url}/k"
    request = AWSRequest("GET", url, headers={"Host": host} if host else {})
    S3SigV4Auth(Credentials("test", "test"), "s3", region).add_auth(request)
    return requests.get(url, headers=dict(request.headers), allow_redirects=False, timeout=10)


def test_a_path_is_redirected(server, bucket):
    answer = bare(server, bucket, "us-east-1")
    assert (answer.status_code, answer.headers["x-amz-bucket-region"]) == (301, "eu-west-1")
    assert "<Code>PermanentRedirect</Code>" in answer.text and f"<Bucket>{bucket}</Bucket>" in answer.text and "<Endpoint>" in answer.text
    assert bare(server, bucket, "eu-west-1").text == "found"


def test_a_host_is_told_the_region(server, bucket):
    host = f"{bucket}.localhost:{server.port}"
    answer = bare(server, bucket, "us-west-2", host)
    assert (answer.status_code, answer.headers["x-amz-bucket-region"]) == (400, "eu-west-1")
    assert "<Code>AuthorizationHeaderMalformed</Code>" in answer.text and "<Region>eu-west-1</Region>" in answer.text
    assert "the region 'us-west-2' is wrong; expecting 'eu-west-1'" in answer.text.replace("&apos;", "'").replace("&#39;", "'")
    assert bare(server, bucket, "eu-west-1", host).text == "found"


def test_presigned_urls(server, bucket):
    url = s3_of(server, "us-east-1").generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
    answer = requests.get(url, allow_redirects=False, timeout=10)
    assert answer.status_code == 400 and "<Region>eu-west-1</Region>" in answer.text
    url = s3_of(server, "eu-west-1").generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
    assert requests.get(url, timeout=10).text == "found"


@pytest.mark.parametrize("region", ["us-east-1", "ap-south-1"])
def test_boto3_follows(server, bucket, region):
    s3 = s3_of(server, region)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"found"
    s3 = s3_of(server, region)
    s3.put_object(Bucket=bucket, Key="n", Body=b"x" * 100_000)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 2
    s3 = s3_of(server, region)
    assert s3.head_bucket(Bucket=bucket)["BucketRegion"] == "eu-west-1"
    s3 = s3_of(server, region)
    assert s3.head_object(Bucket=bucket, Key="k")["ContentLength"] == 5


def test_where_a_bucket_is_may_be_asked_everywhere(server, bucket):
    for region in ("us-east-1", "us-west-2"):
        assert s3_of(server, region).get_bucket_location(Bucket=bucket)["LocationConstraint"] == "eu-west-1"
    with pytest.raises(ClientError) as caught:
        s3_of(server, "us-east-1").head_bucket(Bucket="nowhere-" + bucket)
    assert caught.value.response["Error"]["Code"] == "404"


def test_the_command_line_follows(server, bucket, tmp_path):
    aws = next((p for p in (os.path.expanduser("~/.cache/fogbank/clients/bin/aws"), "/usr/local/bin/aws", "/usr/bin/aws") if os.path.exists(p)), None)
    if not aws:
        pytest.skip("no aws command line")
    env = {**os.environ, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
    done = subprocess.run([aws, "--endpoint-url", server.url, "s3", "cp", f"s3://{bucket}/k", str(tmp_path / "k")], env=env, capture_output=True, text=True,
                          timeout=60)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "k").read_bytes() == b"found"
