"""Functions for tests: packages, roles, and waiting until they are Active."""
import io
import json
import zipfile

TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]})

ECHO = """
import json
def handler(event, context):
    if isinstance(event, dict) and event.get("fail"):
        raise ValueError(event["fail"])
    return {"event": event, "version": context.function_version, "arn": context.invoked_function_arn}
"""


def package(source=ECHO, name="index.py", **more):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), source)
        for other, text in more.items():
            z.writestr(zipfile.ZipInfo(other.replace("__", "/"), (2020, 1, 1, 0, 0, 0)), text)
    return out.getvalue()


def make_role(server, name, *statements, trust=TRUST):
    iam = server.client("iam")
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))
    return arn


def allow(*actions, resource="*"):
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


def make_function(server, name, role, source=ECHO, **more):
    client = server.client("lambda")
    client.create_function(**{"FunctionName": name, "Runtime": "python3.12", "Role": role, "Handler": "index.handler",
                              "Code": {"ZipFile": package(source)}, **more})
    client.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
    return client


def invoke(client, name, payload=None, **more):
    answer = client.invoke(FunctionName=name, Payload=json.dumps({} if payload is None else payload), **more)
    body = answer["Payload"].read()
    return json.loads(body) if body else None
