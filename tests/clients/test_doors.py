"""What must not get in: bad signatures, expired tokens, web pages of strangers, wrong hosts, missing admin tokens."""
import datetime
import hashlib
import hmac
import http.client
import json
import socket
import urllib.error
import urllib.request

import botocore.exceptions
import pytest


def raw(server, method="POST", path="/", headers=None, body=b"", host=None):
    c = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    c.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    headers = {"Host": host or f"localhost:{server.port}", "Content-Length": str(len(body)), **(headers or {})}
    for k, v in headers.items():
        c.putheader(k, v)
    c.endheaders(body)
    answer = c.getresponse()
    data = answer.read()
    c.close()
    return answer.status, data, answer.headers


def signed(server, service="sts", body=b"Action=GetCallerIdentity&Version=2011-06-15", key="test", secret="test", when=datetime.timedelta(), host=None):
    """Headers of a signed POST to /; `when` shifts the signer's clock."""
    moment = datetime.datetime.now(datetime.timezone.utc) + when
    stamp, day = moment.strftime("%Y%m%dT%H%M%SZ"), moment.strftime("%Y%m%d")
    host = host or f"localhost:{server.port}"
    scope = f"{day}/us-east-1/{service}/aws4_request"
    canonical = f"POST\n/\n\nhost:{host}\nx-amz-date:{stamp}\n\nhost;x-amz-date\n{hashlib.sha256(body).hexdigest()}"
    to_sign = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signing_key = ("AWS4" + secret).encode()
    for part in (day, "us-east-1", service, "aws4_request"):
        signing_key = hmac.new(signing_key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(signing_key, to_sign.encode(), hashlib.sha256).hexdigest()
    return {"Content-Type": "application/x-www-form-urlencoded", "X-Amz-Date": stamp,
            "Authorization": f"AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders=host;x-amz-date, Signature={signature}"}


IDENTITY = b"Action=GetCallerIdentity&Version=2011-06-15"


def test_a_signed_call_gets_in(server):
    status, body, _ = raw(server, headers=signed(server), body=IDENTITY)
    assert status == 200 and b"<Account>000000000000</Account>" in body


def test_an_unsigned_call_is_refused(server):
    status, body, _ = raw(server, headers={"Content-Type": "application/x-www-form-urlencoded"}, body=IDENTITY)
    assert status == 403 and b"MissingAuthenticationToken" in body


def test_a_wrong_secret_is_refused_with_the_canonical_request(server):
    with pytest.raises(botocore.exceptions.ClientError) as e:
        server.client("sts", secret="wrong").get_caller_identity()
    assert e.value.response["Error"]["Code"] == "SignatureDoesNotMatch"
    assert "The Canonical String for this request should have been" in e.value.response["Error"]["Message"]
    assert e.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_an_unknown_key_is_refused(server):
    with pytest.raises(botocore.exceptions.ClientError) as e:
        server.client("sts", key="AKIAIOSFODNN7EXAMPLE").get_caller_identity()
    assert e.value.response["Error"] == {"Type": "Sender", "Code": "InvalidClientTokenId", "Message": "The security token included in the request is invalid."}


def test_a_body_changed_after_signing_is_refused(server):
    status, body, _ = raw(server, headers=signed(server), body=IDENTITY.replace(b"2011", b"2012"))
    assert status == 403 and b"SignatureDoesNotMatch" in body


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_skewed_clock_is_refused(server, hours):
    status, body, _ = raw(server, headers=signed(server, when=datetime.timedelta(hours=hours)), body=IDENTITY)
    assert status == 403 and b"SignatureDoesNotMatch" in body and (b"Signature expired" if hours < 0 else b"Signature not yet current") in body


def test_a_session_token_that_we_did_not_make_is_refused(server):
    with pytest.raises(botocore.exceptions.ClientError) as e:
        server.client("sts", key="ASIAIOSFODNN7EXAMPLE", token="not-a-token").get_caller_identity()
    assert e.value.response["Error"]["Code"] == "InvalidClientTokenId"


def test_sigv4a_is_recognised_and_refused(server):
    headers = {"Authorization": "AWS4-ECDSA-P256-SHA256 Credential=test/20260101/sts/aws4_request, SignedHeaders=host, Signature=00", "X-Amz-Date": "20260101T000000Z"}
    status, body, _ = raw(server, headers=headers, body=IDENTITY)
    assert status == 501 and b"ECDSA" in body


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}])
def test_web_pages_of_strangers_are_refused(server, headers):
    status, body, _ = raw(server, headers={**signed(server), **headers}, body=IDENTITY)
    assert status == 403 and b"AccessDenied" in body


