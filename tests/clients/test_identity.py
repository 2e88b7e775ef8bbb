"""IAM and STS by boto3: roles, sessions, denials and their reasons, revocation."""
import json

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "000000000000"


def trust(principal):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]})


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def user_client(server, name, document, service):
    iam = server.client("iam")
    iam.create_user(UserName=name)
    if document:
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return server.client(service, key=key["AccessKeyId"], secret=key["SecretAccessKey"])


def assume(server, role, session="session", **more):
    c = server.client("sts").assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{role}", RoleSessionName=session, **more)["Credentials"]
    return dict(key=c["AccessKeyId"], secret=c["SecretAccessKey"], token=c["SessionToken"])


def denied(call, **arguments):
    with pytest.raises(ClientError) as e:
        call(**arguments)
    return e.value.response


def test_a_role_session_may_do_what_the_role_may_and_nothing_else(server):
    iam = server.client("iam")
    iam.create_role(RoleName="reader", AssumeRolePolicyDocument=trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}))
    iam.put_role_policy(RoleName="reader", PolicyName="p", PolicyDocument=policy(allow("iam:GetUser", f"arn:aws:iam::{ACCOUNT}:user/*")))
    iam.create_user(UserName="target")
    session = assume(server, "reader")
    assert session["key"].startswith("ASIA")
    who = server.client("sts", **session).get_caller_identity()
    assert who["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/session"
    mine = server.client("iam", **session)
    assert mine.get_user(UserName="target")["User"]["UserName"] == "target"
    r = denied(mine.delete_user, UserName="target")
    assert r["Error"]["Code"] == "AccessDenied" and r["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert r["Error"]["Message"] == (f"User: arn:aws:sts::{ACCOUNT}:assumed-role/reader/session is not authorized to perform: iam:DeleteUser on resource: "
                                     "user target because no identity-based policy allows the iam:DeleteUser action") or \
        r["Error"]["Message"] == (f"User: arn:aws:sts::{ACCOUNT}:assumed-role/reader/session is not authorized to perform: iam:DeleteUser on resource: "
                                  f"arn:aws:iam::{ACCOUNT}:user/target because no identity-based policy allows the iam:DeleteUser action")
    why = server.admin("GET", "explain", request_id=r["ResponseMetadata"]["RequestId"])
    assert why["allowed"] is False and "identity-based policy" in why["decision"]


def test_explain_names_policy_and_statement(server):
    iam = user_client(server, "explained", policy(allow("iam:*"), {"Sid": "NoKeys", "Effect": "Deny", "Action": "iam:CreateAccessKey", "Resource": "*"}), "iam")
    r = denied(iam.create_access_key, UserName="explained")
    assert "with an explicit deny in an identity-based policy" in r["Error"]["Message"]
    why = server.admin("GET", "explain", request_id=r["ResponseMetadata"]["RequestId"])
    assert "NoKeys" in why["decision"] and "statement 1" in why["decision"]
    ok = iam.get_user(UserName="explained")
    why = server.admin("GET", "explain", request_id=ok["ResponseMetadata"]["RequestId"])
    assert why["allowed"] is True and "statement 0" in why["decision"]


def test_session_policies_and_boundaries_limit(server):
    iam = server.client("iam")
    iam.create_role(RoleName="wide", AssumeRolePolicyDocument=trust({"AWS": ACCOUNT}))
    iam.attach_role_policy(RoleName="wide", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    narrow = server.client("iam", **assume(server, "wide", Policy=policy(allow("iam:ListUsers"))))
    narrow.list_users()
    assert "no session policy allows the iam:ListRoles action" in denied(narrow.list_roles)["Error"]["Message"]
    boundary = iam.create_policy(PolicyName="edge", PolicyDocument=policy(allow("iam:ListRoles")))["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="wide", PermissionsBoundary=boundary)
    wide = server.client("iam", **assume(server, "wide"))
    wide.list_roles()
    assert "no permissions boundary allows the iam:ListUsers action" in denied(wide.list_users)["Error"]["Message"]


def test_a_role_that_does_not_trust_the_caller_is_not_given(server):
    iam = server.client("iam")
    iam.create_role(RoleName="services-only", AssumeRolePolicyDocument=trust({"Service": "lambda.amazonaws.com"}))
    sts = user_client(server, "asker", policy(allow("sts:AssumeRole")), "sts")
    arn = f"arn:aws:iam::{ACCOUNT}:role/services-only"
    r = denied(sts.assume_role, RoleArn=arn, RoleSessionName="xx")
    assert r["Error"]["Code"] == "AccessDenied" and r["Error"]["Message"].startswith(f"User: arn:aws:iam::{ACCOUNT}:user/asker is not authorized to perform: sts:AssumeRole on resource: {arn}")
    assert denied(sts.assume_role, RoleArn=f"arn:aws:iam::{ACCOUNT}:role/nobody-made-this", RoleSessionName="xx")["Error"]["Code"] == "AccessDenied"


def test_cross_account_needs_both_sides(server):
    iam = server.client("iam", key="111111111111")
    visitor = user_client(server, "visitor", policy(allow("sts:AssumeRole", "arn:aws:iam::111111111111:role/guest")), "sts")
    iam.create_role(RoleName="guest", AssumeRolePolicyDocument=trust({"AWS": f"arn:aws:iam::{ACCOUNT}:user/visitor"}))
    c = visitor.assume_role(RoleArn="arn:aws:iam::111111111111:role/guest", RoleSessionName="xx")["Credentials"]
    who = server.client("sts", key=c["AccessKeyId"], secret=c["SecretAccessKey"], token=c["SessionToken"]).get_caller_identity()
    assert who["Account"] == "111111111111"
    stranger = user_client(server, "stranger", policy(allow("sts:AssumeRole")), "sts")
    denied(stranger.assume_role, RoleArn="arn:aws:iam::111111111111:role/guest", RoleSessionName="xx")


def test_what_is_revoked_is_denied_at_once(server):
    iam = server.client("iam")
    mine = user_client(server, "revoked", policy(allow("iam:ListUsers")), "iam")
    mine.list_users()
    iam.delete_user_policy(UserName="revoked", PolicyName="p")
    denied(mine.list_users)
    iam.put_user_policy(UserName="revoked", PolicyName="p", PolicyDocument=policy(allow("iam:ListUsers")))
    mine.list_users()
    key = iam.list_access_keys(UserName="revoked")["AccessKeyMetadata"][0]["AccessKeyId"]
    iam.update_access_key(UserName="revoked", AccessKeyId=key, Status="Inactive")
    assert denied(mine.list_users)["Error"]["Code"] == "InvalidClientTokenId"


def test_a_session_expires_by_the_virtual_clock(fresh_server):
    s = fresh_server()
    iam = s.client("iam")
    iam.create_role(RoleName="short", AssumeRolePolicyDocument=trust({"AWS": ACCOUNT}))
    session = assume(s, "short", DurationSeconds=900)
    s.client("sts", **session).get_caller_identity()
    s.admin("POST", "clock", action="advance", by="16m")
    r = denied(s.client("sts", **session).get_caller_identity)
    assert r["Error"] == {"Type": "Sender", "Code": "ExpiredToken", "Message": "The security token included in the request is expired"}


def test_everything_survives_a_kill(fresh_server):
    s = fresh_server()
    iam = s.client("iam")
    for i in range(20):
        iam.create_user(UserName=f"u{i}")
    session = None
    iam.create_role(RoleName="kept", AssumeRolePolicyDocument=trust({"AWS": ACCOUNT}))
    session = assume(s, "kept")
    s.kill9()
    s.start()
    assert len(s.client("iam").list_users()["Users"]) == 20
    assert s.client("sts", **session).get_caller_identity()["Arn"].endswith("assumed-role/kept/session")


def test_the_development_key_belongs_to_the_partition_of_the_region(server):
    for region, partition in (("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("us-isob-east-1", "aws-iso-b")):
        client = lambda service, **more: server.client(service, region=region, **more)
        assert client("sts").get_caller_identity()["Arn"] == f"arn:{partition}:iam::{ACCOUNT}:user/fogbank"
        iam = client("iam")
        assert iam.create_user(UserName="of-a-partition")["User"]["Arn"] == f"arn:{partition}:iam::{ACCOUNT}:user/of-a-partition"
        key = iam.create_access_key(UserName="of-a-partition")["AccessKey"]
        own = client("sts", key=key["AccessKeyId"], secret=key["SecretAccessKey"])
        assert own.get_caller_identity()["Arn"] == f"arn:{partition}:iam::{ACCOUNT}:user/of-a-partition"
        document = trust({"AWS": f"arn:{partition}:iam::{ACCOUNT}:user/fogbank"})
        role = iam.create_role(RoleName="of-a-partition", AssumeRolePolicyDocument=document)["Role"]["Arn"]
        session = client("sts").assume_role(RoleArn=role, RoleSessionName="session")
        assert session["AssumedRoleUser"]["Arn"] == f"arn:{partition}:sts::{ACCOUNT}:assumed-role/of-a-partition/session"
