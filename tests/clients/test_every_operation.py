"""One loop over the operation table: every operation answers an empty body, a garbage body, an unsigned and a denied request with an error of
its protocol, and none of them hurts the server."""
import base64
import datetime

import hashlib
import hmac
import http.client
import json
import pathlib
import re
import tomllib
import urllib.parse
import xml.etree.ElementTree as ElementTree


import pytest
from botocore.loaders import Loader

ROOT = pathlib.Path(__file__).resolve().parents[2]
LOADER = Loader()


def operations():
    for manifest in sorted(ROOT.glob("src/services/*/service.toml")):
        toml = tomllib.loads(manifest.read_text())
        model = LOADER.load_service_model(toml["service"]["model"], "service-2")
        for name, entry in toml.get("operations", {}).items():
            if name not in model["operations"]:
                continue  # PostObject: no SDK has it; its own tests are in test_s3_forms.py
            merged = {**toml.get("defaults", {}), **entry}
            yield pytest.param(manifest.parent.name, model, name, merged, id=f"{manifest.parent.name}:{name}")


def request(model, name, body, unsigned=False):
    """(method, path, headers, body) of a call in the model's first protocol; labels are filled with a word."""
    meta, op = model["metadata"], model["operations"][name]
    protocol = meta["protocol"]
    if protocol in ("query", "ec2"):
        text = body if body is not None else f"Action={name}&Version={meta['apiVersion']}".encode()
        return "POST", "/", {"Content-Type": "application/x-www-form-urlencoded"}, text
    if protocol in ("json",):
        headers = {"Content-Type": f"application/x-amz-json-{meta.get('jsonVersion', '1.0')}", "X-Amz-Target": f"{meta['targetPrefix']}.{name}"}
        return "POST", "/", headers, body if body is not None else b"{}"
    if protocol == "smithy-rpc-v2-cbor":
        headers = {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
        return "POST", f"/service/{meta['targetPrefix']}/operation/{name}", headers, body if body is not None else b"\xa0"
    uri = re.sub(r"\{[^}]*\}", "loop-word", op["http"]["requestUri"])
    members = model["shapes"][op["input"]["shape"]]["members"].values() if "input" in op else ()
    account = {m["locationName"]: "000000000000" for m in members if m.get("hostLabel") and m.get("location") == "header"}   # S3 Control
    return op["http"]["method"], uri, account, body if body is not None else b""


def send(server, service, model, name, body=None, key=None, secret=None):
    method, target, headers, body = request(model, name, body)
    signing_name = model["metadata"].get("signingName") or model["metadata"]["endpointPrefix"]
    host = f"localhost:{server.port}"
    headers = {"Host": host, **headers}
    if key:
        now = datetime.datetime.now(datetime.timezone.utc)
        stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
        digest = hashlib.sha256(body).hexdigest()
        path, _, query = target.partition("?")
        pairs = sorted((urllib.parse.quote(k, safe="-_.~"), urllib.parse.quote(v, safe="-_.~")) for k, v in urllib.parse.parse_qsl(query, keep_blank_values=True))
        signed = {"host": host, "x-amz-content-sha256": digest, "x-amz-date": stamp}
        names = ";".join(sorted(signed))
        canonical = "\n".join([method, path, "&".join(f"{k}={v}" for k, v in pairs), *(f"{k}:{signed[k]}" for k in sorted(signed)), "", names, digest])
        scope = f"{day}/us-east-1/{signing_name}/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        k = ("AWS4" + secret).encode()
        for part in (day, "us-east-1", signing_name, "aws4_request"):
            k = hmac.new(k, part.encode(), hashlib.sha256).digest()
        headers.update({"X-Amz-Date": stamp, "X-Amz-Content-Sha256": digest,
                        "Authorization": f"AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders={names}, Signature={hmac.new(k, text.encode(), hashlib.sha256).hexdigest()}"})
    c = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    c.request(method, target, body, headers)
    answer = c.getresponse()
    data = answer.read()
    c.close()
    return answer.status, dict((k.lower(), v) for k, v in answer.getheaders()), data, method


def code_of(model, headers, data):
    if model["metadata"]["protocol"] in ("query", "ec2", "rest-xml"):
        root = ElementTree.fromstring(data)
        for element in root.iter():
            if element.tag.rpartition("}")[2] == "Code":
                return element.text
        raise AssertionError(f"no Code in {data!r}")
    if headers.get("content-type") == "application/cbor":
        at = data.index(b"__type") + 6  # a text: its length is in the first byte, or in the second after 0x78
        start, size = (at + 2, data[at + 1]) if data[at] == 0x78 else (at + 1, data[at] - 0x60)
        return data[start:start + size].decode().rpartition("#")[2]
    code = headers.get("x-amzn-errortype") or json.loads(data)["__type"]
    return code.rpartition("#")[2]


@pytest.fixture(scope="module")
def powerless(server):
    iam = server.client("iam")
    iam.create_user(UserName="powerless")
    key = iam.create_access_key(UserName="powerless")["AccessKey"]
    for bucket in ("loop-word", "deny-word"):
        server.client("s3").create_bucket(Bucket=bucket)
    server.client("sqs").create_queue(QueueName="word")
    server.client("sns").create_topic(Name="word")
    return key["AccessKeyId"], key["SecretAccessKey"]


@pytest.mark.parametrize("service, model, name, entry", operations())
def test_every_operation_refuses_what_it_must(server, powerless, service, model, name, entry):
    for body in (b"", b"\x00\xff{<garbage", b'{"a":' * 200, b"<a>" * 200):
        status, headers, data, method = send(server, service, model, name, body, "test", "test")
        assert status < 500 or b"NotImplemented" in data, (body, status, data)
        if status >= 400 and method != "HEAD":
            assert code_of(model, headers, data), data
    status, headers, data, method = send(server, service, model, name)
    if entry.get("authorise") != "none" or not entry.get("anonymous"):
        assert status in (400, 403) or (entry.get("anonymous") and status in (404, 405, 411)), ("unsigned", status, data)
        if method != "HEAD":
            assert code_of(model, headers, data), data
    if entry.get("authorise") == "none":
        return
    status, headers, data, method = send(server, service, model, name, None, *powerless)
    assert status in (400, 403, 404, 411) or (service == "s3" and status == 405), ("denied", status, data)   # 405: named by a parameter that is missing
    if method != "HEAD":
        code = code_of(model, headers, data)
        assert code in ("AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation") or status in (400, 404, 405, 411), (code, data)


# Members whose pattern or meaning a made-up word does not fit.
WORDS = {"PolicyArn": "arn:aws:iam::000000000000:policy/word", "PermissionsBoundary": "arn:aws:iam::000000000000:policy/word", "RoleArn": "arn:aws:iam::000000000000:role/word",
         "PolicyDocument": '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}', "QueueUrl": "http://localhost/000000000000/word",
         "AssumeRolePolicyDocument": '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}', "Bucket": "deny-word",
         "CopySource": "deny-word/word", "VersionId": "v1", "AccountId": "000000000000", "ResourceArn": "arn:aws:s3:::deny-word", "AccessKeyId": "AKIAAAAAAAAAAAAAAAAA", "Policy": "{}",
         **dict.fromkeys(("KeyId", "TargetKeyId", "DestinationKeyId"), "11111111-2222-4333-8444-555555555555"), "AliasName": "alias/word"}
# The same for the members of one service.
TOPIC = "arn:aws:sns:us-east-1:000000000000:word"
WORDS_OF = {"Organizations": {"AccountId": "111122223333", "ParentId": "r-word", "RootId": "r-word", "SourceParentId": "r-word", "DestinationParentId": "ou-word-wordword",
                              "OrganizationalUnitId": "ou-word-wordword", "ChildId": "111122223333", "TargetId": "111122223333", "ResourceId": "111122223333",
                              "PolicyId": "p-wordword", "Email": "word@example.com", "CreateAccountRequestId": "car-wordword"},
            "Lambda": {"Role": "arn:aws:iam::000000000000:role/word", "FunctionVersion": "1", "Resource": "arn:aws:lambda:us-east-1:000000000000:function:word",
                       "Action": "lambda:GetLayerVersion", "Principal": "*", "Arn": "arn:aws:lambda:us-east-1:000000000000:layer:word:1"},
            "DynamoDB": {"ResourceArn": "arn:aws:dynamodb:us-east-1:000000000000:table/word"},
            "SNS": dict.fromkeys(("TopicArn", "ResourceArn"), TOPIC) | {"SubscriptionArn": TOPIC + ":11111111-2222-4333-8444-555555555555", "AWSAccountId": "000000000000"},
            "DynamoDB Streams": {"StreamArn": "arn:aws:dynamodb:us-east-1:000000000000:table/word/stream/2026-01-01T00:00:00.000",
                                 "ShardIterator": "arn:aws:dynamodb:us-east-1:000000000000:table/word/stream/2026-01-01T00:00:00.000|1|MSwx"}}
# Members that are needed though the model does not say so. The blob is one of KMS's, of a key that does not exist.
BLOB = bytes.fromhex("0102020078" + "00" * 8 + "11111111222243338444555555555555" + "00000001" + "00" * 28)
QUEUE = {"SourceArn": "arn:aws:sqs:us-east-1:000000000000:word"}
HANDLE = base64.b64encode(json.dumps({"taskId": "word", "sourceArn": QUEUE["SourceArn"]}).encode()).decode()
MORE = {"kms:Decrypt": {"CiphertextBlob": BLOB}, "kms:ReEncrypt": {"CiphertextBlob": BLOB}, "kms:RetireGrant": {"KeyId": WORDS["KeyId"], "GrantId": "word"},
        **{f"logs:{o}": {"logGroupName": "word"} for o in ("DescribeLogStreams", "GetLogEvents", "FilterLogEvents", "DisassociateKmsKey")},
        "logs:AssociateKmsKey": {"logGroupName": "word", "kmsKeyId": f"arn:aws:kms:us-east-1:000000000000:key/{WORDS['KeyId']}"},
        "sns:Publish": {"TopicArn": TOPIC}, "sqs:StartMessageMoveTask": QUEUE, "sqs:ListMessageMoveTasks": QUEUE, "sqs:CancelMessageMoveTask": {"TaskHandle": HANDLE}}


def minimal(model, shape_name, member=None):
    """The smallest value that a shape's constraints allow."""
    shape = model["shapes"][shape_name]
    kind = shape["type"]
    if kind == "structure":
        return {m: minimal(model, shape["members"][m]["shape"], m) for m in shape.get("required", [])}
    if kind == "list":
        return [minimal(model, shape["member"]["shape"])]
    if kind == "map":
        return {"word": minimal(model, shape["value"]["shape"])}
    if kind == "string":
        return WORDS_OF.get(model["metadata"]["serviceId"], WORDS).get(member) or (shape["enum"][0] if "enum" in shape else "w" * max(shape.get("min", 1), 4))
    if kind == "timestamp":
        return datetime.datetime.now(datetime.timezone.utc)
    return {"boolean": True, "blob": b"x", "float": 1.0, "double": 1.0}.get(kind, max(1, int(shape.get("min", 1))))


@pytest.mark.parametrize("service, model, name, entry", operations())
def test_every_operation_denies_whoever_lacks_the_permission(server, powerless, service, model, name, entry):
    if entry.get("authorise") == "none" or entry.get("identify"):  # the input's bearer is decided on, not the signer
        return
    import botocore.exceptions
    from botocore import xform_name
    own_name = service in ("cloudwatch", "dynamodbstreams", "s3control")
    client = server.client(service if own_name else model["metadata"].get("signingName", service), *powerless, parameter_validation=False)
    client.meta.events.register("before-sign.s3-control", lambda request, **_: setattr(request, "url", request.url.replace("//000000000000.", "//")))
    shape = model["operations"][name].get("input", {}).get("shape")
    try:
        answer = getattr(client, xform_name(name))(**(minimal(model, shape) if shape else {}) | MORE.get(f"{service}:{name}", {}))
    except botocore.exceptions.ClientError as e:
        code, status = e.response["Error"]["Code"], e.response["ResponseMetadata"]["HTTPStatusCode"]
        # What does not exist is said before who may see it, where AWS does so too.
        assert code in ("AccessDenied", "AccessDeniedException", "AuthorizationError", "403") or "NonExistentQueue" in code or code == "NoSuchUpload", (code, e.response["Error"])
        assert status in (400, 403, 404)
    else:
        # Batches are decided entry by entry.
        assert answer.get("Errors") and {e["Code"] for e in answer["Errors"]} == {"AccessDenied"}, f"{service}:{name} was allowed"


def test_the_server_is_still_well(server):
    assert server.client("sts").get_caller_identity()["Account"] == "000000000000"
