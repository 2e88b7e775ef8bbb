"""Makes a caller whose every call weighs many policies, and prints its keys as JSON.

    python bench/policies.py ENDPOINT

A user with ten attached policies and a permissions boundary, in a member account three organisational units deep, so that four levels of
service control policies bind it. Where Organizations is not served the user is of the caller's account, under none, and the output says
so ("levels": 0). Needs boto3 and development credentials.
"""
import json
import sys
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError


def client(endpoint, service, key="test", secret="test"):
    return boto3.client(service, endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id=key, aws_secret_access_key=secret, config=Config(retries={"max_attempts": 0}))


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def denials(level):
    """A guard rail as companies write them: Regions, protected actions, a protected role."""
    return document(EVERYTHING, *(
        {"Sid": f"Rail{level}n{i}", "Effect": "Deny", "Action": [f"iam:Delete*{i}", "organizations:LeaveOrganization", "cloudtrail:StopLogging"],
         "Resource": "*", "Condition": {"StringNotLike": {"aws:PrincipalArn": f"arn:aws:iam::*:role/Guardian{i}"}}} for i in range(4)),
        {"Sid": "Regions", "Effect": "Deny", "NotAction": ["iam:*", "sts:*", "organizations:*"], "Resource": "*",
         "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["us-east-1", "eu-central-1"]}}})


def member_account(endpoint):
    """An account under root / unit / unit / unit, each with a policy of its own; None where there are no organisations."""
    org = client(endpoint, "organizations")
    try:
        org.create_organization(FeatureSet="ALL")
    except ClientError as e:
        if e.response["Error"]["Code"] in ("NotImplemented", "501"):
            return None
        if e.response["Error"]["Code"] != "AlreadyInOrganizationException":
            raise
    root = org.list_roots()["Roots"][0]
    if not any(p["Type"] == "SERVICE_CONTROL_POLICY" for p in root["PolicyTypes"]):
        org.enable_policy_type(RootId=root["Id"], PolicyType="SERVICE_CONTROL_POLICY")
    status = org.create_account(Email="bench@example.com", AccountName="bench")["CreateAccountStatus"]
    while status["State"] == "IN_PROGRESS":
        time.sleep(0.05)
        status = org.describe_create_account_status(CreateAccountRequestId=status["Id"])["CreateAccountStatus"]
    account = status["AccountId"]
    levels = [root["Id"]]
    for n in range(3):
        levels.append(org.create_organizational_unit(ParentId=levels[-1], Name=f"bench-{n}")["OrganizationalUnit"]["Id"])
    org.move_account(AccountId=account, SourceParentId=root["Id"], DestinationParentId=levels[-1])
    for n, level in enumerate(levels):
        policy = org.create_policy(Name=f"bench-{n}", Description="bench", Type="SERVICE_CONTROL_POLICY", Content=denials(n))["Policy"]["PolicySummary"]["Id"]
        org.attach_policy(PolicyId=policy, TargetId=level)
    return account


def policies(iam):
    """Ten policies of which only the last lets the scenarios' calls pass; the others talk about something else or deny something else."""
    for n in range(9):
        yield iam.create_policy(PolicyName=f"bench-{n}", PolicyDocument=document(
            *({"Effect": "Allow", "Action": [f"dynamodb:Get{n}{i}*", "ec2:Describe*"], "Resource": f"arn:aws:dynamodb:*:*:table/t{n}-{i}",
               "Condition": {"StringEquals": {"aws:PrincipalTag/team": f"t{i}"}}} for i in range(4)),
            {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": f"arn:aws:s3:::keep-{n}-*"}))["Policy"]["Arn"]
    yield iam.create_policy(PolicyName="bench-9", PolicyDocument=document(
        {"Effect": "Allow", "Action": ["sts:*", "sqs:*", "s3:*", "dynamodb:*", "sns:*", "kms:*", "events:*", "states:*", "lambda:*"], "Resource": "*"}))["Policy"]["Arn"]


def main():
    endpoint = sys.argv[1]
    account = member_account(endpoint)
    iam = client(endpoint, "iam", key=account or "test")
    boundary = iam.create_policy(PolicyName="bench-boundary", PolicyDocument=document(EVERYTHING, {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}))["Policy"]["Arn"]
    iam.create_user(UserName="bench", PermissionsBoundary=boundary, Tags=[{"Key": "team", "Value": "bench"}])
    for arn in policies(iam):
        iam.attach_user_policy(UserName="bench", PolicyArn=arn)
    key = iam.create_access_key(UserName="bench")["AccessKey"]
    assert client(endpoint, "sts", key["AccessKeyId"], key["SecretAccessKey"]).get_caller_identity()["Arn"].endswith(":user/bench")
    print(json.dumps({"key": key["AccessKeyId"], "secret": key["SecretAccessKey"], "levels": 4 if account else 0}))


main()
