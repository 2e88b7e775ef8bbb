"""Clients of one account, and the conversion of recorded parameters into what they take.

Clients are made once per service and Region; making them is locked, using them is not.
"""
import base64
import io
import json
import re
import threading
import zipfile

import botocore.session
from botocore.config import Config
from botocore.credentials import Credentials, ReadOnlyCredentials
from botocore.handlers import validate_bucket_name

from parity import checksums
from parity.recorded import ROOT

checksums.install()

lock = threading.Lock()
sessions = {}


def session(kind):
    if kind not in sessions:
        made = botocore.session.Session()
        if kind == "sqs-query":
            speak_query(made)
        sessions[kind] = made
    return sessions[kind]


def speak_query(made):
    """SQS's model with the names of its query protocol, as clients had it before 2024."""
    loader = made.get_component("data_loader")
    original = loader.load_service_model

    def load(service_name, type_name, api_version=None):
        model = original(service_name, type_name, api_version)
        if service_name != "sqs" or type_name != "service-2":
            return model
        model = json.loads(json.dumps(model))
        for correction in json.loads((ROOT / "models/corrections/sqs.json").read_text()):
            for pointer, value in correction.get("set", {}).items():
                *parents, last = pointer.strip("/").split("/")
                at = model
                for name in parents:
                    at = at.setdefault(name, {})
                at["locationName" if last == "queryName" else last] = value
        for name, operation in model["operations"].items():
            if "output" in operation:
                operation["output"]["resultWrapper"] = name + "Result"
        model["metadata"].update(protocol="query", protocols=["query"])
        model["metadata"].pop("jsonVersion", None)
        return model

    loader.load_service_model = load


class Caller(Credentials):
    """The credentials of whoever calls on this thread: one client serves every account."""

    def __init__(self):
        self.local = threading.local()

    def set(self, key, secret, token):
        self.local.frozen = ReadOnlyCredentials(key, secret, token)

    def get_frozen_credentials(self):
        return self.local.frozen


class Clients:
    def __init__(self, url):
        self.url = url
        self.made = {}
        self.caller = Caller()

    def get(self, service, account, region, secret="test", token=None):
        """The client of a service in a Region, as `account` until this thread asks for another."""
        self.caller.set(account, secret, token)
        with lock:
            if (service, region) not in self.made:
                self.made[service, region] = self.make(service, region)
            return self.made[service, region]

    def make(self, service, region):
        config = Config(retries={"max_attempts": 0}, connect_timeout=5, read_timeout=70, parameter_validation=False, max_pool_connections=32,
                        s3={"addressing_style": "path"})
        made = session("sqs-query" if service == "sqs-query" else "plain")
        made._credentials = self.caller
        client = made.create_client(service.removesuffix("-query"), endpoint_url=self.url, region_name=region, config=config)
        client.meta.events.unregister("before-parameter-build.s3", validate_bucket_name)
        # The client puts the account before the host, and no name stands before an address.
        client.meta.events.register("before-sign.s3-control", lambda request, **_: setattr(request, "url", re.sub(r"//[0-9]{12}\.", "//", request.url)))
        return client


def operation_model(client, operation):
    return client.meta.service_model.operation_model(operation)


def as_python(shape, value):
    """A recorded parameter as the client takes it: binary values become bytes."""
    if shape is None or value is None:
        return value
    if shape.type_name == "blob" and isinstance(value, dict) and "length" in value:
        return shortened(value)
    if shape.type_name == "structure" and isinstance(value, dict):
        return {k: as_python(shape.members.get(k), v) for k, v in value.items()}
    if shape.type_name == "list" and isinstance(value, list):
        return [as_python(shape.member, v) for v in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {k: as_python(shape.value, v) for k, v in value.items()}
    if shape.type_name == "blob" and isinstance(value, str):
        return binary(value)
    return value


def binary(text):
    """Text stands for itself; what is no text was recorded as {"base64": …}."""
    return small_zip() if text == "<zip>" else text.encode()


def shortened(value):
    """{"base64" or "text": …, "length": …}: long values were cut."""
    raw = base64.b64decode(value["base64"]) if "base64" in value else value["text"].encode()
    if len(raw) < value["length"]:
        raw = (raw * (value["length"] // len(raw) + 1))[:value["length"]]
    return raw


def small_zip(text="def handler(event, context):\n    return event\n", name="handler.py"):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), text)
    return out.getvalue()


def with_bodies(value):
    """An answer of the client whose streams are read."""
    if isinstance(value, dict):
        return {k: with_bodies(v) for k, v in value.items()}
    if isinstance(value, list):
        return [with_bodies(v) for v in value]
    if type(value).__name__ == "EventStream":
        return [with_bodies(event) for event in value]
    return value.read() if hasattr(value, "read") else value


def as_recorded(value):
    """An answer of the client in the form of the recording: bytes are text."""
    if isinstance(value, dict):
        return {k: as_recorded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [as_recorded(v) for v in value]
    if isinstance(value, (bytes, bytearray)):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return str(bytes(value))
    return value
