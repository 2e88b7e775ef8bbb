"""A snapshot that is loaded into another data directory brings everything that KMS protects, and stays a secret."""
import pathlib
import stat
import subprocess

import botocore.exceptions
import pytest

from conftest import BUILD, Server

SECRET = "the plain text of a secret"


def fogbank(server, *words, code=0):
    done = subprocess.run([str(BUILD / "fogbank"), *words, "--port", str(server.port)], capture_output=True, text=True, timeout=60)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stderr


@pytest.fixture
def pair():
    both = [Server().start(), Server().start()]
    yield both
    for server in both:
        server.close()


def fill(server):
    """Everything that is encrypted under KMS keys, and a ciphertext that only its user holds."""
    kms = server.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    signing = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    kms.rotate_key_on_demand(KeyId=key)
    server.client("ssm").put_parameter(Name="/p", Type="SecureString", Value=SECRET)
    server.client("ssm").put_parameter(Name="/own", Type="SecureString", Value=SECRET, KeyId=key)
    server.client("secretsmanager").create_secret(Name="s", SecretString=SECRET)
    s3 = server.client("s3")
    s3.create_bucket(Bucket="snapshots-and-kms")
    s3.put_object(Bucket="snapshots-and-kms", Key="small", Body=SECRET, ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    s3.put_object(Bucket="snapshots-and-kms", Key="large", Body=b"x" * 300000, ServerSideEncryption="aws:kms")
    sqs = server.client("sqs")
    sqs.send_message(QueueUrl=sqs.create_queue(QueueName="sealed")["QueueUrl"], MessageBody=SECRET)   # under a key of SQS
    return {"key": key, "blob": kms.encrypt(KeyId=key, Plaintext=SECRET, EncryptionContext={"a": "b"})["CiphertextBlob"], "signing": signing,
            "signature": kms.sign(KeyId=signing, Message=b"m", SigningAlgorithm="ECDSA_SHA_256")["Signature"]}


def check(server, made):
    kms = server.client("kms")
    assert kms.decrypt(CiphertextBlob=made["blob"], EncryptionContext={"a": "b"})["Plaintext"].decode() == SECRET
    assert kms.verify(KeyId=made["signing"], Message=b"m", SigningAlgorithm="ECDSA_SHA_256", Signature=made["signature"])["SignatureValid"]
    for name in ("/p", "/own"):
        assert server.client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"] == SECRET
    assert server.client("secretsmanager").get_secret_value(SecretId="s")["SecretString"] == SECRET
    s3 = server.client("s3")
    assert s3.get_object(Bucket="snapshots-and-kms", Key="small")["Body"].read().decode() == SECRET
    assert s3.get_object(Bucket="snapshots-and-kms", Key="large")["Body"].read() == b"x" * 300000
    sqs = server.client("sqs")
    queue = sqs.get_queue_url(QueueName="sealed")["QueueUrl"]
    assert [m["Body"] for m in sqs.receive_message(QueueUrl=queue, VisibilityTimeout=0)["Messages"]] == [SECRET]
    new = kms.create_key()["KeyMetadata"]["KeyId"]   # and one can go on
    assert kms.decrypt(CiphertextBlob=kms.encrypt(KeyId=new, Plaintext=b"more")["CiphertextBlob"])["Plaintext"] == b"more"


def test_what_kms_protects_is_readable_in_another_data_directory(pair, tmp_path):
    here, there = pair
    made = fill(here)
    other = fill(there)   # it has keys of its own, in use and in its caches
    file = tmp_path / "state.fogbank"
    fogbank(here, "snapshot", "save", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert SECRET.encode() not in file.read_bytes()
    fogbank(there, "snapshot", "load", str(file))
    check(there, made)
    with pytest.raises(botocore.exceptions.ClientError) as gone:
        there.client("kms").decrypt(CiphertextBlob=other["blob"], EncryptionContext={"a": "b"})
    assert gone.value.response["Error"]["Code"] in ("AccessDeniedException", "NotFoundException", "InvalidCiphertextException")
    key_file = pathlib.Path(there.data) / "kms.key"
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600 and key_file.stat().st_size == 64
    there.kill9()
    there.start()
    check(there, made)


def test_loading_ones_own_snapshot_changes_no_key(server, tmp_path):
    made = fill(server)
    file = str(tmp_path / "state.fogbank")
    fogbank(server, "snapshot", "save", file)
    before = (pathlib.Path(server.data) / "kms.key").read_bytes()
    server.client("kms").schedule_key_deletion(KeyId=made["key"])
    server.client("ssm").delete_parameter(Name="/p")
    fogbank(server, "snapshot", "load", file)
    check(server, made)
    assert (pathlib.Path(server.data) / "kms.key").read_bytes() == before


def test_a_damaged_snapshot_changes_no_key(pair, tmp_path):
    here, there = pair
    fill(here)
    made = fill(there)
    file = tmp_path / "state.fogbank"
    fogbank(here, "snapshot", "save", str(file))
    before = (pathlib.Path(there.data) / "kms.key").read_bytes()
    whole = bytearray(file.read_bytes())
    whole[whole.rindex(b"kms.key") + 10] ^= 1
    file.write_bytes(whole)
    assert "not a usable snapshot" in fogbank(there, "snapshot", "load", str(file), code=1)
    assert (pathlib.Path(there.data) / "kms.key").read_bytes() == before
    check(there, made)
