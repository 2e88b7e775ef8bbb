# Deleted keys wait seven days.
OUTLIVES = [("kms", "key"), ("kms", "material"), ("kms", "policy")]


def check(server, stage, outputs):
    kms = server.client("kms")
    key = kms.describe_key(KeyId=outputs["key"])["KeyMetadata"]
    assert key["Description"] == ("data" if stage == 1 else "data, changed")
    grant, = kms.list_grants(KeyId=outputs["key"])["Grants"]
    assert sorted(grant["Operations"]) == ["Decrypt", "Encrypt"] + ([] if stage == 1 else ["GenerateDataKey"])
    assert kms.get_key_rotation_status(KeyId=outputs["key"])["RotationPeriodInDays"] == (180 if stage == 1 else 365)
