"""Decisions through real clients: who (account's administrator, user, role session, stranger's user or session, nobody) against which policies."""
import json

import pytest
from botocore import UNSIGNED
from botocore.exceptions import ClientError

HOME, AWAY = "000000000000", "333333333333"
ACTION = "sqs:GetQueueAttributes"


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def statement(effect="Allow", action=ACTION, resource="*", **more):
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


QUEUE = f"arn:aws:sqs:us-east-1:{HOME}:decided-%s"
ALLOW, DENY = statement(), statement("Deny")
OTHER = statement(action="sqs:SendMessage")


def to(principal, effect="Allow", **more):
    return dict(effect=effect, Principal=principal, **more)


# name, principal (kind, account), identity policy, queue policy, boundary, session policy, expected: None or a part of the denial's text
ROWS = [
    ("administrator", ("dev", HOME), None, None, None, None, None),
    ("administrator-denied-by-queue", ("dev", HOME), None, to("*", "Deny"), None, None, "with an explicit deny in a resource-based policy"),
    ("user-nothing", ("user", HOME), None, None, None, None, "no identity-based policy allows"),
    ("user-identity", ("user", HOME), [ALLOW], None, None, None, None),
    ("user-other-action", ("user", HOME), [OTHER], None, None, None, "no identity-based policy allows"),
    ("user-identity-deny", ("user", HOME), [ALLOW, DENY], None, None, None, "with an explicit deny in an identity-based policy"),
    ("user-deny-beats-queue", ("user", HOME), [DENY], to("*"), None, None, "with an explicit deny in an identity-based policy"),
    ("user-queue-names-user", ("user", HOME), None, to({"AWS": "{user}"}), None, None, None),
    ("user-queue-names-everyone", ("user", HOME), None, to("*"), None, None, None),
    ("user-queue-names-account", ("user", HOME), None, to({"AWS": f"arn:aws:iam::{HOME}:root"}), None, None, "no identity-based policy allows"),
    ("user-queue-deny", ("user", HOME), [ALLOW], to({"AWS": "{user}"}, "Deny"), None, None, "with an explicit deny in a resource-based policy"),
    ("user-queue-names-another", ("user", HOME), None, to({"AWS": AWAY}), None, None, "no identity-based policy allows"),
    ("user-boundary-allows", ("user", HOME), [ALLOW], None, [ALLOW], None, None),
    ("user-boundary-lacks", ("user", HOME), [ALLOW], None, [OTHER], None, "no permissions boundary allows"),
    ("user-boundary-denies", ("user", HOME), [ALLOW], None, [ALLOW, DENY], None, "with an explicit deny in a permissions boundary"),
    ("user-boundary-alone", ("user", HOME), None, None, [ALLOW], None, "no identity-based policy allows"),
    ("user-notaction", ("user", HOME), [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], None, None, None, None),
    ("user-notresource", ("user", HOME), [{"Effect": "Allow", "Action": "sqs:*", "NotResource": "arn:aws:sqs:*:*:decided-*"}], None, None, None, "no identity-based policy allows"),
    ("user-condition-holds", ("user", HOME), [dict(ALLOW, Condition={"StringEquals": {"aws:RequestedRegion": "us-east-1"}})], None, None, None, None),
    ("user-condition-fails", ("user", HOME), [dict(ALLOW, Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}})], None, None, None, "no identity-based policy allows"),
    ("user-source-address", ("user", HOME), [dict(ALLOW, Condition={"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}})], None, None, None, None),
    ("user-tls-demanded", ("user", HOME), [ALLOW, dict(DENY, Condition={"Bool": {"aws:SecureTransport": "false"}})], None, None, None, "with an explicit deny in an identity-based policy"),
    ("user-variable", ("user", HOME), [statement(resource="arn:aws:sqs:*:*:decided-${aws:username}")], None, None, None, None),
    ("user-variable-other", ("user", HOME), [statement(resource="arn:aws:sqs:*:*:${aws:username}")], None, None, None, "no identity-based policy allows"),
    ("role-identity", ("role", HOME), [ALLOW], None, None, None, None),
    ("role-nothing", ("role", HOME), None, None, None, None, "no identity-based policy allows"),
    ("role-session-policy-lacks", ("role", HOME), [ALLOW], None, None, [OTHER], "no session policy allows"),
    ("role-session-policy-denies", ("role", HOME), [ALLOW], None, None, [ALLOW, DENY], "with an explicit deny in a session policy"),
    ("role-queue-names-role", ("role", HOME), None, to({"AWS": "{role}"}), None, None, None),
    ("role-queue-names-role-boundary-lacks", ("role", HOME), None, to({"AWS": "{role}"}), [OTHER], None, "no permissions boundary allows"),
    ("role-queue-names-session-boundary-lacks", ("role", HOME), None, to({"AWS": "{session}"}), [OTHER], None, None),
    ("away-user-identity-only", ("user", AWAY), [ALLOW], None, None, None, "is not authorized to perform"),
    ("away-user-queue-only", ("user", AWAY), None, to({"AWS": AWAY}), None, None, "is not authorized to perform"),
    ("away-user-both", ("user", AWAY), [ALLOW], to({"AWS": AWAY}), None, None, None),
    ("away-role-both", ("role", AWAY), [ALLOW], to({"AWS": "{role}"}), None, None, None),
    ("away-role-both-boundary-lacks", ("role", AWAY), [ALLOW], to({"AWS": "{role}"}), [OTHER], None, "is not authorized to perform"),
    ("nobody", ("nobody", HOME), None, None, None, None, ""),
]


def make_principal(server, name, kind, account, identity, boundary, session):
    """The principal's ARNs and a client of it."""
    iam = server.client("iam", key=account)
    edge = {}
    if boundary:
        edge["PermissionsBoundary"] = iam.create_policy(PolicyName=f"edge-{name}", PolicyDocument=document(*boundary))["Policy"]["Arn"]
    if kind == "dev":
        return {}, dict(key=account)
    if kind == "user":
        arn = iam.create_user(UserName=name, **edge)["User"]["Arn"]
        if identity:
            iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document(*identity))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return {"user": arn}, dict(key=key["AccessKeyId"], secret=key["SecretAccessKey"])
    trust = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}]})
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, **edge)["Role"]["Arn"]
    if identity:
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document(*identity))
    more = {"Policy": document(*session)} if session else {}
    answer = server.client("sts", key=account).assume_role(RoleArn=arn, RoleSessionName="session", **more)
    c = answer["Credentials"]
    return {"role": arn, "session": answer["AssumedRoleUser"]["Arn"]}, dict(key=c["AccessKeyId"], secret=c["SecretAccessKey"], token=c["SessionToken"])


