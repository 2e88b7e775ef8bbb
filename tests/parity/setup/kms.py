"""KMS: keys of the kind that the call needs, and the blobs that earlier calls gave."""
import re

from parity.setup import Service

S = Service("kms")
S.bare = {"ciphertext-blob", "plaintext", "shared-secret", "signature", "public-key", "import-token", "private-key-plaintext", "private-key-ciphertext-blob"}
S.alias("TargetKeyId", "KeyId")
S.alias("SourceKeyId", "KeyId")
S.alias("DestinationKeyId", "KeyId")

MAC = ("GenerateMac", "VerifyMac")
BLOBS = {"CiphertextBlob": ("CiphertextBlob", "PrivateKeyCiphertextBlob"), "Signature": ("Signature",), "Mac": ("Mac",), "PublicKey": ("PublicKey",)}


def parameters(run):
    found = re.search(r"\[(.*)\]", run.test.name)
    return found.group(1).split("-") if found else []


def spec_of(run, call):
    """(spec, usage) of the key that the test had made for this call."""
    named = next((p for p in parameters(run) if re.match(r"RSA_\d|ECC_|HMAC_\d+$|SYMMETRIC", p)), None)
    if call.operation in ("Sign", "Verify"):
        algorithm = call.params.get("SigningAlgorithm", "")
        return named or ("ECC_NIST_P256" if algorithm.startswith("ECDSA") else "RSA_2048"), "SIGN_VERIFY"
    if call.operation in MAC:
        return named or "HMAC_224", "GENERATE_VERIFY_MAC"
    if call.operation == "DeriveSharedSecret":
        return "ECC_NIST_P256", "KEY_AGREEMENT"
    return named or "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"


def make_key(run, spec="SYMMETRIC_DEFAULT", usage="ENCRYPT_DECRYPT", **more):
    return run.call("kms:CreateKey", KeySpec=spec, KeyUsage=usage, **more)["KeyMetadata"]["KeyId"]


@S.prepare
def keys(run, call):
    if "x" in (call.params.get("KeyId"), call.params.get("TargetKeyId"), call.params.get("SourceKeyId")) and run.find("KeyId") is None:
        make_key(run, *spec_of(run, call))


@S.finish
def blobs(run, call):
    """An empty blob stands for what an earlier call gave."""
    for parameter, members in BLOBS.items():
        if call.params.get(parameter) == "":
            found = next((v for m in members if (v := run.find(m)) is not None), None)
            if found is not None:
                call.params[parameter] = found


@S.before("test_create_key_with_tag_and_untag", "list-resource-tags")
@S.before("test_untag_key_partially", "list-resource-tags")
@S.before("test_update_and_add_tags_on_tagged_key", "list-resource-tags")
def _(run, call):
    """The tags that the answer shows are those that the key was made with."""
    make_key(run, Tags=call.recorded)


@S.before("test_create_key_with_tag_and_untag", "*after-all-untagged")
def _(run, call):
    run.call("kms:UntagResource", KeyId=run.find("KeyId"), TagKeys=[t["TagKey"] for t in run.test.answers["list-resource-tags"]])


@S.before("test_untag_key_partially", "*after-partially-untagged")
def _(run, call):
    left = {t["TagKey"] for t in call.recorded}
    run.call("kms:UntagResource", KeyId=run.find("KeyId"), TagKeys=[t["TagKey"] for t in run.test.answers["list-resource-tags"] if t["TagKey"] not in left])


@S.before("test_update_and_add_tags_on_tagged_key", "*after-tags-updated")
def _(run, call):
    before = run.test.answers["list-resource-tags"]
    run.call("kms:TagResource", KeyId=run.find("KeyId"), Tags=[t for t in call.recorded if t not in before])


S.unordered("ListResourceTags", "*")


