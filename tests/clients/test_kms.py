"""KMS through boto3, checked from outside: signatures and ciphertexts go through openssl, answers are compared with what AWS answered."""
import base64
import hashlib
import json
import os
import re
import subprocess

import pytest
from botocore.exceptions import ClientError
from conftest import TEST_DATA

HOME, AWAY = "000000000000", "444444444444"


@pytest.fixture(scope="module")
def kms(server):
    return server.client("kms", parameter_validation=False)


@pytest.fixture(scope="module")
def key(kms):
    return kms.create_key(Description="shared by the tests")["KeyMetadata"]


def error_of(call, **arguments):
    with pytest.raises(ClientError) as e:
        call(**arguments)
    return e.value.response["Error"]


def openssl(*arguments, data=None):
    done = subprocess.run(["openssl", *arguments], input=data, capture_output=True)
    return done.returncode, done.stdout


# --- what AWS answered ---------------------------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def recorded():
    path = TEST_DATA / "recorded/kms.jsonl"
    if not path.exists():
        pytest.skip(f"no recorded answers at {path}")
    answers = {}
    for line in open(path):
        entry = json.loads(line)
        for name, answer in entry["answers"].items():
            answers[entry["id"].split("::")[-1], name] = answer
    return answers


def members(value):
    if isinstance(value, dict):
        return {k: members(v) for k, v in value.items() if k != "ResponseMetadata"}
    if isinstance(value, list):
        return [members(v) for v in value[:1]]
    return None


def same_answer(recorded, test, name, answer):
    assert members(answer) == members(recorded[test, name]), (test, name)


def same_error(recorded, test, name, call, **arguments):
    wanted = recorded[test, name]["Error"]
    error = error_of(call, **arguments)
    pattern = re.sub(r"<[^>]*>", ".*", re.escape(wanted["Message"]).replace("\\<", "<").replace("\\>", ">"))
    assert error["Code"] == wanted["Code"] and re.fullmatch(pattern, error["Message"]), (wanted, error)


def test_recorded_keys_and_descriptions(kms, recorded):
    made = kms.create_key(Description="test - description")["KeyMetadata"]
    same_answer(recorded, "test_describe_with_alias_arn", "created-key", made)
    kms.create_alias(AliasName="alias/recorded", TargetKeyId=made["KeyId"])
    arn = next(a["AliasArn"] for a in kms.list_aliases(KeyId=made["KeyId"])["Aliases"])
    same_answer(recorded, "test_describe_with_alias_arn", "describe-key", kms.describe_key(KeyId=arn))
    mac = kms.create_key(Description="test key", KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]
    same_answer(recorded, "test_hmac_create_key", "create-hmac-key", mac)
    same_error(recorded, "test_hmac_create_key_invalid_operations", "create-hmac-key-without-key-usage", kms.create_key, KeySpec="HMAC_256")
    same_error(recorded, "test_create_alias", "create_alias", kms.create_alias, AliasName="recorded", TargetKeyId=made["KeyId"])
    for bad in ("aws:key1", "AWS:key1"):
        same_error(recorded, "test_create_key_with_invalid_tag_key[lowercase_prefix]", "invalid-tag-key", kms.create_key, Tags=[{"TagKey": bad, "TagValue": "x"}])
    same_error(recorded, "test_create_key_with_too_many_tags_raises_error", "invalid-tag-key", kms.create_key,
               Tags=[{"TagKey": f"k{i}", "TagValue": "v"} for i in range(51)])
    for given, name in (("fake-key-id", "describe-key-with-invalid-uuid"), ("134f2428cec14b25a1ae9048164dba47", "describe-key-with-invalid-uuid-2"),
                        ("mrk-fake-key-id", "describe-key-with-invalid-uuid-mrk")):
        same_error(recorded, "test_get_key_invalid_uuid", name, kms.describe_key, KeyId=given)
    for given, name in (("00000000-0000-0000-0000-000000000000", "describe-nonexistent-key-with-id"), ("mrk-d3b95762d3b95762d3b95762d3b95762", "describe-key-with-valid-id-mrk")):
        same_error(recorded, "test_get_key_does_not_exist", name, kms.describe_key, KeyId=given)