def test_a_rebound_host_name_is_refused(server):
    host = f"rebind.evil.example:{server.port}"
    status, _, _ = raw(server, headers=signed(server, host=host), body=IDENTITY, host=host)
    assert status == 403


@pytest.mark.parametrize("headers, host", [
    ({}, None), ({"X-Fogbank-Token": "0" * 64}, None), ({"Authorization": "Bearer "}, None),
])
def test_admin_needs_its_token(server, headers, host):
    status, body, _ = raw(server, "GET", "/_fogbank/status", headers)
    assert status == 401 and json.loads(body)["error"] == "Unauthorized"


def test_admin_checks_host_and_origin_even_with_the_token(server):
    token = open(f"{server.data}/admin-token").read().strip()
    assert raw(server, "GET", "/_fogbank/status", {"X-Fogbank-Token": token})[0] == 200
    assert raw(server, "GET", "/_fogbank/status", {"X-Fogbank-Token": token, "Origin": "http://evil.example"})[0] == 403
    assert raw(server, "GET", "/_fogbank/status", {"X-Fogbank-Token": token}, host="evil.example")[0] == 403
    assert raw(server, "GET", "/_fogbank/status", {"X-Fogbank-Token": token, "Sec-Fetch-Site": "cross-site"})[0] == 403


def test_reset_needs_permission_at_start(server, fresh_server):
    assert raw(server, "POST", "/moto-api/reset")[0] == 403
    open_server = fresh_server("--allow-reset")
    open_server.client("iam").create_user(UserName="gone")
    assert raw(open_server, "POST", "/moto-api/reset")[0] == 200
    assert open_server.client("iam").list_users()["Users"] == []


def test_development_credentials_can_be_turned_off(fresh_server):
    s = fresh_server("--no-dev-credentials")
    with pytest.raises(botocore.exceptions.ClientError) as e:
        s.client("sts").get_caller_identity()
    assert e.value.response["Error"]["Code"] == "InvalidClientTokenId"


def test_the_admin_token_and_keys_are_private(server):
    import os
    import stat
    for name in ("admin-token", "session.key", "ca/ca.key", "ca/server.key"):
        assert stat.S_IMODE(os.stat(f"{server.data}/{name}").st_mode) == 0o600, name


def test_garbage_on_the_socket_does_not_hurt(server):
    for junk in (b"\x00" * 100, b"GET\r\n\r\n", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n", b"\x16\x03\x01\x00\x05hello",
                 b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 300 + b"\r\n", b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", server.port), 5) as s:
            s.sendall(junk)
            s.shutdown(socket.SHUT_WR)
            s.settimeout(5)
            while s.recv(65536):
                pass
    assert server.client("sts").get_caller_identity()["Account"] == "000000000000"


def test_a_second_server_on_the_same_directory_or_port_is_refused(server):
    import subprocess
    twice = subprocess.run([server.binary, "start", "--port", "0", "--data", server.data], capture_output=True, text=True, timeout=20)
    assert twice.returncode != 0 and str(server.pid) in twice.stderr
    import tempfile
    with tempfile.TemporaryDirectory() as other:
        same_port = subprocess.run([server.binary, "start", "--port", str(server.port), "--data", other], capture_output=True, text=True, timeout=20)
    assert same_port.returncode != 0 and str(server.port) in same_port.stderr


def test_tls_shares_the_port(server):
    import ssl
    ca = urllib.request.Request(f"{server.url}/_fogbank/ca", headers={"X-Fogbank-Token": open(f"{server.data}/admin-token").read().strip()})
    pem = urllib.request.urlopen(ca, timeout=10).read().decode()
    context = ssl.create_default_context(cadata=pem)
    c = http.client.HTTPSConnection("localhost", server.port, context=context, timeout=10)
    c.request("GET", "/_localstack/health")
    assert c.getresponse().status == 200


@pytest.mark.parametrize("service, call, parameters", [
    ("cloudhsmv2", "describe_clusters", {}),                               # JSON
    ("elasticbeanstalk", "describe_applications", {}),                     # Query
    ("braket", "get_device", {"deviceArn": "d"}),                          # REST, JSON
    ("cloudfront", "list_distributions", {}),                              # REST, XML
    ("ec2", "describe_instances", {}),
])
def test_a_client_understands_that_its_service_is_not_here(server, service, call, parameters):
    with pytest.raises(botocore.exceptions.ClientError) as e:
        getattr(server.client(service), call)(**parameters)
    assert e.value.response["Error"]["Code"] == "NotImplemented", e.value
    assert "is not served by Fogbank" in e.value.response["Error"]["Message"]
    assert e.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
