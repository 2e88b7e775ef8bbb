"""IAM: users, roles, groups and policies that the calls name, and service-linked roles by the test's parameter."""
import json
import re
import time

from parity.setup import Service

S = Service("iam")

TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]})
CREATES = {"CreateUser": "UserName", "CreateRole": "RoleName", "CreateGroup": "GroupName", "CreatePolicy": "PolicyName"}


def refused_because_missing(call):
    """The recorded error says that something does not exist: then its absence is the point of the call."""
    error = (call.recorded or {}).get("Error", {})
    return error.get("Message", "") if error.get("Code") in ("NoSuchEntity", "NoSuchEntityException") else ""


@S.prepare
def entities(run, call):
    if parameter := CREATES.get(call.operation):
        run.made.add((parameter, call.params.get(parameter)))
        return
    missing = refused_because_missing(call)
    for parameter, create, more in (("UserName", "iam:CreateUser", {}), ("RoleName", "iam:CreateRole", {"AssumeRolePolicyDocument": TRUST}),
                                    ("GroupName", "iam:CreateGroup", {})):
        name = call.params.get(parameter)
        if not isinstance(name, str) or name == "x" or re.search(rf"(user|role|group|name) .*{re.escape(name)}", missing) or name in missing:
            continue
        if run.once(parameter, name):
            run.call(create, **{parameter: name}, **more)


# ---- service-linked roles: the test's parameter is the service

def service_of(run):
    return re.search(r"\[(.*)\]", run.test.name).group(1)


@S.before("test_service_role_lifecycle[*", "describe-response")
def _(run, call):
    if run.once("service role", service_of(run)):
        run.call("iam:CreateServiceLinkedRole", AWSServiceName=service_of(run))


@S.before("test_service_role_lifecycle_custom_suffix[*", "describe-response")
def _(run, call):
    if run.once("service role", service_of(run)):
        run.call("iam:CreateServiceLinkedRole", AWSServiceName=service_of(run), CustomSuffix=f"suffix{run.token}")


@S.before("test_service_role_already_exists", "role-already-exists-error")
@S.before("test_service_role_deletion", "service-linked-role-deletion-response")
def _(run, call):
    run.call("iam:CreateServiceLinkedRole", AWSServiceName="batch.amazonaws.com")


# ---- single tests

@S.before("test_role_attach_policy", "valid_arn_not_existent")
def _(run, call):
    call.params["PolicyArn"] = f"arn:aws:iam::{run.account}:policy/test-policy-{run.token}123"


@S.before("test_put_role_policy_encoding", "get-policy-response")
def _(run, call):
    run.call("iam:PutRolePolicy", RoleName=call.params["RoleName"], PolicyName=call.params["PolicyName"], PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["apigatway:PUT"], "Resource": [
            f"arn:aws:apigateway:{run.region}::/tags/arn%3Aaws%3Aapigateway%3A{run.region}%3A%3A%2Frestapis%2Faaeeieije"]}]}))


@S.before("test_create_with_full_properties", "describe-user-group-association")
def _(run, call):
    run.prepare(call)
    for name in (f"group1-{run.token}", f"group2-{run.token}"):
        run.call("iam:CreateGroup", GroupName=name)
        run.call("iam:AddUserToGroup", GroupName=name, UserName=call.params["UserName"])


@S.before("test_service_role_deletion", "service-linked-role-deletion-status-response")
def _(run, call):
    """The recorded status is the last one, after waiting."""
    task = run.find("DeletionTaskId")
    wait_until(lambda: run.try_call("iam:GetServiceLinkedRoleDeletionStatus", DeletionTaskId=task).get("Status") != "IN_PROGRESS")


def wait_until(done, seconds=10):
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end:
        time.sleep(0.01)


def member_of_an_organization(run):
    """An account of an organization whose policies allow everything, as the recorder's was: the simulator shows that."""
    run.call("organizations:CreateOrganization", account=run.second, FeatureSet="ALL")
    root = run.call("organizations:ListRoots", account=run.second)["Roots"][0]["Id"]
    run.call("organizations:EnablePolicyType", account=run.second, RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    made = run.call("organizations:CreateAccount", account=run.second, AccountName="member", Email=f"member-{run.token}@example.com")["CreateAccountStatus"]
    status = lambda: run.call("organizations:DescribeCreateAccountStatus", account=run.second, CreateAccountRequestId=made["Id"])["CreateAccountStatus"]
    wait_until(lambda: status()["State"] != "IN_PROGRESS")
    return status()["AccountId"]


@S.before("test_simulate_principle_policy*", "response")
def _(run, call):
    """One policy that allows one of the two actions, on the entity that the test's parameter names. The recording calls the bucket just that."""
    call.account = member_of_an_organization(run)
    call.params["ResourceArns"] = ["arn:aws:s3:::bucket"]
    kind = service_of(run)
    create = lambda name, **params: run.call(f"iam:{name}", account=call.account, **params)
    document = json.dumps({"Version": "2012-10-17", "Statement": {"Sid": "", "Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}})
    policy = create("CreatePolicy", PolicyName=f"policy-{run.token}", PolicyDocument=document)["Policy"]["Arn"]
    name = {f"{kind.title()}Name": f"{kind}-{run.token}"}
    more = {"AssumeRolePolicyDocument": TRUST} if kind == "role" else {}
    made = create(f"Create{kind.title()}", **name, **more)
    create(f"Attach{kind.title()}Policy", **name, PolicyArn=policy)
    call.params["PolicySourceArn"] = made[kind.title()]["Arn"]


S.unordered("ListGroupsForUser", "Groups")
S.unordered("*", "*Tags")
S.unordered("*", "*AttachedPolicies")
