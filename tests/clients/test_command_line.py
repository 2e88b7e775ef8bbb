"""The `fogbank` command as a person uses it."""
import json
import subprocess

import pytest

from conftest import BUILD


@pytest.fixture
def fogbank(server):
    def run(*words, code=0):
        done = subprocess.run([str(BUILD / "fogbank"), *words, "--port", str(server.port)], capture_output=True, text=True, timeout=60)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout if code == 0 else done.stderr
    return run


def test_status_and_doctor_tell_what_is(fogbank, server):
    assert json.loads(fogbank("status"))["pid"] == server.pid
    helpers = {h["name"]: h for h in json.loads(fogbank("doctor"))["helpers"]}
    assert helpers["python3"]["found"] and "Python 3" in helpers["python3"]["version"]


def test_env_points_tools_here_and_away_from_aws(fogbank, server):
    text = fogbank("env")
    assert f"AWS_ENDPOINT_URL=http://localhost:{server.port}" in text and "unset AWS_PROFILE" in text


def test_the_clock_freezes_advances_and_thaws(fogbank):
    assert json.loads(fogbank("clock", "freeze"))["frozen"] is True
    before = json.loads(fogbank("clock", "show"))["virtual_time"]
    assert json.loads(fogbank("clock", "show"))["virtual_time"] == before
    later = json.loads(fogbank("clock", "advance", "3d"))
    assert later["virtual_time"][:10] > before[:10] and later["ahead_ms"] > 250000000
    assert json.loads(fogbank("clock", "thaw"))["frozen"] is False
    assert "is needed" in fogbank("clock", "advance", "soon", code=1)


def test_faults_make_calls_fail_until_removed(fogbank, server):
    import botocore.exceptions
    sts = server.client("sts")
    rule = json.loads(fogbank("fault", "add", "--kind", "error", "--service", "sts", "--code", "Broken", "--status", "503", "--count", "2"))["id"]
    for _ in range(2):
        with pytest.raises(botocore.exceptions.ClientError) as e:
            sts.get_caller_identity()
        assert e.value.response["Error"]["Code"] == "Broken" and e.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    sts.get_caller_identity()
    assert rule in fogbank("fault", "list")
    fogbank("fault", "remove", rule)
    assert rule not in fogbank("fault", "list")
    fogbank("fault", "add", "--kind", "drop", "--service", "sts", "--count", "1")
    with pytest.raises(botocore.exceptions.HTTPClientError):
        sts.get_caller_identity()
    fogbank("fault", "add", "--kind", "throttle", "--service", "sts", "--count", "1")
    with pytest.raises(botocore.exceptions.ClientError) as e:
        sts.get_caller_identity()
    assert e.value.response["Error"]["Code"] == "Throttling"
    fogbank("fault", "remove")


def test_explain_of_an_unknown_request_says_so(fogbank):
    assert fogbank("explain", "00000000-0000-7000-8000-000000000000", code=1) == "fogbank: no access record of request 00000000-0000-7000-8000-000000000000\n"


def test_explain_without_an_id_tells_of_the_newest_denial(fogbank, server):
    import botocore.exceptions
    assert fogbank("explain", code=1) == "fogbank: no call was denied\n"
    iam = server.client("iam", key="333333333333")
    iam.create_user(UserName="unable")
    iam.put_user_policy(UserName="unable", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Sid": "All", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}, {"Sid": "NoLists", "Effect": "Deny", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]}))
    key = iam.create_access_key(UserName="unable")["AccessKey"]
    with pytest.raises(botocore.exceptions.ClientError):
        server.client("s3", key=key["AccessKeyId"], secret=key["SecretAccessKey"]).list_buckets()
    server.client("s3").list_buckets()   # allowed calls are passed over
    why = json.loads(fogbank("explain"))
    assert (why["operation"], why["principal"], why["allowed"]) == ("ListBuckets", "arn:aws:iam::333333333333:user/unable", False)
    assert why["decision"].count("NoLists") == 1 and "(All)" in why["decision"]


def test_a_snapshot_brings_everything_back(fogbank, server, tmp_path):
    s3 = server.client("s3")
    s3.create_bucket(Bucket="snapshot-test")
    s3.put_object(Bucket="snapshot-test", Key="large", Body=b"x" * 300000)
    file = str(tmp_path / "state.fogbank")
    fogbank("snapshot", "save", file)
    s3.delete_object(Bucket="snapshot-test", Key="large")
    server.client("iam").create_user(UserName="after-the-snapshot")
    fogbank("snapshot", "load", file)
    assert s3.get_object(Bucket="snapshot-test", Key="large")["Body"].read() == b"x" * 300000
    assert server.client("iam").list_users()["Users"] == []
    (tmp_path / "broken").write_bytes(b"no snapshot")
    assert "fogbank: " in fogbank("snapshot", "load", str(tmp_path / "broken"), code=1)
    assert s3.get_object(Bucket="snapshot-test", Key="large")["Body"].read(1) == b"x"


def test_reset_empties_one_account_or_all(fogbank, server):
    for key in ("test", "222222222222"):
        server.client("iam", key=key).create_user(UserName="someone")
    fogbank("reset", "--account", "222222222222")
    assert server.client("iam", key="222222222222").list_users()["Users"] == []
    assert [u["UserName"] for u in server.client("iam").list_users()["Users"]] == ["someone"]
    fogbank("reset")
    assert server.client("iam").list_users()["Users"] == []


def test_without_a_server_the_command_says_how_to_start_one(server):
    done = subprocess.run([str(BUILD / "fogbank"), "status", "--port", "1"], capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr == "fogbank: no server runs on port 1 (start one with `fogbank start`)\n"
