"""STS by real clients: web identities of an issuer on this machine, federated users, session tokens, credential providers."""
import base64
import json
import os
import pathlib
import subprocess
import sys
import time

import pytest
from botocore.exceptions import ClientError
from conftest import wait_for

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from issuer import Issuer, Key, b64  # noqa: E402

ACCOUNT = "000000000000"


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def error(call, **arguments):
    with pytest.raises(ClientError) as e:
        call(**arguments)
    return e.value.response["Error"]["Code"], e.value.response["Error"]["Message"]


def credentials(answer):
    c = answer["Credentials"]
    return dict(key=c["AccessKeyId"], secret=c["SecretAccessKey"], token=c["SessionToken"])


@pytest.fixture(scope="module")
def issuer(tmp_path_factory):
    i = Issuer(tmp_path_factory.mktemp("issuer"))
    yield i
    i.close()


@pytest.fixture(scope="module")
def provider(server, issuer):
    return server.client("iam").create_open_id_connect_provider(Url=issuer.url, ClientIDList=["app", "other"], ThumbprintList=[issuer.thumbprint])["OpenIDConnectProviderArn"]


def role(server, name, federated, condition=None, actions=("sts:AssumeRoleWithWebIdentity",), policy=None, **more):
    statement = {"Effect": "Allow", "Principal": {"Federated": federated}, "Action": list(actions)}
    if condition:
        statement["Condition"] = condition
    iam = server.client("iam")
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(statement), **more)["Role"]["Arn"]
    if policy:
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy)
    return arn


def unsigned(server):
    from botocore import UNSIGNED
    return server.client("sts", signature_version=UNSIGNED)


def assume(server, arn, token, session="web-session", **more):
    return unsigned(server).assume_role_with_web_identity(RoleArn=arn, RoleSessionName=session, WebIdentityToken=token, **more)


