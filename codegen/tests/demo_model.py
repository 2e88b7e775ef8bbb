"""A made-up service that holds one of each trap, and helpers to generate from it."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

DEMO = {
    "version": "2.0",
    "metadata": {"apiVersion": "2020-01-02", "endpointPrefix": "demo", "jsonVersion": "1.1", "protocol": "json", "protocols": ["json", "query"],
                 "serviceFullName": "Demo Service", "serviceId": "Demo", "targetPrefix": "Demo_2020", "awsQueryCompatible": {}},
    "operations": {
        "Ping": {"name": "Ping", "http": {"method": "POST", "requestUri": "/"}},
        "PutThing": {"name": "PutThing", "http": {"method": "POST", "requestUri": "/", "responseCode": 201}, "input": {"shape": "Thing"},
                     "output": {"shape": "Thing"}, "errors": [{"shape": "ThingGone"}], "httpChecksumRequired": True},
        "WatchThings": {"name": "WatchThings", "http": {"method": "POST", "requestUri": "/"}, "input": {"shape": "WatchRequest"},
                        "output": {"shape": "WatchResponse"}, "authtype": "none"},
        "NotYet": {"name": "NotYet", "http": {"method": "GET", "requestUri": "/things/{Id}?x"}, "input": {"shape": "NotYetRequest"}},
    },
    "shapes": {
        "Thing": {"type": "structure", "required": ["Name"], "members": {
            "Name": {"shape": "ThingName"}, "default": {"shape": "Flag"}, "NULL": {"shape": "Count"}, "Thing": {"shape": "Thing"},
            "Parts": {"shape": "ThingList"}, "ByName": {"shape": "ThingMap"}, "Grid": {"shape": "Rows"}, "List": {"shape": "List"},
            "Times": {"shape": "TimeList"}, "Blobs": {"shape": "BlobMap"}, "Any": {"shape": "Anything"}, "Big": {"shape": "Big"},
            "Weight": {"shape": "Weight"}, "Created": {"shape": "Time", "timestampFormat": "iso8601"}, "Secret": {"shape": "Secret"},
            "Token": {"shape": "Text", "idempotencyToken": True}, "Tags": {"shape": "TagList"}, "Old": {"shape": "TagList", "locationName": "Older"},
            "Attributes": {"shape": "TextMap", "flattened": True}}},
        "ThingName": {"type": "string", "min": 1, "max": 20, "pattern": "[\\u0020-\\u007E]+"},
        "Flag": {"type": "boolean", "box": True},
        "Count": {"type": "integer", "min": 0},
        "ThingList": {"type": "list", "member": {"shape": "Thing"}},
        "ThingMap": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Thing", "locationName": "Item"}},
        "Rows": {"type": "list", "member": {"shape": "Row"}},
        "Row": {"type": "list", "member": {"shape": "Weight"}},
        "List": {"type": "structure", "members": {"Map": {"shape": "TextMap"}, "Str": {"shape": "Text"}}},
        "TextMap": {"type": "map", "key": {"shape": "Text", "locationName": "K"}, "value": {"shape": "Text", "locationName": "V"}},
        "TimeList": {"type": "list", "member": {"shape": "Time"}},
        "BlobMap": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Bytes"}},
        "Anything": {"type": "structure", "members": {}, "document": True},
        "Big": {"type": "long", "max": 9223372036854775807},
        "Weight": {"type": "double"},
        "Time": {"type": "timestamp"},
        "Bytes": {"type": "blob"},
        "Secret": {"type": "string", "sensitive": True},
        "Text": {"type": "string"},
        "TagList": {"type": "list", "member": {"shape": "Text", "locationName": "Tag"}, "flattened": True},
        "Color": {"type": "string", "enum": ["red", "what?\"\\"]},
        "ThingGone": {"type": "structure", "members": {"message": {"shape": "Text"}}, "exception": True,
                      "error": {"code": "Gone", "httpStatusCode": 410, "senderFault": True}},
        "WatchRequest": {"type": "structure", "members": {"Color": {"shape": "Color"}}},
        "WatchResponse": {"type": "structure", "members": {"Events": {"shape": "Events"}}, "payload": "Events"},
        "Events": {"type": "structure", "eventstream": True, "members": {"Seen": {"shape": "Seen"}}},
        "Seen": {"type": "structure", "event": True, "members": {"Payload": {"shape": "Bytes", "eventpayload": True},
                                                                "Kind": {"shape": "Text", "eventheader": True}}},
        "NotYetRequest": {"type": "structure", "required": ["Id", "Source", "Page"], "members": {
            "Id": {"shape": "Text", "location": "uri", "locationName": "Id"}, "Page": {"shape": "Text", "location": "querystring", "locationName": "page"},
            "Source": {"shape": "Text", "location": "header", "locationName": "x-source"}}},
    },
}

WEB = {
    "version": "2.0",
    "metadata": {"apiVersion": "2021-03-04", "endpointPrefix": "web", "protocol": "rest-xml", "serviceFullName": "Web", "serviceId": "Web",
                 "signingName": "webby", "xmlNamespace": {"uri": "http://web/"}},
    "operations": {
        "PutFile": {"name": "PutFile", "http": {"method": "PUT", "requestUri": "/{Bucket}/{Key+}"}, "input": {"shape": "PutFileRequest"}},
        "GetFile": {"name": "GetFile", "http": {"method": "GET", "requestUri": "/{Bucket}/{Key+}"}, "input": {"shape": "GetFileRequest"},
                    "output": {"shape": "GetFileOutput"}},
    },
    "shapes": {
        "PutFileRequest": {"type": "structure", "required": ["Bucket", "Key"], "payload": "Body", "members": {
            "Body": {"shape": "Body"}, "Bucket": {"shape": "Text", "location": "uri", "locationName": "Bucket"},
            "Key": {"shape": "Text", "location": "uri", "locationName": "Key"}, "Meta": {"shape": "Meta", "location": "headers", "locationName": "x-meta-"},
            "Type": {"shape": "Text", "location": "header", "locationName": "Content-Type"}}},
        "GetFileRequest": {"type": "structure", "required": ["Bucket", "Key"], "members": {
            "Bucket": {"shape": "Text", "location": "uri", "locationName": "Bucket"}, "Key": {"shape": "Text", "location": "uri", "locationName": "Key"},
            "Count": {"shape": "Number", "location": "querystring", "locationName": "n"}}},
        "GetFileOutput": {"type": "structure", "members": {"Status": {"shape": "Number", "location": "statusCode"}, "Owner": {"shape": "Owner"}}},
        "Owner": {"type": "structure", "locationName": "TheOwner", "xmlNamespace": {"uri": "http://xsi/", "prefix": "xsi"},
                  "members": {"Type": {"shape": "Text", "xmlAttribute": True, "locationName": "xsi:type"}}},
        "Body": {"type": "blob", "streaming": True},
        "Meta": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Text"}},
        "Text": {"type": "string"},
        "Number": {"type": "integer"},
    },
}

DEMO_MANIFEST = """
[service]
model = "demo"
home = "region"
load_resource = true
[operations.PutThing]
action = "demo:WriteThing"
resource = ["arn:{partition}:demo:{region}:{account}:thing/{Name}", "arn:{partition}:demo:::all"]
keys = { "demo:secret" = "Secret" }
slow = true
[operations.Ping]
authorise = "none"
class = "inert"
[operations.WatchThings]
form = "parking"
authorise = "by_color"
anonymous = true
[tasks.sweep]
class = "internal"
on_failure = "hold"
attempts = 3
"""

WEB_MANIFEST = """
[service]
model = "web"
home = "account"
validation = "none"
[defaults]
authorise = "by_bucket"
anonymous = true
[operations.PutFile]
form = "body_in"
[operations.GetFile]
action = "webby:ReadFile"
"""

ENDPOINTS = {"partitions": [{"services": {"web": {"isRegionalized": False}, "demo": {}}}]}


def lay_out(folder: Path, manifests: dict[str, str], corrections: dict | None = None, patterns: str = "") -> None:
    """The folders that the generator reads."""
    for model in (DEMO, WEB):
        at = folder / "models" / model["metadata"]["endpointPrefix"] / model["metadata"]["apiVersion"]
        at.mkdir(parents=True)
        (at / "service-2.json").write_text(json.dumps(model))
        (at.parent / "2019-01-01").mkdir()          # an older version, which nobody reads
    (folder / "models/endpoints.json").write_text(json.dumps(ENDPOINTS))
    (folder / "services").mkdir()
    for name, text in manifests.items():
        (folder / "services" / name).mkdir()
        (folder / "services" / name / "service.toml").write_text(text)
    (folder / "corrections").mkdir()
    for name, fixes in (corrections or {}).items():
        (folder / "corrections" / f"{name}.json").write_text(json.dumps(fixes))
    (folder / "patterns.toml").write_text(patterns)


def run(folder: Path, *more: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "codegen", "--models", folder / "models", "--services", folder / "services", "--corrections", folder / "corrections",
         "--patterns", folder / "patterns.toml", *map(str, more)], cwd=ROOT, capture_output=True, text=True)
