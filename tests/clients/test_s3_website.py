"""Websites of buckets, by their host names, over bare HTTP."""
import json
import uuid

import pytest
import requests
from botocore.exceptions import ClientError


@pytest.fixture
def s3(server):
    return server.client("s3", s3={"addressing_style": "path"})


@pytest.fixture
def bucket(s3):
    name = f"b-{uuid.uuid4()}"
    s3.create_bucket(Bucket=name)
    s3.delete_public_access_block(Bucket=name)
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/*"}]}))
    return name


def visit(server, bucket, path="/", method="GET", host=None, **headers):
    host = host or f"{bucket}.s3-website.localhost:{server.port}"
    return requests.request(method, server.url + path, headers={"Host": host, **headers}, allow_redirects=False)


def configure(s3, bucket, **website):
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}, **website})


def put(s3, bucket, key, body, **more):
    s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType="text/html", **more)


def test_index_documents_are_served_under_every_name(server, s3, bucket):
    configure(s3, bucket)
    put(s3, bucket, "index.html", b"<p>home")
    put(s3, bucket, "photos/index.html", b"<p>photos")
    for host in (f"{bucket}.s3-website-eu-west-1.amazonaws.com", f"{bucket}.s3-website.eu-central-1.amazonaws.com", f"{bucket}.s3-website.localhost"):
        home = visit(server, bucket, host=host)
        assert (home.status_code, home.text, home.headers["Content-Type"]) == (200, "<p>home", "text/html"), host
    assert visit(server, bucket, "/photos/").text == "<p>photos"
    folder = visit(server, bucket, "/photos")
    assert (folder.status_code, folder.headers["Location"]) == (302, "/photos/")
    head = visit(server, bucket, "/index.html", method="HEAD")
    assert head.status_code == 200 and head.headers["Content-Length"] == "7"
    etag = head.headers["ETag"]
    assert visit(server, bucket, "/index.html", **{"If-None-Match": etag}).status_code == 304
    assert visit(server, bucket, "/index.html", Range="bytes=3-").text == "home"


def test_errors_are_pages(server, s3, bucket):
    missing = visit(server, f"no-such-{bucket}"[:60])
    assert missing.status_code == 404 and "<li>Code: NoSuchBucket</li>" in missing.text
    none = visit(server, bucket)
    assert none.status_code == 404 and "<li>Code: NoSuchWebsiteConfiguration</li>" in none.text
    configure(s3, bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]}]}))
    page = visit(server, bucket)
    ids = page.headers["x-amz-request-id"], page.headers["x-amz-id-2"]
    assert page.status_code == 404 and page.headers["Content-Type"].startswith("text/html")
    assert page.text == ("<html>\n<head><title>404 Not Found</title></head>\n<body>\n<h1>404 Not Found</h1>\n<ul>\n<li>Code: NoSuchKey</li>\n"
                         "<li>Message: The specified key does not exist.</li>\n<li>Key: index.html</li>\n"
                         f"<li>RequestId: {ids[0]}</li>\n<li>HostId: {ids[1]}</li>\n</ul>\n<hr/>\n</body>\n</html>\n")
    configure(s3, bucket, ErrorDocument={"Key": "error.html"})
    both = visit(server, bucket)
    assert "<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>\n<ul>\n<li>Code: NoSuchKey</li>" in both.text and "<li>Key: error.html</li>" in both.text
    put(s3, bucket, "error.html", b"<p>sorry")
    custom = visit(server, bucket, "/nothing?x=1")
    assert (custom.status_code, custom.text) == (404, "<p>sorry")
    for method in ("POST", "DELETE", "PUT"):
        refused = visit(server, bucket, "/k", method=method)
        assert refused.status_code == 405 and f"<li>Method: {method}</li>\n<li>ResourceType: OBJECT</li>" in refused.text


def test_a_site_without_public_access_is_forbidden(server, s3, bucket):
    configure(s3, bucket)
    put(s3, bucket, "index.html", b"<p>home")
    s3.delete_bucket_policy(Bucket=bucket)
    page = visit(server, bucket)
    assert page.status_code == 403 and "<li>Code: AccessDenied</li>" in page.text
    signed = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "index.html"})
    assert visit(server, bucket, "/index.html?" + signed.split("?")[1]).status_code == 403   # websites know no signatures


def test_redirections(server, s3, bucket):
    configure(s3, bucket, RoutingRules=[
        {"Condition": {"KeyPrefixEquals": "docs/"}, "Redirect": {"ReplaceKeyPrefixWith": "documents/"}},
        {"Condition": {"KeyPrefixEquals": "old.html"}, "Redirect": {"HostName": "example.com", "Protocol": "https", "HttpRedirectCode": "302", "ReplaceKeyWith": "new page.html"}},
        {"Condition": {"HttpErrorCodeReturnedEquals": "404", "KeyPrefixEquals": "gone/"}, "Redirect": {"ReplaceKeyWith": "lost.html"}}])
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]}]}))
    host = f"{bucket}.s3-website.localhost:{server.port}"
    moved = visit(server, bucket, "/docs/a%20b.html?q=1")
    assert (moved.status_code, moved.headers["Location"]) == (301, f"http://{host}/documents/a%20b.html?q=1")
    assert visit(server, bucket, "/old.html").headers["Location"] == "https://example.com/new%20page.html"
    assert visit(server, bucket, "/gone/x").headers["Location"] == f"http://{host}/lost.html"
    put(s3, bucket, "gone/here", b"here")
    assert visit(server, bucket, "/gone/here").text == "here"
    put(s3, bucket, "hop", b"", WebsiteRedirectLocation="/index.html")
    hop = visit(server, bucket, "/hop")
    assert (hop.status_code, hop.headers["Location"]) == (301, "/index.html")
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration={"RedirectAllRequestsTo": {"HostName": "example.com", "Protocol": "https"}})
    assert visit(server, bucket, "/any/thing").headers["Location"] == "https://example.com/any/thing"


def test_website_configurations_are_checked(s3, bucket):
    def refused(**website):
        with pytest.raises(ClientError) as caught:
            s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=website)
        return caught.value.response["Error"]["Message"]

    assert refused() == "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty"
    assert refused(IndexDocument={"Suffix": "/x"}) == "The IndexDocument Suffix is not well formed"
    assert refused(RedirectAllRequestsTo={"HostName": "a"}, IndexDocument={"Suffix": "x"}) == "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules."
    index = {"Suffix": "index.html"}
    assert refused(IndexDocument=index, RoutingRules=[{"Redirect": {"ReplaceKeyWith": "a", "ReplaceKeyPrefixWith": "b"}}]) == "You can only define ReplaceKeyPrefix or ReplaceKey but not both."
    assert refused(IndexDocument=index, RoutingRules=[{"Condition": {}, "Redirect": {"ReplaceKeyWith": "a"}}]).startswith("Condition cannot be empty.")
    assert "(200)" in refused(IndexDocument=index, RoutingRules=[{"Condition": {"HttpErrorCodeReturnedEquals": "200"}, "Redirect": {"ReplaceKeyWith": "a"}}])
    assert "(307x)" in refused(IndexDocument=index, RoutingRules=[{"Redirect": {"HttpRedirectCode": "307x"}}])