def test_a_token_of_the_accounts_provider_opens_a_role(server, issuer, provider):
    arn = role(server, "web", provider, {"StringEquals": {f"{issuer.name}:aud": "app", f"{issuer.name}:sub": "alice@example.com"}},
               policy=document(allow("sqs:ListQueues")))
    answer = assume(server, arn, issuer.token())
    assert set(answer) == {"Credentials", "SubjectFromWebIdentityToken", "AssumedRoleUser", "Provider", "Audience", "ResponseMetadata"}
    assert answer["SubjectFromWebIdentityToken"] == "alice@example.com" and answer["Audience"] == "app" and answer["Provider"] == provider
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/web/web-session"
    assert server.client("sts", **credentials(answer)).get_caller_identity()["Arn"] == answer["AssumedRoleUser"]["Arn"]
    server.client("sqs", **credentials(answer)).list_queues()
    assert error(server.client("sqs", **credentials(answer)).create_queue, QueueName="q")[0] == "AccessDenied"
    code, message = error(assume, server=server, arn=arn, token=issuer.token(sub="mallory"))
    assert (code, message) == ("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
    assert error(assume, server=server, arn=f"arn:aws:iam::{ACCOUNT}:role/none", token=issuer.token())[0] == "AccessDenied"
    # A signature is not looked at: also stale credentials in the environment do not matter.
    stranger = server.client("sts", key="AKIAAAAAAAAAAAAAAAAA", secret="x")
    assert stranger.assume_role_with_web_identity(RoleArn=arn, RoleSessionName="s-1", WebIdentityToken=issuer.token())["Credentials"]


def test_keys_are_fetched_once_and_rotation_is_noticed(server, tmp_path):
    issuer = Issuer(tmp_path / "rotating", "/realms/main")
    try:
        arn = server.client("iam").create_open_id_connect_provider(Url=issuer.url, ClientIDList=["app"], ThumbprintList=[issuer.thumbprint])["OpenIDConnectProviderArn"]
        target = role(server, "rotating", arn)
        for _ in range(3):
            assume(server, target, issuer.token())
        assert issuer.requests == ["/realms/main/.well-known/openid-configuration", "/realms/main/keys"]
        old, issuer.keys = issuer.keys[0], [Key(issuer.folder, "two", "ES256")]

        def rotated():
            try:
                return assume(server, target, issuer.token())
            except ClientError as e:
                assert e.response["Error"]["Message"].startswith("Couldn't retrieve verification key from your identity provider")
        wait_for(rotated, what="the new key")
        assert error(assume, server=server, arn=target, token=issuer.token(key=old))[0] == "InvalidIdentityToken"
    finally:
        issuer.close()


def test_calls_wait_for_keys_without_holding_the_server(server, tmp_path):
    from concurrent.futures import ThreadPoolExecutor
    issuer = Issuer(tmp_path / "slow")
    try:
        issuer.delay = 0.4
        arn = server.client("iam").create_open_id_connect_provider(Url=issuer.url, ClientIDList=["app"], ThumbprintList=[issuer.thumbprint])["OpenIDConnectProviderArn"]
        target = role(server, "slow", arn)
        token = issuer.token()
        with ThreadPoolExecutor(12) as pool:
            waiting = [pool.submit(assume, server, target, token) for _ in range(12)]
            wait_for(lambda: issuer.requests, what="the fetch")
            server.client("sts").get_caller_identity()
            assert not all(w.done() for w in waiting)
            assert all(w.result()["Credentials"] for w in waiting)
        assert len(issuer.requests) == 2
    finally:
        issuer.close()


def test_what_is_wrong_with_a_token_is_said(server, issuer, provider):
    arn = role(server, "strict", provider)

    def refused(token):
        return error(assume, server=server, arn=arn, token=token)

    now = int(time.time())
    invalid = "InvalidIdentityToken"
    assert refused("not-a-token")[0] == invalid
    assert refused("a.b.c") == (invalid, "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")
    assert refused(issuer.token(aud="stranger")) == (invalid, "Incorrect token audience")
    assert refused(issuer.token(azp="stranger")) == (invalid, "Incorrect token audience")
    assert refused(issuer.token(iss="https://elsewhere.example")) == (invalid, "No OpenIDConnect provider found in your account for https://elsewhere.example")
    assert refused(issuer.token(sub=None)) == (invalid, "Missing a required claim: sub")
    assert refused(issuer.token(aud=None)) == (invalid, "Missing a required claim: aud")
    code, message = refused(issuer.token(exp=now - 5))
    assert code == "ExpiredTokenException" and message.startswith("Token expired: current date/time ")
    assert refused(issuer.token(nbf=now + 4000))[0] == invalid
    assert refused(issuer.token(header={"kid": "none"}))[1].startswith("Couldn't retrieve verification key from your identity provider,  please reference")
    good = issuer.token()
    head, body, signature = good.split(".")
    forged = b64(json.dumps({**json.loads(base64.urlsafe_b64decode(body + "==")), "sub": "mallory"}).encode())
    assert refused(f"{head}.{forged}.{signature}") == (invalid, "Token signature is invalid")
    for header in ({"alg": "none"}, {"alg": "HS256"}):
        assert refused(issuer.token(header=header))[0] == invalid
    assert refused(f"{b64(json.dumps({'alg': 'none'}).encode())}.{body}.")[0] == invalid
    google = role(server, "google", "accounts.google.com")
    assert error(assume, server=server, arn=google, token=issuer.token(iss="https://accounts.google.com"))[0] == "NotImplemented"
    assert error(unsigned(server).assume_role_with_web_identity, RoleArn=arn, RoleSessionName="s1", WebIdentityToken=good, ProviderId="www.amazon.com")[0] == "NotImplemented"
    assert assume(server, arn, good)


def test_an_issuer_is_trusted_by_thumbprint_and_reached_over_the_guard(server, tmp_path):
    issuer = Issuer(tmp_path / "pinned")
    iam = server.client("iam")
    try:
        arn = iam.create_open_id_connect_provider(Url=issuer.url, ClientIDList=["app"], ThumbprintList=["0" * 40])["OpenIDConnectProviderArn"]
        target = role(server, "pinned", arn)
        assert error(assume, server=server, arn=target, token=issuer.token()) == ("InvalidIdentityToken", "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint")
        iam.update_open_id_connect_provider_thumbprint(OpenIDConnectProviderArn=arn, ThumbprintList=[issuer.thumbprint])
        assert assume(server, target, issuer.token())
    finally:
        issuer.close()
    own = f"https://localhost:{server.port}"
    arn = iam.create_open_id_connect_provider(Url=own, ClientIDList=["app"], ThumbprintList=["0" * 40])["OpenIDConnectProviderArn"]
    target = role(server, "own-port", arn)
    assert error(assume, server=server, arn=target, token=issuer.token(iss=own))[1].startswith("Couldn't retrieve verification key")


def test_claims_become_tags_source_identity_and_keys(server, issuer, provider):
    tags = {"https://aws.amazon.com/tags": {"principal_tags": {"Project": ["fog"], "Cost": ["1"]}, "transitive_tag_keys": ["Project"]}}
    untagged = role(server, "untagged", provider)
    assert error(assume, server=server, arn=untagged, token=issuer.token(**tags)) == ("AccessDenied", "Not authorized to perform sts:TagSession")
    both = ("sts:AssumeRoleWithWebIdentity", "sts:TagSession")
    arn = role(server, "tagged", provider, {"StringEquals": {"aws:RequestTag/Project": "fog"}}, both, document(
        allow("sqs:CreateQueue", "arn:aws:sqs:*:*:${aws:PrincipalTag/Project}-*"),
        allow("sqs:ListQueues", Condition={"StringEquals": {"aws:FederatedProvider": provider, f"{issuer.name}:sub": "alice@example.com"}})))
    answer = assume(server, arn, issuer.token(**tags))
    assert answer["PackedPolicySize"] > 0
    sqs = server.client("sqs", **credentials(answer))
    sqs.create_queue(QueueName="fog-a")
    sqs.list_queues()
    assert error(sqs.create_queue, QueueName="sun-a")[0] == "AccessDenied"
    assert error(assume, server=server, arn=arn, token=issuer.token())[0] == "AccessDenied"
    source = {"https://aws.amazon.com/source_identity": "alice"}
    assert error(assume, server=server, arn=untagged, token=issuer.token(**source)) == ("AccessDenied", "Not authorized to perform sts:SetSourceIdentity")
    named = role(server, "named", provider, {"StringEquals": {"sts:SourceIdentity": "alice"}}, ("sts:AssumeRoleWithWebIdentity", "sts:SetSourceIdentity"))
    assert assume(server, named, issuer.token(**source))["SourceIdentity"] == "alice"
    several = role(server, "several", provider, {"ForAnyValue:StringEquals": {f"{issuer.name}:amr": "mfa"}})
    assert assume(server, several, issuer.token(amr=["pwd", "mfa"]))
    assert error(assume, server=server, arn=several, token=issuer.token(amr=["pwd"]))[0] == "AccessDenied"


def test_session_policies_and_durations_bound_web_sessions(server, issuer, provider):
    arn = role(server, "bounded", provider, policy=document(allow("sqs:*")))
    answer = assume(server, arn, issuer.token(), Policy=document(allow("sqs:ListQueues")), DurationSeconds=900)
    sqs = server.client("sqs", **credentials(answer))
    sqs.list_queues()
    assert error(sqs.create_queue, QueueName="x")[0] == "AccessDenied"
    assert error(assume, server=server, arn=arn, token=issuer.token(), DurationSeconds=7200) == (
        "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    assert error(assume, server=server, arn=arn, token=issuer.token(), Policy="{")[0] == "MalformedPolicyDocument"


def user(server, name, policy):
    iam = server.client("iam")
    iam.create_user(UserName=name, Tags=[{"Key": "team", "Value": "red"}])
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return dict(key=key["AccessKeyId"], secret=key["SecretAccessKey"])


def test_federated_users_may_do_what_both_policies_allow(server):
    bob = user(server, "bob", document(allow(["sqs:*", "sts:*"])))
    sts = server.client("sts", **bob)
    answer = sts.get_federation_token(Name="feda", Policy=document(allow(["sqs:ListQueues", "s3:ListAllMyBuckets", "iam:ListUsers"])))
    assert answer["FederatedUser"] == {"FederatedUserId": f"{ACCOUNT}:feda", "Arn": f"arn:aws:sts::{ACCOUNT}:federated-user/feda"}
    assert answer["PackedPolicySize"] > 0
    feda = credentials(answer)
    assert server.client("sts", **feda).get_caller_identity()["Arn"] == f"arn:aws:sts::{ACCOUNT}:federated-user/feda"
    server.client("sqs", **feda).list_queues()
    assert error(server.client("s3", **feda).list_buckets)[0] == "AccessDenied"         # not the user's
    assert error(server.client("sqs", **feda).create_queue, QueueName="x")[0] == "AccessDenied"  # not the session's
    assert error(server.client("iam", **feda).list_users)[0] == "InvalidClientTokenId"
    for call in ("get_session_token", "get_federation_token"):
        code, message = error(getattr(server.client("sts", **feda), call), **({"Name": "x1"} if "fed" in call else {}))
        assert (code, message) == ("AccessDenied", f"Cannot call Get{'FederationToken' if 'fed' in call else 'SessionToken'} with session credentials")
    assert error(server.client("sts", **feda).assume_role, RoleArn=f"arn:aws:iam::{ACCOUNT}:role/x", RoleSessionName="s1")[0] == "AccessDenied"
    # Without session policies nothing is allowed, but by what a resource's policy grants the federated user itself.
    bare = credentials(sts.get_federation_token(Name="bare", DurationSeconds=900))
    assert error(server.client("sqs", **bare).list_queues)[0] == "AccessDenied"
    queue = server.client("sqs").create_queue(QueueName="for-bare", Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:sts::{ACCOUNT}:federated-user/bare"}, "Action": "sqs:SendMessage", "Resource": "*"}]})})["QueueUrl"]
    server.client("sqs", **bare).send_message(QueueUrl=queue, MessageBody="hello")
    # The user's tags are the session's, and the session's own win.
    mine = document(allow("sqs:CreateQueue", "arn:aws:sqs:*:*:${aws:PrincipalTag/team}-${aws:PrincipalTag/shift}"))
    tagged = credentials(sts.get_federation_token(Name="tagged", Policy=mine, Tags=[{"Key": "shift", "Value": "night"}]))
    server.client("sqs", **tagged).create_queue(QueueName="red-night")
    # Permission is looked up when the session acts; with the user it ends.
    server.client("iam").put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=document(allow("sts:*")))
    assert error(server.client("sqs", **feda).list_queues)[0] == "AccessDenied"


def test_federating_needs_its_permissions(server):
    eve = user(server, "eve", document(allow("sts:GetFederationToken", f"arn:aws:sts::{ACCOUNT}:federated-user/eve-*")))
    sts = server.client("sts", **eve)
    assert sts.get_federation_token(Name="eve-1")["Credentials"]
    code, message = error(sts.get_federation_token, Name="other")
    assert code == "AccessDenied" and f"not authorized to perform: sts:GetFederationToken on resource: arn:aws:sts::{ACCOUNT}:federated-user/other" in message
    assert "sts:TagSession" in error(sts.get_federation_token, Name="eve-2", Tags=[{"Key": "a", "Value": "b"}])[1]
    assert error(sts.get_federation_token, Name="eve-3", Policy="{}")[0] == "MalformedPolicyDocument"
    careless = server.client("sts", **eve, parameter_validation=False)
    assert error(careless.get_federation_token, Name="eve-3", DurationSeconds=899)[0] == "ValidationError"


def test_session_tokens_are_the_user_without_iam_and_sts(server):
    carol = user(server, "carol", document(allow(["sqs:ListQueues", "iam:*", "sts:AssumeRole"]),
                                           allow("s3:ListAllMyBuckets", Condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}}),
                                           allow("sqs:CreateQueue", Condition={"Null": {"aws:TokenIssueTime": "true"}})))
    sts = server.client("sts", **carol)
    answer = sts.get_session_token()
    remaining = answer["Credentials"]["Expiration"].timestamp() - time.time()
    assert 43190 < remaining < 43210
    mine = credentials(answer)
    assert server.client("sts", **mine).get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/carol"
    server.client("sqs", **mine).list_queues()
    server.client("s3", **mine).list_buckets()                                   # the key is there, and false
    assert error(server.client("s3", **carol).list_buckets)[0] == "AccessDenied"  # a long-term key has none
    server.client("sqs", **carol).create_queue(QueueName="long-term")
    assert error(server.client("sqs", **mine).create_queue, QueueName="short-term")[0] == "AccessDenied"
    assert error(server.client("iam", **mine).list_users) == ("InvalidClientTokenId", "The security token included in the request is invalid.")
    assert error(server.client("sts", **mine).get_session_token) == ("AccessDenied", "Cannot call GetSessionToken with session credentials")
    assert error(server.client("sts", **mine).get_federation_token, Name="x1") == ("AccessDenied", "Cannot call GetFederationToken with session credentials")
    assert error(server.client("sts", **mine).get_access_key_info, AccessKeyId="AKIAIOSFODNN7EXAMPLE")[0] == "AccessDenied"
    arn = server.client("iam").create_role(RoleName="by-carol", AssumeRolePolicyDocument=document(
        {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}), MaxSessionDuration=7200)["Role"]["Arn"]
    assumed = server.client("sts", **mine).assume_role(RoleArn=arn, RoleSessionName="s1", DurationSeconds=7200)  # no role chaining
    assert error(server.client("sts", **credentials(assumed)).get_session_token)[0] == "AccessDenied"
    assert error(sts.get_session_token, SerialNumber=f"arn:aws:iam::{ACCOUNT}:mfa/carol", TokenCode="123456")[0] == "AccessDenied"


def test_access_key_ids_tell_their_account(server):
    other = server.client("iam", key="123456789012")
    other.create_user(UserName="far")
    key = other.create_access_key(UserName="far")["AccessKey"]["AccessKeyId"]
    sts = server.client("sts")
    assert sts.get_access_key_info(AccessKeyId=key)["Account"] == "123456789012"
    assert error(sts.get_access_key_info, AccessKeyId="not_an_access_key_id")[0] == "InvalidClientTokenId"
    assert error(server.client("sts", parameter_validation=False).get_access_key_info, AccessKeyId="short")[0] == "ValidationError"
    assert error(sts.decode_authorization_message, EncodedMessage="abc")[0] == "InvalidAuthorizationMessageException"
    for call, arguments in {"assume_role_with_saml": dict(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/x", PrincipalArn=f"arn:aws:iam::{ACCOUNT}:saml-provider/x", SAMLAssertion="aaaa"),
                            "get_web_identity_token": dict(Audience=["x"], SigningAlgorithm="RS256")}.items():
        assert error(getattr(sts, call), **arguments)[0] == "NotImplemented"


def environment(server, tmp_path, config="", **more):
    config_file = tmp_path / "config"
    config_file.write_text(config)
    clean = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    return {**clean, "AWS_CONFIG_FILE": str(config_file), "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": server.url, "HOME": str(tmp_path), "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", **more}


WHO = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"


def run(args, env):
    out = subprocess.run(args, env=env, capture_output=True, text=True, timeout=60)
    assert out.returncode == 0, out.stderr
    return out.stdout


def test_sdk_takes_a_web_identity_token_file(server, issuer, provider, tmp_path):
    arn = role(server, "from-file", provider)
    (tmp_path / "token").write_text(issuer.token())
    env = environment(server, tmp_path, AWS_WEB_IDENTITY_TOKEN_FILE=str(tmp_path / "token"), AWS_ROLE_ARN=arn, AWS_ROLE_SESSION_NAME="pod")
    assert run([sys.executable, "-c", WHO], env).strip() == f"arn:aws:sts::{ACCOUNT}:assumed-role/from-file/pod"


def test_profiles_assume_roles_from_a_source_profile(server, tmp_path):
    arn = server.client("iam").create_role(RoleName="by-profile", AssumeRolePolicyDocument=document(
        {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"sts:ExternalId": "door"}}}))["Role"]["Arn"]
    config = (f"[profile base]\naws_access_key_id = test\naws_secret_access_key = test\n"
              f"[profile deep]\nrole_arn = {arn}\nsource_profile = base\nexternal_id = door\nrole_session_name = laptop\n")
    env = environment(server, tmp_path, config, AWS_PROFILE="deep")
    assert run([sys.executable, "-c", WHO], env).strip() == f"arn:aws:sts::{ACCOUNT}:assumed-role/by-profile/laptop"
    cli = pathlib.Path(sys.executable).parent / "aws"
    if not cli.exists():
        pytest.skip("the aws command line is not installed beside this Python")
    assert json.loads(run([str(cli), "sts", "get-caller-identity"], env))["Arn"].endswith("/by-profile/laptop")
