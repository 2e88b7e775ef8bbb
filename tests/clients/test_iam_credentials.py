"""Credentials of users besides access keys: service-specific ones, SSH keys, signing certificates; and that no user goes while it has some."""
import shutil
import subprocess

import pytest
from botocore.exceptions import ClientError


def code(call, **params):
    with pytest.raises(ClientError) as e:
        call(**params)
    return e.value.response["Error"]["Code"]


@pytest.fixture
def iam(server):
    client = server.client("iam")
    client.create_user(UserName="holder")
    yield client
    client.delete_user(UserName="holder")


def certificate(tmp_path, name):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(tmp_path / "key.pem"), "-subj", f"/CN={name}", "-days", "3", "-out", str(tmp_path / "cert.pem")], capture_output=True, check=True)
    return (tmp_path / "cert.pem").read_text()


def test_two_service_specific_credentials_per_service_and_the_password_is_shown_once(iam):
    first, second = (iam.create_service_specific_credential(UserName="holder", ServiceName="codecommit.amazonaws.com")["ServiceSpecificCredential"] for _ in range(2))
    assert first["ServiceUserName"] == "holder-at-000000000000" and second["ServiceUserName"] == "holder+1-at-000000000000"
    assert code(iam.create_service_specific_credential, UserName="holder", ServiceName="codecommit.amazonaws.com") == "LimitExceeded"
    other = iam.create_service_specific_credential(UserName="holder", ServiceName="cassandra.amazonaws.com")["ServiceSpecificCredential"]
    listed = iam.list_service_specific_credentials(UserName="holder")["ServiceSpecificCredentials"]
    assert {c["ServiceSpecificCredentialId"] for c in listed} == {c["ServiceSpecificCredentialId"] for c in (first, second, other)}
    assert all("ServicePassword" not in c for c in listed)
    again = iam.reset_service_specific_credential(UserName="holder", ServiceSpecificCredentialId=first["ServiceSpecificCredentialId"])["ServiceSpecificCredential"]
    assert again["ServicePassword"] != first["ServicePassword"]
    assert code(iam.update_service_specific_credential, UserName="holder", ServiceSpecificCredentialId=first["ServiceSpecificCredentialId"], Status="Expired") == "InvalidInput"
    assert code(iam.delete_user, UserName="holder") == "DeleteConflict"
    for c in listed:
        iam.delete_service_specific_credential(UserName="holder", ServiceSpecificCredentialId=c["ServiceSpecificCredentialId"])


def test_api_keys_of_bedrock_are_not_served(iam):
    assert code(iam.create_service_specific_credential, UserName="holder", ServiceName="bedrock.amazonaws.com") == "NotImplemented"


@pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="there is no ssh-keygen")
def test_an_ssh_key_is_given_back_in_either_encoding(iam, tmp_path):
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-C", "holder@host", "-f", str(tmp_path / "id")], check=True)
    text = (tmp_path / "id.pub").read_text()
    key = iam.upload_ssh_public_key(UserName="holder", SSHPublicKeyBody=text)["SSHPublicKey"]
    told = subprocess.run(["ssh-keygen", "-l", "-E", "md5", "-f", str(tmp_path / "id.pub")], capture_output=True, text=True, check=True).stdout
    assert f"MD5:{key['Fingerprint']} " in told and key["SSHPublicKeyBody"].strip() == text.strip()
    pem = iam.get_ssh_public_key(UserName="holder", SSHPublicKeyId=key["SSHPublicKeyId"], Encoding="PEM")["SSHPublicKey"]["SSHPublicKeyBody"]
    assert pem == subprocess.run(["ssh-keygen", "-e", "-m", "PKCS8", "-f", str(tmp_path / "id.pub")], capture_output=True, text=True, check=True).stdout
    assert code(iam.upload_ssh_public_key, UserName="holder", SSHPublicKeyBody=pem) == "DuplicateSSHPublicKey"
    assert code(iam.upload_ssh_public_key, UserName="holder", SSHPublicKeyBody="ssh-rsa AAAA") == "InvalidPublicKey"
    iam.update_ssh_public_key(UserName="holder", SSHPublicKeyId=key["SSHPublicKeyId"], Status="Inactive")
    assert [k["Status"] for k in iam.list_ssh_public_keys(UserName="holder")["SSHPublicKeys"]] == ["Inactive"]
    assert code(iam.delete_user, UserName="holder") == "DeleteConflict"
    iam.delete_ssh_public_key(UserName="holder", SSHPublicKeyId=key["SSHPublicKeyId"])
    assert code(iam.get_ssh_public_key, UserName="holder", SSHPublicKeyId=key["SSHPublicKeyId"], Encoding="SSH") == "NoSuchEntity"


def test_a_user_has_two_signing_certificates_at_most(iam, tmp_path):
    bodies = [certificate(tmp_path, f"holder-{i}") for i in range(3)]
    ids = [iam.upload_signing_certificate(UserName="holder", CertificateBody=b)["Certificate"]["CertificateId"] for b in bodies[:2]]
    assert code(iam.upload_signing_certificate, UserName="holder", CertificateBody=bodies[0]) == "DuplicateCertificate"
    assert code(iam.upload_signing_certificate, UserName="holder", CertificateBody=bodies[2]) == "LimitExceeded"
    assert code(iam.upload_signing_certificate, UserName="holder", CertificateBody="no certificate") == "MalformedCertificate"
    listed = iam.list_signing_certificates(UserName="holder")["Certificates"]
    assert {c["CertificateId"]: c["CertificateBody"].strip() for c in listed} == {i: b.strip() for i, b in zip(ids, bodies)}
    assert code(iam.delete_user, UserName="holder") == "DeleteConflict"
    for i in ids:
        iam.delete_signing_certificate(UserName="holder", CertificateId=i)


def test_nobody_has_an_mfa_device(iam):
    assert iam.list_mfa_devices(UserName="holder")["MFADevices"] == []
    assert iam.list_virtual_mfa_devices()["VirtualMFADevices"] == []
    assert code(iam.list_mfa_devices, UserName="nobody") == "NoSuchEntity"