@S.before("test_derive_shared_secret")
def _(run, call):
    """Two agreement keys; the other calls use keys that do not fit."""
    if call.operation != "DeriveSharedSecret":
        return
    agreement = lambda: make_key(run, "ECC_NIST_P256", "KEY_AGREEMENT")
    other = run.keep("other", lambda: run.call("kms:GetPublicKey", KeyId=agreement())["PublicKey"])
    kind = {"response-invalid-key-usage": ("ECC_NIST_P256", "SIGN_VERIFY"), "response-invalid-key": ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")}.get(call.answer)
    call.params["KeyId"] = make_key(run, *kind) if kind else run.keep("agreement", agreement)
    if call.params["PublicKey"] == "":
        call.params["PublicKey"] = other


@S.before("test_error_messaging_for_invalid_keys")
def _(run, call):
    """A key of another usage than the call's: an HMAC key for Sign, a signing key for Encrypt, an encryption key for the others."""
    mac, plain, signing = run.keep("keys", lambda: (make_key(run, "HMAC_224", "GENERATE_VERIFY_MAC"), make_key(run), make_key(run, "RSA_2048", "SIGN_VERIFY")))
    call.params["KeyId"] = {"Sign": mac, "Encrypt": signing}.get(call.operation, plain)
    if call.operation == "Decrypt":
        call.params["CiphertextBlob"] = run.call("kms:Encrypt", KeyId=plain, Plaintext="test message 123!@#")["CiphertextBlob"]
        call.params["KeyId"] = make_key(run)


@S.before("test_encrypt_decrypt_encryption_context", "decrypt_response_with_invalid_ciphertext")
def _(run, call):
    call.params["CiphertextBlob"] = run.call("kms:Encrypt", KeyId=run.find("KeyId"), Plaintext="test message 123", EncryptionContext={"other": "context"})["CiphertextBlob"]


@S.before("test_sign_verify*", "bad-signature")
def _(run, call):
    """A signature of another message."""
    call.params["Signature"] = run.call("kms:Sign", KeyId=run.find("KeyId"), Message="another message", MessageType="RAW",
                                        SigningAlgorithm=call.params["SigningAlgorithm"])["Signature"]


@S.before("test_re_encrypt*")
def _(run, call):
    source, target = make_key(run), make_key(run)
    call.params.update(SourceKeyId=source, DestinationKeyId=target)
    call.params["CiphertextBlob"] = run.call("kms:Encrypt", KeyId=source, Plaintext="test message")["CiphertextBlob"]
    if "incorrect" in run.test.name:
        call.params["SourceKeyId"] = make_key(run)


@S.before("test_rotate_key_on_demand_raises_error_given_key_is_disabled", "error-response")
def _(run, call):
    run.call("kms:DisableKey", KeyId=make_key(run))


@S.before("test_rotate_key_on_demand_raises_error_given_non_symmetric_key", "error-response")
def _(run, call):
    make_key(run, "RSA_4096")


@S.before("test_rotate_key_on_demand_with_symmetric_key_and_automatic_rotation_enabled", "rotate-on-demand-response")
def _(run, call):
    run.call("kms:EnableKeyRotation", KeyId=make_key(run))


@S.before("test_key_rotation_updates_current_key_material_id*", "describe-key-before-rotation")
def _(run, call):
    make_key(run, Description=call.recorded["KeyMetadata"]["Description"])


@S.before("test_key_rotation_updates_current_key_material_id*", "describe-key-after-rotation")
def _(run, call):
    run.call("kms:RotateKeyOnDemand", KeyId=run.find("KeyId"))


@S.before("test_encryption_context_generate_data_key*", "decrypt-without-encryption-context")
def _(run, call):
    """A data key made with a context."""
    operation = "".join(part.title() for part in run.test.name.removeprefix("test_encryption_context_").split("_"))
    more = {"KeyPairSpec": "RSA_2048"} if "Pair" in operation else {"KeySpec": "AES_256"}
    run.call(f"kms:{operation}", KeyId=make_key(run), EncryptionContext={"context-key": "context-value"}, **more)


@S.before("test_replicate_key")
def _(run, call):
    call.params["KeyId"] = run.keep("primary", lambda: make_key(run, MultiRegion=True))
    if call.answer in ("describe-key-from-different-region", "describe-replicated-key"):
        call.region = "ap-southeast-1"


@S.before("test_replicate_replica_key_should_fail")
def _(run, call):
    call.params["KeyId"] = make_key(run, MultiRegion=True)
    run.call("kms:ReplicateKey", KeyId=call.params["KeyId"], ReplicaRegion="us-west-1")
    call.region = "us-west-1"


@S.before("test_get_key_does_not_exist", "describe-nonexistent-with-arn")
def _(run, call):
    call.params["KeyId"] = f"arn:aws:kms:{run.region}:{run.account}:key/134f2428-cec1-4b25-a1ae-9048164dba47"


@S.before("test_hmac_create_key", "describe-key")
@S.before("test_import_key_symmetric", "encrypt-before-import-error")
def _(run, call):
    call.params["KeyId"] = run.find("KeyId")