def test_recorded_cryptography(kms, key, recorded):
    context = {"a": "b"}
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x", EncryptionContext=context)
    test = "test_encrypt_decrypt_encryption_context"
    same_answer(recorded, test, "encrypt_response", blob)
    same_answer(recorded, test, "decrypt_response_with_encryption_context", kms.decrypt(CiphertextBlob=blob["CiphertextBlob"], EncryptionContext=context))
    same_error(recorded, test, "decrypt_response_without_encryption_context", kms.decrypt, CiphertextBlob=blob["CiphertextBlob"])
    same_error(recorded, test, "decrypt_response_with_invalid_ciphertext", kms.decrypt, CiphertextBlob=b"bad", EncryptionContext=context)
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    test = "test_re_encrypt[SYMMETRIC_DEFAULT-SYMMETRIC_DEFAULT]"
    same_answer(recorded, test, "test_re_encrypt", kms.re_encrypt(CiphertextBlob=blob, SourceKeyId=key["KeyId"], DestinationKeyId=key["KeyId"]))
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    same_error(recorded, "test_re_encrypt_incorrect_source_key", "incorrect-source-key", kms.re_encrypt, CiphertextBlob=blob, SourceKeyId=other, DestinationKeyId=other)
    same_error(recorded, "test_plaintext_size_for_encrypt", "invalid-plaintext-size-encrypt", kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x" * 4097)
    for n, name in ((0, "[0]"), (1025, "[1025]")):
        same_error(recorded, f"test_generate_random_invalid_number_of_bytes{name}", "generate-random-exc", kms.generate_random, NumberOfBytes=n)
    same_error(recorded, "test_generate_random_invalid_number_of_bytes[None]", "generate-random-exc", kms.generate_random)
    same_answer(recorded, "test_generate_data_key", "generate-data-key-result", kms.generate_data_key(KeyId=key["KeyId"], KeySpec="AES_256"))
    same_answer(recorded, "test_generate_data_key_without_plaintext", "generate-data-key-without-plaintext",
                kms.generate_data_key_without_plaintext(KeyId=key["KeyId"], KeySpec="AES_256"))
    same_answer(recorded, "test_generate_data_key_pair", "generate-data-key-pair", kms.generate_data_key_pair(KeyId=key["KeyId"], KeyPairSpec="RSA_2048"))
    same_answer(recorded, "test_generate_data_key_pair_without_plaintext", "generate-data-key-pair-without-plaintext",
                kms.generate_data_key_pair_without_plaintext(KeyId=key["KeyId"], KeyPairSpec="RSA_2048"))
    same_error(recorded, "test_generate_data_key_pair_dry_run", "dryrun_exception", kms.generate_data_key_pair, KeyId=key["KeyId"], KeyPairSpec="RSA_2048", DryRun=True)
    mac = kms.create_key(KeySpec="HMAC_224", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
    test = "test_generate_and_verify_mac[HMAC_224-HMAC_SHA_224]"
    code = kms.generate_mac(KeyId=mac, Message=b"m", MacAlgorithm="HMAC_SHA_224")
    same_answer(recorded, test, "generate-mac", code)
    same_answer(recorded, test, "verify-mac", kms.verify_mac(KeyId=mac, Message=b"m", MacAlgorithm="HMAC_SHA_224", Mac=code["Mac"]))
    same_error(recorded, test, "generate-mac-invalid-key-id", kms.generate_mac, KeyId="key_id", Message=b"m", MacAlgorithm="HMAC_SHA_224")
    same_error(recorded, "test_invalid_generate_mac[HMAC_224-HMAC_SHA_256]", "generate-mac", kms.generate_mac, KeyId=mac, Message=b"m", MacAlgorithm="HMAC_SHA_256")
    same_error(recorded, "test_invalid_verify_mac[HMAC_256-HMAC_SHA_256-some different important message]", "verify-mac", kms.verify_mac, KeyId=mac, Message=b"n",
               MacAlgorithm="HMAC_SHA_224", Mac=code["Mac"])
    test = "test_error_messaging_for_invalid_keys"
    same_error(recorded, test, "generate-mac-invalid-key-id", kms.generate_mac, KeyId=key["KeyId"], Message=b"m", MacAlgorithm="HMAC_SHA_224")
    same_error(recorded, test, "sign-invalid-key-id", kms.sign, KeyId=mac, Message=b"m", SigningAlgorithm="RSASSA_PSS_SHA_256")
    same_error(recorded, test, "verify-invalid-key-id", kms.verify, KeyId=key["KeyId"], Message=b"m", Signature=b"s", SigningAlgorithm="RSASSA_PSS_SHA_256")
    same_error(recorded, test, "decrypt-invalid-key-id", kms.decrypt, KeyId=mac, CiphertextBlob=blob)


@pytest.mark.parametrize("spec, algorithm", [("ECC_NIST_P256", "ECDSA_SHA_256"), ("ECC_NIST_P384", "ECDSA_SHA_384"), ("ECC_SECG_P256K1", "ECDSA_SHA_256"),
                                             ("RSA_2048", "RSASSA_PSS_SHA_256"), ("RSA_2048", "RSASSA_PSS_SHA_384"), ("RSA_4096", "RSASSA_PKCS1_V1_5_SHA_256")])
def test_recorded_signatures(kms, recorded, spec, algorithm):
    made = kms.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    test = f"test_sign_verify[{spec}-{algorithm}]"
    signature = kms.sign(KeyId=made, Message=b"message", SigningAlgorithm=algorithm)
    same_answer(recorded, test, "signature", signature)
    verification = dict(KeyId=made, SigningAlgorithm=algorithm, Signature=signature["Signature"])
    same_answer(recorded, test, "verification", kms.verify(Message=b"message", **verification))
    same_error(recorded, test, "bad-signature", kms.verify, Message=b"other", **verification)
    same_error(recorded, test, "bad-digest", kms.sign, KeyId=made, Message=b"message", MessageType="DIGEST", SigningAlgorithm=algorithm)


def test_recorded_rotation_and_agreement(kms, recorded):
    made = kms.create_key()["KeyMetadata"]["KeyId"]
    test = "test_rotate_key_on_demand_with_symmetric_key_and_automatic_rotation_%s"
    same_answer(recorded, test % "disabled", "rotate-on-demand-response", kms.rotate_key_on_demand(KeyId=made))
    same_answer(recorded, test % "disabled", "rotation-status-response-after-rotation", kms.get_key_rotation_status(KeyId=made))
    kms.enable_key_rotation(KeyId=made)
    same_answer(recorded, test % "enabled", "rotation-status-response-after-rotation", kms.get_key_rotation_status(KeyId=made))
    kms.disable_key(KeyId=made)
    same_error(recorded, "test_rotate_key_on_demand_raises_error_given_key_is_disabled", "error-response", kms.rotate_key_on_demand, KeyId=made)
    pair = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="KEY_AGREEMENT")["KeyMetadata"]["KeyId"]
    same_error(recorded, "test_rotate_key_on_demand_raises_error_given_non_symmetric_key", "error-response", kms.rotate_key_on_demand, KeyId=pair)
    test = "test_derive_shared_secret"
    public = kms.get_public_key(KeyId=pair)["PublicKey"]
    same_answer(recorded, test, "response", kms.derive_shared_secret(KeyId=pair, KeyAgreementAlgorithm="ECDH", PublicKey=public))
    same_error(recorded, test, "response-invalid-public-key", kms.derive_shared_secret, KeyId=pair, KeyAgreementAlgorithm="ECDH", PublicKey=b"InvalidPublicKey")
    same_error(recorded, test, "response-invalid-key-agreement-algo", kms.derive_shared_secret, KeyId=pair, KeyAgreementAlgorithm="INVALID", PublicKey=public)
    same_error(recorded, test, "response-invalid-key-spec", kms.create_key, KeySpec="RSA_2048", KeyUsage="KEY_AGREEMENT")
    signing = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    same_error(recorded, test, "response-invalid-key-usage", kms.derive_shared_secret, KeyId=signing, KeyAgreementAlgorithm="ECDH", PublicKey=public)


# --- openssl agrees ------------------------------------------------------------------------------------------------------------------------

PADDING = {"PSS": ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"], "PKCS1": [], "ECDSA": []}


@pytest.mark.parametrize("spec, algorithm", [("RSA_2048", "RSASSA_PSS_SHA_256"), ("RSA_3072", "RSASSA_PSS_SHA_512"), ("RSA_4096", "RSASSA_PKCS1_V1_5_SHA_384"),
                                             ("ECC_NIST_P256", "ECDSA_SHA_256"), ("ECC_NIST_P384", "ECDSA_SHA_384"), ("ECC_NIST_P521", "ECDSA_SHA_512"),
                                             ("ECC_SECG_P256K1", "ECDSA_SHA_256")])
def test_openssl_verifies_our_signatures(kms, tmp_path, spec, algorithm):
    made = kms.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    bits = algorithm.rsplit("_", 1)[1]
    padding = next(v for k, v in PADDING.items() if k in algorithm)
    (tmp_path / "public.der").write_bytes(kms.get_public_key(KeyId=made)["PublicKey"])
    for kind, message in (("RAW", b"a message"), ("DIGEST", hashlib.new(f"sha{bits}", b"a message").digest())):
        signature = kms.sign(KeyId=made, Message=message, MessageType=kind, SigningAlgorithm=algorithm)["Signature"]
        (tmp_path / "signature").write_bytes(signature)
        verify = ["dgst", f"-sha{bits}", "-verify", str(tmp_path / "public.der"), "-keyform", "DER", "-signature", str(tmp_path / "signature"), *padding]
        assert openssl(*verify, data=b"a message")[0] == 0
        assert openssl(*verify, data=b"another message")[0] != 0
        assert kms.verify(KeyId=made, Message=b"a message", SigningAlgorithm=algorithm, Signature=signature)["SignatureValid"]


def test_ed25519_signs_for_openssl(kms, tmp_path):
    made = kms.create_key(KeySpec="ECC_NIST_EDWARDS25519", KeyUsage="SIGN_VERIFY")["KeyMetadata"]
    assert made["SigningAlgorithms"] == ["ED25519_SHA_512"]
    (tmp_path / "public.der").write_bytes(kms.get_public_key(KeyId=made["KeyId"])["PublicKey"])
    (tmp_path / "message").write_bytes(b"a message")
    (tmp_path / "signature").write_bytes(kms.sign(KeyId=made["KeyId"], Message=b"a message", SigningAlgorithm="ED25519_SHA_512")["Signature"])
    assert openssl("pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", str(tmp_path / "public.der"), "-rawin", "-in", str(tmp_path / "message"),
                   "-sigfile", str(tmp_path / "signature"))[0] == 0
    assert error_of(kms.sign, KeyId=made["KeyId"], Message=b"x" * 64, MessageType="DIGEST", SigningAlgorithm="ED25519_PH_SHA_512")["Code"] == "NotImplemented"


@pytest.mark.parametrize("algorithm, digest, capacity", [("RSAES_OAEP_SHA_1", "sha1", 214), ("RSAES_OAEP_SHA_256", "sha256", 190)])
def test_what_openssl_encrypts_we_decrypt(kms, tmp_path, algorithm, digest, capacity):
    made = kms.create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["KeyId"]
    (tmp_path / "public.der").write_bytes(kms.get_public_key(KeyId=made)["PublicKey"])
    status, blob = openssl("pkeyutl", "-encrypt", "-pubin", "-keyform", "DER", "-inkey", str(tmp_path / "public.der"), "-pkeyopt", "rsa_padding_mode:oaep",
                           "-pkeyopt", f"rsa_oaep_md:{digest}", "-pkeyopt", f"rsa_mgf1_md:{digest}", data=b"for your eyes only")
    assert status == 0
    assert kms.decrypt(KeyId=made, CiphertextBlob=blob, EncryptionAlgorithm=algorithm)["Plaintext"] == b"for your eyes only"
    full = kms.encrypt(KeyId=made, Plaintext=b"x" * capacity, EncryptionAlgorithm=algorithm)["CiphertextBlob"]
    assert kms.decrypt(KeyId=made, CiphertextBlob=full, EncryptionAlgorithm=algorithm)["Plaintext"] == b"x" * capacity
    assert "cannot encrypt data larger than" in error_of(kms.encrypt, KeyId=made, Plaintext=b"x" * (capacity + 1), EncryptionAlgorithm=algorithm)["Message"]
    assert error_of(kms.encrypt, KeyId=made, Plaintext=b"x")["Message"] == "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048."


@pytest.mark.parametrize("spec", ["RSA_2048", "ECC_NIST_P256", "ECC_SECG_P256K1"])
def test_data_key_pairs_are_pairs(kms, key, tmp_path, spec):
    pair = kms.generate_data_key_pair(KeyId=key["KeyId"], KeyPairSpec=spec, EncryptionContext={"a": "b"})
    (tmp_path / "private.der").write_bytes(pair["PrivateKeyPlaintext"])
    status, public = openssl("pkey", "-inform", "DER", "-in", str(tmp_path / "private.der"), "-pubout", "-outform", "DER")
    assert status == 0 and public == pair["PublicKey"]
    assert kms.decrypt(CiphertextBlob=pair["PrivateKeyCiphertextBlob"], EncryptionContext={"a": "b"})["Plaintext"] == pair["PrivateKeyPlaintext"]
    assert error_of(kms.decrypt, CiphertextBlob=pair["PrivateKeyCiphertextBlob"])["Code"] == "InvalidCiphertextException"


def test_shared_secrets_are_those_of_openssl(kms, tmp_path):
    made = kms.create_key(KeySpec="ECC_NIST_P384", KeyUsage="KEY_AGREEMENT")["KeyMetadata"]["KeyId"]
    (tmp_path / "ours.der").write_bytes(kms.get_public_key(KeyId=made)["PublicKey"])
    mine, public = str(tmp_path / "mine.pem"), tmp_path / "mine.der"
    assert openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384", "-out", mine)[0] == 0
    assert openssl("pkey", "-in", mine, "-pubout", "-outform", "DER", "-out", str(public))[0] == 0
    status, theirs = openssl("pkeyutl", "-derive", "-inkey", mine, "-peerkey", str(tmp_path / "ours.der"), "-peerform", "DER")
    assert status == 0
    assert kms.derive_shared_secret(KeyId=made, KeyAgreementAlgorithm="ECDH", PublicKey=public.read_bytes())["SharedSecret"] == theirs


# --- behaviour through clients -------------------------------------------------------------------------------------------------------------

def test_envelope_encryption_survives_kill_and_restart(fresh_server, tmp_path):
    server = fresh_server("--allow-reset")
    kms = server.client("kms")
    made = kms.create_key()["KeyMetadata"]["KeyId"]
    signing = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    data_key = kms.generate_data_key(KeyId=made, KeySpec="AES_256", EncryptionContext={"file": "1"})
    assert len(data_key["Plaintext"]) == 32
    public = kms.get_public_key(KeyId=signing)["PublicKey"]
    server.kill9()
    server.start()
    kms = server.client("kms")
    assert kms.decrypt(CiphertextBlob=data_key["CiphertextBlob"], EncryptionContext={"file": "1"})["Plaintext"] == data_key["Plaintext"]
    assert kms.get_public_key(KeyId=signing)["PublicKey"] == public
    key_file = os.path.join(server.data, "kms.key")
    assert os.stat(key_file).st_mode & 0o777 == 0o600
    # Without the key file nothing of it can be opened, and the answer says no more than that.
    server.stop()
    os.rename(key_file, key_file + ".away")
    server.start()
    error = error_of(server.client("kms").decrypt, CiphertextBlob=data_key["CiphertextBlob"], EncryptionContext={"file": "1"})
    assert error["Code"] == "KMSInternalException"


def test_secrets_stay_out_of_logs_and_access_records(fresh_server):
    server = fresh_server()
    kms = server.client("kms")
    made = kms.create_key()["KeyMetadata"]["KeyId"]
    secret = b"the-plaintext-of-this-test"
    answer = kms.encrypt(KeyId=made, Plaintext=secret)
    kms.decrypt(CiphertextBlob=answer["CiphertextBlob"])
    record = server.admin("GET", "explain", request_id=answer["ResponseMetadata"]["RequestId"])
    text = json.dumps(record) + server.log.read_text()
    assert made in text
    assert secret.decode() not in text and base64.b64encode(secret).decode() not in text


def test_a_rotated_key_reads_what_it_wrote_before(fresh_server):
    server = fresh_server()
    kms = server.client("kms")
    made = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.enable_key_rotation(KeyId=made, RotationPeriodInDays=90)
    old = kms.encrypt(KeyId=made, Plaintext=b"old")
    before = kms.describe_key(KeyId=made)["KeyMetadata"]["CurrentKeyMaterialId"]
    server.admin("POST", "clock", action="advance", by="91d")
    after = kms.describe_key(KeyId=made)["KeyMetadata"]["CurrentKeyMaterialId"]
    assert before != after
    again = kms.decrypt(CiphertextBlob=old["CiphertextBlob"])
    assert again["Plaintext"] == b"old" and again["KeyMaterialId"] == before
    assert [r["RotationType"] for r in kms.list_key_rotations(KeyId=made)["Rotations"]] == ["AUTOMATIC"]
    everything = kms.list_key_rotations(KeyId=made, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
    assert [(r["KeyMaterialId"], r["KeyMaterialState"]) for r in everything] == [(before, "NON_CURRENT"), (after, "CURRENT")]
    kms.schedule_key_deletion(KeyId=made, PendingWindowInDays=7)
    server.admin("POST", "clock", action="advance", by="8d")
    assert error_of(kms.describe_key, KeyId=made)["Code"] == "NotFoundException"


def test_another_account_uses_a_shared_key(server, kms):
    away = server.client("kms", key=AWAY)
    policy = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{HOME}:root"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{AWAY}:root"}, "Action": ["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey"], "Resource": "*"}]}
    shared = kms.create_key(Policy=json.dumps(policy))["KeyMetadata"]["Arn"]
    blob = away.encrypt(KeyId=shared, Plaintext=b"x")["CiphertextBlob"]
    assert away.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x" and kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    assert error_of(away.disable_key, KeyId=shared)["Code"] == "AccessDeniedException"
    assert json.loads(kms.get_key_policy(KeyId=shared)["Policy"]) == policy
    private = kms.create_key()["KeyMetadata"]["Arn"]
    assert error_of(away.encrypt, KeyId=private, Plaintext=b"x")["Message"].endswith(
        "because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access")


