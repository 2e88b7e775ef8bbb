"""Function URLs as a browser, curl and a signing client see them: IAM, CORS, cookies, binary and streamed bodies, what becomes of errors."""
import base64
import http.client
import json
import urllib.parse

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from conftest import wait_for
from lambda_support import allow, invoke, make_function, make_role, package

# Answers with what the request's body says.
SAYS = """
import base64, json
def handler(event, context):
    body = base64.b64decode(event["body"]).decode() if event["isBase64Encoded"] else event.get("body") or "{}"
    said = json.loads(body)
    if said == "raise": raise ValueError("no good")
    if said == "event": return event
    return said
"""


@pytest.fixture(scope="module")
def client(server):
    return make_function(server, "says", make_role(server, "runner", allow("*")), SAYS)


def open_url(client, name, **more):
    url = client.create_function_url_config(FunctionName=name, AuthType="NONE", **more)["FunctionUrl"]
    client.add_permission(FunctionName=name, StatementId="url", Action="lambda:InvokeFunctionUrl", Principal="*", FunctionUrlAuthType="NONE")
    client.add_permission(FunctionName=name, StatementId="via", Action="lambda:InvokeFunction", Principal="*", InvokedViaFunctionUrl=True)
    return url


@pytest.fixture(scope="module")
def url(client):
    return open_url(client, "says", Cors={"AllowOrigins": ["https://page.example", "https://other.example"], "AllowMethods": ["GET", "PUT"], "AllowHeaders": ["x-own"], "ExposeHeaders": ["x-seen"],
                                          "AllowCredentials": True, "MaxAge": 60})


def fetch(server, url, path="/", method="GET", headers=None, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request(method, path, body=body, headers={"Host": urllib.parse.urlparse(url).netloc, **(headers or {})})
    return connection.getresponse()


def say(server, url, what, **headers):
    answer = fetch(server, url, "/", "POST", {"Content-Type": "application/json", **headers}, json.dumps(what))
    return answer.status, answer.headers, answer.read()


def test_what_the_function_returns_becomes_the_answer(server, url):
    status, headers, body = say(server, url, {"statusCode": 418, "headers": {"X-Own": "1", "content-type": "text/plain"}, "cookies": ["a=1; Path=/", "b=2"], "body": "tea"})
    assert (status, headers["x-own"], headers["content-type"], body) == (418, "1", "text/plain", b"tea") and headers.get_all("set-cookie") == ["a=1; Path=/", "b=2"]
    for value, want in (({"hello": "world"}, {"hello": "world"}), (3, 3), ([1, 2], [1, 2])):
        status, headers, body = say(server, url, value)
        assert (status, headers["content-type"], json.loads(body)) == (200, "application/json", want)
    status, headers, body = say(server, url, {"statusCode": 200, "headers": {"content-type": "image/png"}, "isBase64Encoded": True, "body": base64.b64encode(b"\x89PNG\xff").decode()})
    assert (status, headers["content-type"], body) == (200, "image/png", b"\x89PNG\xff")
    status, headers, body = say(server, url, {"statusCode": "204"})
    assert (status, body) == (204, b"")


def test_errors_are_a_bad_gateway_and_tell_nothing(server, url):
    for what in ("raise", {"statusCode": 200, "body": {"no": "text"}}, {"statusCode": 200, "isBase64Encoded": True, "body": "%%%"}):
        status, headers, body = say(server, url, what)
        assert status == 502 and body == b"Internal Server Error", (what, status, body)


def test_methods_paths_and_queries_arrive_as_they_were(server, url):
    for method in ("GET", "PUT", "DELETE", "PATCH", "POST"):
        answer = fetch(server, url, "/a/b%2Fc//d?x=%20&y=1&y=2&z", method, {"Content-Type": "application/json", "X-Two": "1"}, b'"event"')
        event = json.loads(answer.read())
        assert event["requestContext"]["http"]["method"] == method and event["rawPath"] == "/a/b%2Fc//d" and event["rawQueryString"] == "x=%20&y=1&y=2&z"
        assert event["queryStringParameters"] == {"x": " ", "y": "1,2", "z": ""} and event["headers"]["x-two"] == "1" and event["headers"]["host"] == urllib.parse.urlparse(url).netloc
    assert event["requestContext"]["domainPrefix"] == urllib.parse.urlparse(url).netloc.split(".")[0] and event["routeKey"] == "$default"
    head = fetch(server, url, "/", "HEAD")
    assert head.status == 200 and head.read() == b""


def test_cors_is_answered_for_allowed_pages_only(server, url):
    ask = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "x-own"}
    preflight = fetch(server, url, "/any", "OPTIONS", {"Origin": "https://other.example", **ask})
    assert (preflight.status, preflight.headers["access-control-allow-origin"], preflight.headers["access-control-allow-credentials"]) == (200, "https://other.example", "true")
    assert preflight.headers["access-control-allow-methods"] == "GET, PUT" and preflight.headers["access-control-allow-headers"] == "x-own" and preflight.headers["access-control-max-age"] == "60"
    stranger = fetch(server, url, "/any", "OPTIONS", {"Origin": "https://evil.example", **ask})
    assert "access-control-allow-origin" not in stranger.headers
    status, headers, _ = say(server, url, 1, Origin="https://page.example")
    assert status == 200 and headers["access-control-allow-origin"] == "https://page.example" and headers["access-control-expose-headers"] == "x-seen" and "Origin" in headers["vary"]
    status, headers, _ = say(server, url, 1, Origin="https://evil.example")
    assert status == 200 and "access-control-allow-origin" not in headers


