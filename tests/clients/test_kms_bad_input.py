"""What nobody should send to KMS, Parameter Store and Secrets Manager: the right error, nothing changed, and the server goes on."""
import json
import random

import botocore.exceptions
import pytest


@pytest.fixture(scope="module")
def kms(server):
    return server.client("kms")


@pytest.fixture(scope="module")
def key(kms):
    return kms.create_key()["KeyMetadata"]


def code_of(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**arguments)
    error = caught.value.response
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400, error
    return error["Error"]["Code"]


@pytest.fixture(scope="module")
def clients(server):
    """Clients that send what they should refuse to send."""
    return {name: server.client(name, parameter_validation=False) for name in ("ssm", "secretsmanager")}


def send(client, operation, **members):
    try:
        answer = getattr(client, operation)(**members)
        return 200, answer
    except botocore.exceptions.ClientError as e:
        return e.response["ResponseMetadata"]["HTTPStatusCode"], e.response


def changed(bytes_, rng):
    """The same bytes with one damage: a bit, a piece cut out or put in, an end."""
    b = bytearray(bytes_)
    how, at = rng.randrange(5), rng.randrange(len(b))
    if how == 0:
        b[at] ^= 1 << rng.randrange(8)
    elif how == 1:
        del b[at:at + rng.randrange(1, 20)]
    elif how == 2:
        b[at:at] = rng.randbytes(rng.randrange(1, 20))
    elif how == 3:
        b = b[:at + 1] if at + 1 < len(b) else b + b"x"
    else:
        b += rng.randbytes(rng.randrange(1, 200))
    return bytes(b)


def test_no_changed_ciphertext_opens(kms, key):
    rng = random.Random(7)
    context = {"a": "b"}
    blob = kms.encrypt(KeyId=key["Arn"], Plaintext=b"secret", EncryptionContext=context)["CiphertextBlob"]
    seen = set()
    for _ in range(80):
        seen.add(code_of(kms.decrypt, CiphertextBlob=changed(blob, rng), EncryptionContext=context))
    for size in (1, 31, 32, 33, 60, 61, 6144):
        seen.add(code_of(kms.decrypt, CiphertextBlob=rng.randbytes(size)))
    # Another account or key in the head is a key that the caller may not use, or that is not there.
    assert "InvalidCiphertextException" in seen and seen <= {"InvalidCiphertextException", "AccessDeniedException", "NotFoundException"}
    assert code_of(kms.decrypt, CiphertextBlob=b"x" * 6145) == "ValidationException"
    assert kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"] == b"secret"


def test_no_changed_grant_token_is_taken(kms, key):
    rng = random.Random(8)
    made = kms.create_grant(KeyId=key["KeyId"], GranteePrincipal="arn:aws:iam::000000000000:root", Operations=["Encrypt"])
    token = made["GrantToken"]
    assert kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x", GrantTokens=[token])
    for _ in range(40):
        damaged = changed(token.encode(), rng).decode("latin-1")
        assert code_of(kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x", GrantTokens=[damaged]) in ("InvalidGrantTokenException", "ValidationException"), damaged
        assert code_of(kms.retire_grant, GrantToken=damaged) in ("InvalidGrantTokenException", "ValidationException")
    assert [g["GrantId"] for g in kms.list_grants(KeyId=key["KeyId"])["Grants"]] == [made["GrantId"]]


def policies(rng):
    whole = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "kms:*", "Resource": "*"}]})
    for _ in range(50):
        yield changed(whole.encode(), rng).decode("latin-1")
    deep = "[" * 5000 + "]" * 5000
    yield from (" ", "null", "[]", "{}", '"text"', "{" * 1000, deep, '{"Version":"2012-10-17","Statement":' + deep + "}", whole.replace("*", "\x00"), whole[:-1] + ',"Statement":[]}',
                whole.replace("kms:*", "kms:" + "*" * 5000), whole.replace("root", "user/nobody-there"), whole.replace("000000000000", "00000000000"))


def test_bad_key_policies_change_nothing(kms, key):
    before = kms.get_key_policy(KeyId=key["KeyId"])["Policy"]
    refused = 0
    for policy in policies(random.Random(9)):
        try:
            kms.put_key_policy(KeyId=key["KeyId"], Policy=policy)
            json.loads(policy)   # then it was a policy: a changed Sid-less text can still be one
            assert "kms:" in policy
            kms.put_key_policy(KeyId=key["KeyId"], Policy=before)
        except botocore.exceptions.ClientError as e:
            assert e.response["Error"]["Code"] in ("MalformedPolicyDocumentException", "LimitExceededException", "ValidationException"), (policy, e)
            refused += 1
        assert kms.get_key_policy(KeyId=key["KeyId"])["Policy"] == before
    assert refused > 40


NAMES = ["", " ", "/", "//", "a//b", "/a/", "a/b", "a:b:c", "a b", "a\x00b", "ä", "/" + "x/" * 15 + "y", "x" * 2049, "aws-x", "ssm", "/aws/x", "/AWS/x/y", "/ssm/x", "a%2fb", "../../etc/passwd",
         "/..\\..", "arn:aws:ssm:us-east-1:000000000000:parameter/x", "arn:aws:ssm:::", "a:", ":1", "$(x)", "a\u202eb", "😀"]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_no_parameter_has_such_a_name(clients, name):
    status, answer = send(clients["ssm"], "put_parameter", Name=name, Value="v", Type="String")
    assert status == 400 and answer["Error"]["Code"] in ("ValidationException", "HierarchyLevelLimitExceededException", "AccessDeniedException"), answer
    for operation in ("get_parameter", "delete_parameter", "get_parameter_history"):
        status, answer = send(clients["ssm"], operation, Name=name)
        assert status == 400, (operation, answer)
    status, answer = send(clients["ssm"], "get_parameters_by_path", Path=name)
    assert status == 400 or not [p for p in answer["Parameters"] if not p["Name"].startswith("/aws/")], answer
    assert clients["ssm"].describe_parameters()["Parameters"] == []


@pytest.mark.parametrize("name", ["", " ", "a b", "a\x00b", "ä", "x" * 513, "arn:aws:secretsmanager:", "a#b", "a:b", "😀", "a\nb"], ids=range(11))
def test_no_secret_has_such_a_name(clients, name):
    status, answer = send(clients["secretsmanager"], "create_secret", Name=name, SecretString="s", ClientRequestToken="x" * 32)
    assert status == 400, answer
    for operation in ("get_secret_value", "describe_secret", "delete_secret", "get_resource_policy"):
        status, answer = send(clients["secretsmanager"], operation, SecretId=name)
        assert status == 400, (operation, answer)
    assert clients["secretsmanager"].list_secrets()["SecretList"] == []
