"""CloudWatch metrics over its three protocols: CBOR, JSON (botocore's own choice) and query must answer the same."""
import copy
import datetime
import gzip
import json
import uuid

import botocore.session
import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

PROTOCOLS = ["smithy-rpc-v2-cbor", "json", "query"]
MINUTE = datetime.timedelta(minutes=1)


def make_client(endpoint, protocol=None, key="test", secret="test"):
    """A client of the botocore model, held to one protocol; None leaves the choice to botocore."""
    session = botocore.session.Session()
    session.set_credentials(key, secret)
    if protocol:
        loader = session.get_component("data_loader")
        load = loader.load_service_model

        def load_held(service, type_name, api_version=None):
            model = load(service, type_name, api_version)
            if type_name == "service-2":
                model = copy.deepcopy(model)
                model["metadata"].update(protocol=protocol, protocols=[protocol])
            return model

        loader.load_service_model = load_held
    return session.create_client("cloudwatch", region_name="us-east-1", endpoint_url=endpoint, config=Config(retries={"max_attempts": 0}))


@pytest.fixture(params=PROTOCOLS)
def client(endpoint, request):
    made = make_client(endpoint, request.param)
    sent = []
    made.meta.events.register("before-send.cloudwatch", lambda request, **_: sent.append(request))
    yield made
    # The test would say nothing if botocore had used another protocol.
    marks = {"smithy-rpc-v2-cbor": "application/cbor", "json": "application/x-amz-json-1.0", "query": "application/x-www-form-urlencoded"}
    assert sent
    for r in sent:
        kind = r.headers["Content-Type"]
        assert (kind.decode() if isinstance(kind, bytes) else kind).startswith(marks[request.param])


@pytest.fixture
def namespace():
    return f"test/{uuid.uuid4()}"


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def plain(answer):
    """The answer without what differs from call to call."""
    return {k: v for k, v in answer.items() if k != "ResponseMetadata"}


def error_of(call, **parameters):
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    answer = raised.value.response
    return answer["Error"]["Code"], answer["Error"]["Message"], answer["ResponseMetadata"]["HTTPStatusCode"]


def test_botocores_own_choice_is_served(endpoint, namespace):
    client = make_client(endpoint)
    assert client.meta.service_model.resolved_protocol in PROTOCOLS
    client.put_metric_data(Namespace=namespace, MetricData=[{"MetricName": "m", "Value": 1}])
    assert [m["MetricName"] for m in client.list_metrics(Namespace=namespace)["Metrics"]] == ["m"]


def test_what_is_put_can_be_read(client, namespace):
    t = now()
    dimensions = [{"Name": "host", "Value": "a b+c&d=é".replace("é", "e")}, {"Name": "az", "Value": "1"}]
    client.put_metric_data(Namespace=namespace, MetricData=[
        {"MetricName": "m", "Dimensions": dimensions, "Timestamp": t, "Values": [1.5, 4.0], "Counts": [2, 1], "Unit": "Seconds"},
        {"MetricName": "m", "Dimensions": dimensions, "Timestamp": t, "StatisticValues": {"SampleCount": 3, "Sum": 6, "Minimum": 0.5, "Maximum": 3}, "Unit": "Seconds"},
        {"MetricName": "one", "Value": -0.25, "StorageResolution": 1},
    ])
    got = client.get_metric_statistics(Namespace=namespace, MetricName="m", Dimensions=dimensions, StartTime=t - 5 * MINUTE, EndTime=t + 5 * MINUTE, Period=600,
                                       Statistics=["SampleCount", "Average", "Sum", "Minimum", "Maximum"])
    assert got["Label"] == "m"
    [point] = got["Datapoints"]
    start = (t - 5 * MINUTE).replace(second=0, microsecond=0)
    assert point == {"Timestamp": point["Timestamp"], "SampleCount": 6.0, "Sum": 13.0, "Average": 13 / 6, "Minimum": 0.5, "Maximum": 4.0, "Unit": "Seconds"}
    assert point["Timestamp"] == start
    listed = client.list_metrics(Namespace=namespace)
    assert plain(listed) == {"Metrics": [
        {"Namespace": namespace, "MetricName": "m", "Dimensions": [dimensions[1], dimensions[0]]},
        {"Namespace": namespace, "MetricName": "one", "Dimensions": []},
    ]}