def signed(server, url, key, method="POST", body=b"3", headers=None, service="lambda", region="us-east-1"):
    request = AWSRequest(method, url, data=body, headers={"Content-Type": "application/json", **(headers or {})})
    SigV4Auth(Credentials(key["AccessKeyId"], key["SecretAccessKey"]), service, region).add_auth(request)
    answer = fetch(server, url, "/", method, {k: v for k, v in request.headers.items()}, body)
    return answer.status, answer.read()


def test_a_url_with_iam_takes_signatures_of_whom_policies_allow(server, client):
    make_function(server, "private", make_role(server, "runs-private", allow("*")), SAYS)
    url = client.create_function_url_config(FunctionName="private", AuthType="AWS_IAM")["FunctionUrl"]
    iam, keys = server.client("iam"), {}
    for user, actions in (("may", ["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"]), ("half", ["lambda:InvokeFunctionUrl"]), ("not", [])):
        iam.create_user(UserName=user)
        keys[user] = iam.create_access_key(UserName=user)["AccessKey"]
        if actions:
            iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow(*actions)]}))
    assert signed(server, url, keys["may"]) == (200, b"3")
    status, event = signed(server, url, keys["may"], body=b'"event"')
    context = json.loads(event)["requestContext"]
    assert context["accountId"] == "000000000000" and context["authorizer"]["iam"]["userArn"] == "arn:aws:iam::000000000000:user/may" and "authorization" not in json.loads(event)["headers"]
    for refused in (signed(server, url, keys["half"]), signed(server, url, keys["not"]), signed(server, url, {**keys["may"], "SecretAccessKey": "x" * 40}),
                    signed(server, url, keys["may"], service="execute-api")):
        assert refused[0] == 403, refused
    anonymous = fetch(server, url, "/", "POST", {"Content-Type": "application/json"}, b"3")
    assert anonymous.status == 403 and json.loads(anonymous.read())["Message"].startswith("Forbidden")
    # Another account needs the function's policy as well.
    other = {"AccessKeyId": "111122223333", "SecretAccessKey": "test"}
    assert signed(server, url, other)[0] == 403
    client.add_permission(FunctionName="private", StatementId="url", Action="lambda:InvokeFunctionUrl", Principal="111122223333", FunctionUrlAuthType="AWS_IAM")
    client.add_permission(FunctionName="private", StatementId="via", Action="lambda:InvokeFunction", Principal="111122223333", InvokedViaFunctionUrl=True)
    status, event = signed(server, url, other, body=b'"event"')
    context = json.loads(event)["requestContext"]
    assert status == 200 and context["accountId"] == "000000000000" and context["authorizer"]["iam"]["accountId"] == "111122223333"


