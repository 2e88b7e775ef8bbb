"""The same journey with each AWS SDK, as users run them: default settings, virtual-hosted buckets, credentials of an assumed role. See README.md."""
import base64
import concurrent.futures
import hashlib
import json
import os
import pathlib
import random
import socket
import subprocess
import sys
import tempfile
import zlib

import pytest
import requests

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from programs import PROGRAMS, Unavailable  # noqa: E402

ACCOUNT = "000000000000"
REGION = "us-east-1"
SMALL = "Grüße from the fog, <&> \"quoted\"\n"
SPECIAL_KEY = "allowed/a b+c=d&e/ü-%41~'(*)!.txt"
LARGE_SIZE = 12 << 20
# What each SDK's transfer manager cuts a file into unless told otherwise.
PART_SIZE = {"python": 8 << 20, "cli": 8 << 20, "go": 5 << 20, "java": 8 << 20, "js": 5 << 20}


# Over TLS the SDKs do not sign payloads, and send checksums behind the bytes instead of before them. The aws CLI is botocore again.
RUNS = [*PROGRAMS, "python-tls", "go-tls", "java-tls", "js-tls"]


def authority_of(server):
    return pathlib.Path(server.data) / "ca/ca.pem"


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions, resource):
    return {"Effect": "Allow", "Action": actions, "Resource": resource}


