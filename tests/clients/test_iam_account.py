"""Identity providers, login profiles, password policy, alias, summary and service-linked roles, through boto3."""
import json
import zlib

import pytest
from botocore.exceptions import ClientError


def refused(call, code, text=None, **parameters):
    with pytest.raises(ClientError) as e:
        call(**parameters)
    error = e.value.response["Error"]
    assert error["Code"] == code, error
    if text is not None:
        assert error["Message"] == text
    return e.value.response


@pytest.fixture
def iam(server, request):
    """The administrator of an account that only this test uses."""
    account = f"{zlib.crc32(request.node.name.encode()):012d}"
    client = server.client("iam", key=account, parameter_validation=False)
    client.account = account
    return client


def test_oidc_provider_lives(iam):
    made = iam.create_open_id_connect_provider(Url="https://token.example.com/path", ClientIDList=["a", "b", "a"], ThumbprintList=["AB" * 20],
                                               Tags=[{"Key": "k", "Value": "v"}])
    arn = made["OpenIDConnectProviderArn"]
    assert arn == f"arn:aws:iam::{iam.account}:oidc-provider/token.example.com/path"
    assert made["Tags"] == [{"Key": "k", "Value": "v"}]
    got = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert got["Url"] == "token.example.com/path" and got["ClientIDList"] == ["a", "b"] and got["ThumbprintList"] == ["ab" * 20]
    refused(iam.create_open_id_connect_provider, "EntityAlreadyExists", "Provider with url https://token.example.com/path already exists.",
            Url="https://token.example.com/path")
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="c")
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="c")
    iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="a")
    iam.update_open_id_connect_provider_thumbprint(OpenIDConnectProviderArn=arn, ThumbprintList=["1" * 40, "2" * 40])
    iam.tag_open_id_connect_provider(OpenIDConnectProviderArn=arn, Tags=[{"Key": "K", "Value": "w"}])
    iam.untag_open_id_connect_provider(OpenIDConnectProviderArn=arn, TagKeys=["k"])
    got = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert got["ClientIDList"] == ["b", "c"] and got["ThumbprintList"] == ["1" * 40, "2" * 40]
    assert iam.list_open_id_connect_provider_tags(OpenIDConnectProviderArn=arn)["Tags"] == [{"Key": "K", "Value": "w"}]
    assert iam.list_open_id_connect_providers()["OpenIDConnectProviderList"] == [{"Arn": arn}]
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)  # documented to succeed
    refused(iam.get_open_id_connect_provider, "NoSuchEntity", f"OpenIDConnect Provider not found for arn {arn}", OpenIDConnectProviderArn=arn)


def test_oidc_provider_rules(iam):
    create = iam.create_open_id_connect_provider
    for url in ("token.example.com", "https://"):
        refused(create, "ValidationError", "Invalid Open ID Connect Provider URL", Url=url)
    refused(create, "InvalidInput", "Invalid Open ID Connect Provider URL. The URL must begin with https://.", Url="http://token.example.com")
    for url in ("https://h.example:8443", "https://h.example?a=b", "https://h.example#f", "https://u:p@h.example", "https://h_x.example"):
        refused(create, "InvalidInput", "Invalid Open ID Connect Provider URL.", Url=url)
    refused(create, "InvalidInput", "Thumbprint list must contain fewer than 5 entries.", Url="https://h.example", ThumbprintList=[str(i) * 40 for i in range(6)])
    refused(create, "LimitExceeded", "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100", Url="https://h.example", ClientIDList=[f"c{i}" for i in range(101)])
    refused(create, "ValidationError", Url="https://h.example", ThumbprintList=["short"])
    for i in range(100):
        create(Url=f"https://h.example/{i}")
    refused(create, "LimitExceeded", "Cannot exceed quota for OpenIdConnectProvidersPerAccount: 100", Url="https://h.example/x")
    refused(iam.get_open_id_connect_provider, "InvalidInput", OpenIDConnectProviderArn=f"arn:aws:iam::{iam.account}:role/x")


def test_oidc_provider_is_decided_by_its_arn(server, iam):
    iam.create_user(UserName="u")
    key = iam.create_access_key(UserName="u")["AccessKey"]
    mine = f"arn:aws:iam::{iam.account}:oidc-provider/mine.example"
    iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "iam:*OpenIDConnectProvider*", "Resource": mine}}))
    user = server.client("iam", key["AccessKeyId"], key["SecretAccessKey"])
    user.create_open_id_connect_provider(Url="https://mine.example")
    refused(user.create_open_id_connect_provider, "AccessDenied", Url="https://other.example")
    assert user.get_open_id_connect_provider(OpenIDConnectProviderArn=mine)["Url"] == "mine.example"