def test_a_url_belongs_to_an_alias_and_outlives_it(server, client):
    make_function(server, "aliased", make_role(server, "runs-aliased", allow("*")), "def handler(e, c): return c.function_version")
    client.publish_version(FunctionName="aliased")
    client.create_alias(FunctionName="aliased", Name="live", FunctionVersion="1")
    url = client.create_function_url_config(FunctionName="aliased", Qualifier="live", AuthType="NONE")["FunctionUrl"]
    client.add_permission(FunctionName="aliased", Qualifier="live", StatementId="url", Action="lambda:InvokeFunctionUrl", Principal="*", FunctionUrlAuthType="NONE")
    client.add_permission(FunctionName="aliased", Qualifier="live", StatementId="via", Action="lambda:InvokeFunction", Principal="*", InvokedViaFunctionUrl=True)
    answer = fetch(server, url)
    assert answer.status == 200 and answer.read() in (b"1", b'"1"')
    client.delete_alias(FunctionName="aliased", Name="live")
    answer = fetch(server, url)
    assert answer.status == 403 and answer.headers["x-amzn-ErrorType"] == "AccessDeniedException"
    client.delete_function_url_config(FunctionName="says") if False else None
    client.delete_function(FunctionName="aliased")
    assert fetch(server, url).status in (403, 404)


def test_limits_and_throttling_of_a_url(server, client, url):
    status, _, body = say(server, url, "x" * 6291456)
    assert status == 413, (status, body[:200])
    client.put_function_concurrency(FunctionName="says", ReservedConcurrentExecutions=0)
    try:
        status, _, body = say(server, url, 1)
        assert status == 429 and json.loads(body) == {"Message": "Rate Exceeded.", "Reason": "ReservedFunctionConcurrentInvocationLimitExceeded"} or status == 429, body
    finally:
        client.delete_function_concurrency(FunctionName="says")


STREAMS = """
exports.handler = awslambda.streamifyResponse(async (event, stream) => {
  const what = event.rawPath;
  if (what === "/prelude") stream = awslambda.HttpResponseStream.from(stream, { statusCode: 201, headers: { "Content-Type": "text/event-stream", "X-Own": "yes" }, cookies: ["a=1"] });
  for (let i = 0; i < 3; i++) {
    stream.write(`piece ${i};`);
    await new Promise(r => setTimeout(r, 60));
  }
  if (what === "/fail") throw new Error("in the middle");
  stream.end();
});
"""


def test_streams_come_piece_by_piece_with_their_own_head(server, client):
    try:
        make_function(server, "streams", make_role(server, "runs-streams", allow("*")), Runtime="nodejs20.x", Code={"ZipFile": package(STREAMS, "index.js")}, Timeout=10)
    except Exception as e:
        pytest.skip(f"Node.js functions do not run here: {e}")
    url = open_url(client, "streams", InvokeMode="RESPONSE_STREAM")
    plain = fetch(server, url, "/plain")
    assert (plain.status, plain.headers["content-type"], plain.headers.get("content-length")) == (200, "application/octet-stream", None)
    first = plain.read1(100)
    assert first == b"piece 0;" and first + plain.read() == b"piece 0;piece 1;piece 2;"
    answer = fetch(server, url, "/prelude")
    assert (answer.status, answer.headers["content-type"], answer.headers["x-own"], answer.headers["set-cookie"]) == (201, "text/event-stream", "yes", "a=1")
    assert answer.read() == b"piece 0;piece 1;piece 2;"
    broken = fetch(server, url, "/fail")
    try:
        assert broken.read().startswith(b"piece 0;piece 1;piece 2;")
    except http.client.IncompleteRead as e:
        assert e.partial.startswith(b"piece 0;")
    assert fetch(server, url, "/plain").read() == b"piece 0;piece 1;piece 2;"   # the next one is whole