@pytest.mark.parametrize("name, principal, identity, queue, boundary, session, expected", ROWS, ids=[r[0] for r in ROWS])
def test_decision(server, name, principal, identity, queue, boundary, session, expected):
    kind, account = principal
    admin = server.client("sqs")
    url = admin.create_queue(QueueName=f"decided-{name}")["QueueUrl"]
    if kind == "nobody":
        client = server.client("sqs", signature_version=UNSIGNED)
    else:
        arns, credentials = make_principal(server, name, kind, account, identity, boundary, session)
        client = server.client("sqs", **credentials)
        if queue:
            rule = dict(queue)
            if isinstance(rule["Principal"], dict):
                rule["Principal"] = {k: v.format(**arns) if v.startswith("{") else v for k, v in rule["Principal"].items()}
            admin.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document(statement(rule.pop("effect"), resource=QUEUE % name, **rule))})
    if expected is None:
        answer = client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        assert answer["Attributes"]["QueueArn"] == QUEUE % name
    else:
        with pytest.raises(ClientError) as e:
            client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        answer = e.value.response
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 403 and expected in answer["Error"]["Message"], answer
    why = server.admin("GET", "explain", request_id=answer["ResponseMetadata"]["RequestId"])
    assert why["operation"] == "GetQueueAttributes" and why["allowed"] is (expected is None)
    if kind != "nobody":
        assert "sqs:GetQueueAttributes" in why["decision"] and (expected is not None or "statement 0" in why["decision"] or "AdministratorAccess" in why["decision"])