def test_all_protocols_answer_the_same(endpoint, namespace):
    clients = [make_client(endpoint, p) for p in PROTOCOLS]
    t = now()
    for i, c in enumerate(clients):
        c.put_metric_data(Namespace=namespace, MetricData=[{"MetricName": "m", "Timestamp": t, "Value": 10.0 ** i, "Unit": "Count/Second"}])
    calls = [
        ("get_metric_statistics", dict(Namespace=namespace, MetricName="m", StartTime=t - MINUTE, EndTime=t + MINUTE, Period=60, Statistics=["Sum", "Average"],
                                       ExtendedStatistics=["p50", "p99.9", "tm90", "IQM", "PR(:10)"])),
        ("get_metric_statistics", dict(Namespace=namespace, MetricName="none", StartTime=t - MINUTE, EndTime=t, Period=60, Statistics=["Sum"])),
        ("list_metrics", dict(Namespace=namespace, RecentlyActive="PT3H")),
        ("list_metrics", dict(Namespace=namespace, Dimensions=[{"Name": "x"}])),
    ]
    for name, parameters in calls:
        answers = [plain(getattr(c, name)(**parameters)) for c in clients]
        assert answers[0] == answers[1] == answers[2], name
    [point] = clients[0].get_metric_statistics(**calls[0][1])["Datapoints"]
    assert point["Sum"] == 111.0
    assert point["ExtendedStatistics"]["p50"] == 10.0


def test_errors_have_the_services_codes_and_texts(client, namespace):
    put = client.put_metric_data
    t = now()
    assert error_of(put, Namespace=namespace, MetricData=[{"MetricName": "m", "Value": 1, "Values": [1]}]) == (
        "InvalidParameterCombination", "The parameters MetricData.member.1.Value and MetricData.member.1.Values are mutually exclusive and you have specified both.", 400)
    assert error_of(put, Namespace=namespace, MetricData=[{"MetricName": "m", "Values": [1, 2], "Counts": [1]}]) == (
        "InvalidParameterValue", "The parameters MetricData.member.1.Values and MetricData.member.1.Counts must be of the same size.", 400)
    assert error_of(put, Namespace=namespace, MetricData=[{"MetricName": "m", "Value": float("nan")}]) == (
        "InvalidParameterValue", "The value NaN for parameter MetricData.member.1.Value is invalid.", 400)
    assert error_of(put, Namespace=namespace) == ("MissingParameter", "The parameter MetricData is required.", 400)
    assert error_of(put, Namespace="AWS/EC2", MetricData=[{"MetricName": "m", "Value": 1}]) == (
        "InvalidParameterValue", "The value AWS/ for parameter Namespace is invalid.", 400)
    assert error_of(put, Namespace=namespace, MetricData=[{"MetricName": "m", "Value": 1, "Timestamp": t - 15 * 1440 * MINUTE}]) == (
        "InvalidParameterValue", "The parameter MetricData.member.1.Timestamp must specify a time within the past two weeks.", 400)
    get = dict(Namespace=namespace, MetricName="m", Statistics=["Sum"])
    assert error_of(client.get_metric_statistics, StartTime=t - 1440 * MINUTE, EndTime=t, Period=1, **get) == (
        "InvalidParameterCombination", "You have requested up to 86400 datapoints, which exceeds the limit of 1440. You may reduce the datapoints requested by "
        "increasing Period, or decreasing the time range.", 400)
    assert error_of(client.get_metric_statistics, StartTime=t, EndTime=t - MINUTE, Period=60, **get) == (
        "InvalidParameterValue", "The parameter StartTime must be less than the parameter EndTime.", 400)
    assert error_of(client.list_metrics, IncludeLinkedAccounts=True)[::2] == ("NotImplemented", 501)


def test_modelled_exceptions_can_be_caught(client, namespace):
    with pytest.raises(client.exceptions.InvalidParameterValueException if client.meta.service_model.metadata["protocol"] != "query" else ClientError):
        client.put_metric_data(Namespace=namespace, MetricData=[{"MetricName": "m", "Value": float("inf")}])


def test_a_listing_is_paged(client, namespace):
    for first in (0, 300):
        client.put_metric_data(Namespace=namespace, MetricData=[{"MetricName": f"m{i}", "Value": i} for i in range(first, first + 300)])
    pages = list(client.get_paginator("list_metrics").paginate(Namespace=namespace))
    assert [len(p["Metrics"]) for p in pages] == [500, 100]
    assert len({m["MetricName"] for p in pages for m in p["Metrics"]}) == 600


