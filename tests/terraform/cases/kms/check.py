import json

# Deleted keys wait seven days.
OUTLIVES = [("kms", "key"), ("kms", "material"), ("kms", "policy")]


def check(server, stage, outputs):
    kms = server.client("kms")
    key = kms.describe_key(KeyId=outputs["key"])["KeyMetadata"]
    assert key["Description"] == ("data" if stage == 1 else "data, changed")
    grant, = kms.list_grants(KeyId=outputs["key"])["Grants"]
    assert sorted(grant["Operations"]) == ["Decrypt", "Encrypt"] + ([] if stage == 1 else ["GenerateDataKey"])
    assert kms.get_key_rotation_status(KeyId=outputs["key"])["RotationPeriodInDays"] == (180 if stage == 1 else 365)
    policy = json.loads(kms.get_key_policy(KeyId=outputs["envelope"])["Policy"])
    assert policy["Statement"][0]["Sid"] == ("Root" if stage == 1 else "All")
    assert outputs["public_key"].startswith("-----BEGIN PUBLIC KEY-----")
    mac = kms.generate_mac(KeyId=outputs["mac_alias"], MacAlgorithm="HMAC_SHA_384", Message=b"m")["Mac"]
    assert kms.verify_mac(KeyId=outputs["mac_alias"], MacAlgorithm="HMAC_SHA_384", Message=b"m", Mac=mac)["MacValid"]
    assert outputs["motto"] == f"motto {stage}"
    assert kms.describe_key(KeyId=outputs["seen"])["KeyMetadata"]["KeyState"] == ("Enabled" if stage == 1 else "Disabled")