def journey(name, large_file):
    """What the program is told: see README.md."""
    return {
        "name": name, "largeFile": str(large_file), "small": SMALL, "specialKey": SPECIAL_KEY,
        "trust": document({"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}),
        "policy": document(
            allow(["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::{name}-bucket/allowed/*"), allow("s3:ListBucket", f"arn:aws:s3:::{name}-bucket"),
            allow(["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}-queue"),
            allow("sqs:GetQueueUrl", "*"), allow(["cloudwatch:PutMetricData", "cloudwatch:GetMetricStatistics"], "*")),
    }


def environment(server, tls):
    """Only the endpoint, the Region and credentials are given; nothing of the user's own set-up reaches the programs."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    scheme = "https" if tls else "http"
    return {**kept, "AWS_ENDPOINT_URL": f"{scheme}://fogbank.localhost:{server.port}", "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION, "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test", "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true"}


def trust_in(authority, language, folder):
    """How each language is told of the server's certificate authority."""
    if language == "js":
        return {"NODE_EXTRA_CA_CERTS": str(authority)}
    if language == "java":
        store = folder / "trust.p12"
        subprocess.run(["keytool", "-importcert", "-noprompt", "-alias", "fogbank", "-file", str(authority), "-keystore", str(store), "-storetype", "PKCS12",
                        "-storepass", "fogbank"], check=True, capture_output=True)
        return {"JDK_JAVA_OPTIONS": f"-Djavax.net.ssl.trustStore={store} -Djavax.net.ssl.trustStorePassword=fogbank"}
    return {"AWS_CA_BUNDLE": str(authority)}


def run(name, server, folder, large_file):
    """The decoded line of results of one program."""
    language, tls = name.removesuffix("-tls"), name.endswith("-tls")
    command, additions = PROGRAMS[language]()
    if tls:
        additions = {**additions, **trust_in(authority_of(server), language, folder)}
    plan = folder / f"{name}.json"
    plan.write_text(json.dumps(journey(name, large_file)))
    done = subprocess.run([*map(str, command), str(plan)], env={**environment(server, tls), **additions}, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{name} ended with {done.returncode}:\n{done.stdout[-2000:]}\n{done.stderr[-6000:]}"
    return json.loads(done.stdout.strip().splitlines()[-1])


said = set()


def skip(request, reason):
    """Skips, and says so once: tools/run-tests shows such lines."""
    if reason not in said:
        said.add(reason)
        with request.config.pluginmanager.get_plugin("capturemanager").global_and_fixture_disabled():
            request.config.pluginmanager.get_plugin("terminalreporter").write_line(f"\nskipped: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="module")
def large():
    return random.Random(1).randbytes(LARGE_SIZE)


@pytest.fixture(scope="module")
def results(request, server, large):
    """Starts all programs that this run asks for, two at a time: building and starting take longer than the calls."""
    try:
        socket.getaddrinfo("bucket.fogbank.localhost", server.port)
    except OSError:
        skip(request, "names under localhost do not resolve here: install libnss-myhostname")
    wanted = dict.fromkeys(item.callspec.params["program"] for item in request.session.items if item.module is request.module)
    with tempfile.TemporaryDirectory(prefix="fogbank-sdks-") as folder, concurrent.futures.ThreadPoolExecutor(2) as pool:
        large_file = pathlib.Path(folder) / "large.bin"
        large_file.write_bytes(large)
        yield {name: pool.submit(run, name, server, pathlib.Path(folder), large_file) for name in wanted}


@pytest.fixture
def result(request, results, program):
    try:
        return results[program].result()
    except Unavailable as e:
        skip(request, str(e))


pytestmark = [pytest.mark.parametrize("program", RUNS), pytest.mark.timeout(900)]  # downloads and builds, the first time


def test_the_caller_is_the_session_of_the_role(result, program):
    assert result["caller"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/{program}-role/{program}-session"


def test_objects_come_back_as_they_were_put(result, program, large):
    assert result["small"] == SMALL
    assert result["content_type"] == "text/plain"
    assert result["metadata"] == {"colour": "blue"}
    assert result["range"] == SMALL.encode()[2:7].decode()
    assert result["special"] == SPECIAL_KEY
    assert result["large_sha256"] == hashlib.sha256(large).hexdigest()


def test_the_checksum_that_the_sdk_sends_unasked_is_kept(result, program):
    """Before the body, or, over TLS, in an unsigned trailer behind it."""
    assert base64.b64decode(result["checksum"]) == zlib.crc32(SMALL.encode()).to_bytes(4, "big")


def test_the_transfer_manager_uploads_in_parts(result, program, large):
    size = PART_SIZE[program.removesuffix("-tls")]
    parts = [hashlib.md5(large[i:i + size]).digest() for i in range(0, len(large), size)]
    assert len(parts) > 1
    assert result["large_etag"].strip('"') == f"{hashlib.md5(b''.join(parts)).hexdigest()}-{len(parts)}"


def test_pages_of_a_listing_are_in_order_and_whole(result, program):
    assert result["keys"] == sorted([SPECIAL_KEY, "allowed/large.bin", "allowed/small.txt"], key=str.encode)


def test_a_presigned_address_works_without_credentials(result, program, server):
    authority = authority_of(server)
    answer = requests.get(result["presigned"], timeout=10, verify=str(authority))
    assert (answer.status_code, answer.content) == (200, SMALL.encode()), answer.text
    tampered = requests.get(result["presigned"].replace("small.txt", "large.bin"), timeout=10, verify=str(authority))
    assert tampered.status_code == 403 and "<Code>SignatureDoesNotMatch</Code>" in tampered.text


def test_an_empty_queue_is_waited_for_and_a_message_ends_the_wait(result, program):
    assert result["empty"] == 0
    assert result["empty_seconds"] >= 1
    assert result["woken_seconds"] < 20  # the receive's own wait
    assert (result["message"], result["message_attribute"]) == (SMALL, "blue")
    assert result["left"] == {"ApproximateNumberOfMessages": "0", "ApproximateNumberOfMessagesNotVisible": "0"}


def test_a_metric_can_be_read(result, program):
    assert result["metric"] == {"sum": 42.5, "count": 2}


def test_modelled_errors_reach_the_program_as_their_types(result, program):
    assert result["missing_key_is_typed"] is True
    assert result["missing_queue_is_typed"] is True


DENIED = {  # action as the service spells it, and resource
    "s3": ("s3:PutObject", '"arn:aws:s3:::{p}-bucket/forbidden.txt"'),
    "s3_large": ("s3:PutObject", '"arn:aws:s3:::{p}-bucket/forbidden.bin"'),
    "sqs": ("sqs:sendmessage", "arn:aws:sqs:us-east-1:000000000000:{p}-other"),
    "cloudwatch": ("cloudwatch:ListMetrics", None),
    "iam": ("iam:CreateUser", "arn:aws:iam::000000000000:user/{p}-user"),
    "sts": ("sts:AssumeRole", "arn:aws:iam::000000000000:role/{p}-role"),
}


@pytest.mark.parametrize("service", DENIED)
def test_what_the_role_may_not_do_is_refused_in_aws_words(result, program, service):
    action, resource = DENIED[service]
    message = f"User: arn:aws:sts::{ACCOUNT}:assumed-role/{program}-role/{program}-session is not authorized to perform: {action}"
    if resource:
        message += f" on resource: {resource.format(p=program)}"
    message += f" because no identity-based policy allows the {action} action"
    got = result["denied"][service]
    assert (got["code"], got["message"]) == ("AccessDenied", message)
    if program != "cli":  # which does not show it
        assert got["status"] == 403