def test_a_compressed_request_is_read(client, namespace):
    """botocore packs bodies of this operation from 10 KB on."""
    sent = []
    client.meta.events.register("before-send.cloudwatch", lambda request, **_: sent.append(request.headers.get("Content-Encoding")))
    data = [{"MetricName": f"metric{i:04}", "Values": [float(j) for j in range(50)], "Unit": "Count"} for i in range(1000)]
    client.put_metric_data(Namespace=namespace, MetricData=data)
    assert sent and sent[0] in (b"gzip", "gzip")
    t = now()
    [point] = client.get_metric_statistics(Namespace=namespace, MetricName="metric0999", StartTime=t - MINUTE, EndTime=t + MINUTE, Period=120, Statistics=["SampleCount"])["Datapoints"]
    assert point["SampleCount"] == 50


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_iam_decides_by_namespace(server, protocol):
    iam = server.client("iam")
    name = f"metrics-{uuid.uuid4()}"
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "cloudwatch:PutMetricData", "Resource": "*", "Condition": {"StringEquals": {"cloudwatch:namespace": "mine"}}}]}))
    client = make_client(server.url, protocol, key["AccessKeyId"], key["SecretAccessKey"])
    data = [{"MetricName": "m", "Value": 1}]
    client.put_metric_data(Namespace="mine", MetricData=data)
    for call, parameters in ((client.put_metric_data, dict(Namespace="other", MetricData=data)), (client.list_metrics, {})):
        code, message, status = error_of(call, **parameters)
        assert (code, status) == ("AccessDenied", 403)
        assert "is not authorized to perform: cloudwatch:" in message


def signed(endpoint, body, headers, path="/"):
    request = AWSRequest("POST", endpoint + path, data=body, headers=headers)
    SigV4Auth(Credentials("test", "test"), "monitoring", "us-east-1").add_auth(request)
    return requests.post(endpoint + path, data=body, headers=dict(request.headers.items()), timeout=10)


QUERY = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
JSON = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "GraniteServiceVersion20100801.ListMetrics"}


def test_raw_query_answer_has_the_services_form(endpoint, namespace):
    put = f"Action=PutMetricData&Version=2010-08-01&Namespace={namespace}&MetricData.member.1.MetricName=m&MetricData.member.1.Value=1"
    answer = signed(endpoint, put, QUERY)
    assert answer.status_code == 200, answer.text
    assert answer.text.startswith('<PutMetricDataResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/">')
    answer = signed(endpoint, f"Action=ListMetrics&Version=2010-08-01&Namespace={namespace}", QUERY)
    assert f"<Metrics><member><Namespace>{namespace}</Namespace><MetricName>m</MetricName>" in answer.text
    wrong = signed(endpoint, f"Action=PutMetricData&Version=2010-08-01&Namespace={namespace}", QUERY)
    assert wrong.status_code == 400
    assert "<Type>Sender</Type><Code>MissingParameter</Code><Message>The parameter MetricData is required.</Message>" in wrong.text


def test_raw_json_error_names_the_query_code(endpoint):
    answer = signed(endpoint, json.dumps({"RecentlyActive": "PT1H"}), JSON)
    assert answer.status_code == 400
    assert answer.headers["x-amzn-query-error"] == "InvalidParameterValue;Sender"
    assert answer.json()["__type"].endswith("InvalidParameterValueException")
    assert answer.json()["message"] == "The parameter RecentlyActive must be a value in the set [PT3H]."


def test_damaged_compression_is_refused(endpoint):
    for body in (b"no gzip", gzip.compress(b"{}")[:-6], gzip.compress(b"0" * (64 << 20))):
        answer = signed(endpoint, body, {**JSON, "Content-Encoding": "gzip"})
        assert answer.status_code in (400, 413), answer.text
    assert signed(endpoint, gzip.compress(b"{}"), {**JSON, "Content-Encoding": "gzip"}).status_code == 200


def test_metrics_survive_kill_9_and_lose_resolution_with_the_clock(fresh_server, namespace):
    server = fresh_server()
    client = make_client(server.url)
    t = now()
    client.put_metric_data(Namespace=namespace, MetricData=[{"MetricName": "m", "Timestamp": t, "Value": 5}])
    server.kill9()
    server.start()
    client = make_client(server.url)

    def sums(period):
        got = client.get_metric_statistics(Namespace=namespace, MetricName="m", StartTime=t - 120 * MINUTE, EndTime=t + MINUTE, Period=period, Statistics=["Sum"])
        return [p["Sum"] for p in got["Datapoints"]]

    assert sums(60) == [5.0]
    server.admin("POST", "clock", action="advance", by="20d")
    assert sums(60) == [] and sums(300) == [5.0]
    assert client.list_metrics(Namespace=namespace)["Metrics"] == []