def test_aws_managed_keys_show_but_do_not_serve_directly(kms):
    names = {a["AliasName"]: a for a in kms.list_aliases()["Aliases"]}
    assert "TargetKeyId" not in names["alias/aws/ebs"]
    made = kms.describe_key(KeyId="alias/aws/ebs")["KeyMetadata"]
    assert made["KeyManager"] == "AWS"
    assert {a["AliasName"]: a for a in kms.list_aliases()["Aliases"]}["alias/aws/ebs"]["TargetKeyId"] == made["KeyId"]
    assert kms.get_key_rotation_status(KeyId=made["KeyId"])["KeyRotationEnabled"]
    for call, arguments in ((kms.encrypt, dict(Plaintext=b"x")), (kms.schedule_key_deletion, {}), (kms.put_key_policy, dict(Policy="{}"))):
        assert error_of(call, KeyId=made["KeyId"], **arguments)["Code"] == "AccessDeniedException"


def test_what_is_not_served_says_so(kms, key):
    for call, arguments in ((kms.create_key, dict(Origin="EXTERNAL")), (kms.create_key, dict(MultiRegion=True)), (kms.create_key, dict(CustomKeyStoreId="cks-1", Origin="AWS_CLOUDHSM")),
                            (kms.create_key, dict(KeySpec="ML_DSA_65", KeyUsage="SIGN_VERIFY")), (kms.create_key, dict(KeySpec="SM2", KeyUsage="SIGN_VERIFY")),
                            (kms.replicate_key, dict(KeyId=key["KeyId"], ReplicaRegion="eu-west-1")), (kms.describe_custom_key_stores, {}),
                            (kms.get_parameters_for_import, dict(KeyId=key["KeyId"], WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048"))):
        with pytest.raises(ClientError) as e:
            call(**arguments)
        assert e.value.response["Error"]["Code"] == "NotImplemented" and e.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
