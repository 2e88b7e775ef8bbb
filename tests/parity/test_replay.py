"""How requests are completed, and what stops an accidental match."""
import pytest

from parity import replay, twice
from parity.recorded import Call, RecordedTest
from parity.setup import Service, glob


def run(*calls, answers=None, seed="1"):
    test = RecordedTest("t::test_x[a]", "svc", answers or {}, {}, {}, list(calls))
    return replay.Run(test, {"svc": Service("svc")}, None, seed)


def test_zeros_become_this_runs_digits_and_accounts_this_runs_accounts():
    r = run()
    assert r.names("q-00000000") == "q-" + r.token
    assert r.names("arn:aws:sqs:us-east-1:111111111111:q") == f"arn:aws:sqs:us-east-1:{r.account}:q"
    assert r.names(["000000000000", "000000000002"]) == [r.account, r.second]
    assert r.names("000000000") == "000000000"  # nine zeros are no random part


def test_another_seed_gives_other_names_and_accounts():
    a, b = run(seed="1"), run(seed="2")
    assert a.token != b.token and a.account != b.account


def test_an_invented_value_is_the_latest_answer_of_that_name():
    r = run()
    r.history = [("A", {}, {"TopicArn": "old"}), ("B", {}, {"L": [{"TopicArn": "new"}]}), ("C", {}, {"Other": 1})]
    assert r.resolve({"TopicArn": "<TopicArn>", "UploadId": "u"}, "", {}) == {"TopicArn": "new", "UploadId": "u"}


def test_an_invented_value_without_an_answer_is_not_replayable():
    for value in ("x", "<Arn>", "https://host.invalid/q"):
        with pytest.raises(replay.NotReplayable):
            run().resolve({"UploadId": value}, "", {})


def test_aliases_come_before_the_parameters_own_name():
    r = run()
    r.history = [("A", {}, {"ETag": "e", "IfMatch": "i"})]
    assert r.resolve({"IfMatch": "x"}, "", {"IfMatch": ("ETag",)}) == {"IfMatch": "e"}


def test_an_answer_that_does_not_show_the_requests_name_differs():
    call = Call("a", "svc", "CreateRole", {"RoleName": "r-1"})
    recorded = {"Role": {"RoleName": "<role-name:1>", "CreateDate": "<datetime>"}}
    assert replay.echoes(call, recorded, {"Role": {"RoleName": "other", "CreateDate": "now"}})
    assert not replay.echoes(call, recorded, {"Role": {"RoleName": "r-1", "CreateDate": "now"}})


def test_a_name_may_be_shown_as_its_arn():
    call = Call("a", "svc", "Get", {"FunctionName": "f"})
    assert not replay.echoes(call, {"FunctionName": "<f:1>"}, {"FunctionName": "arn:aws:lambda:us-east-1:1:function:f"})


def test_not_served_is_told_from_a_recorded_not_implemented():
    ours = {"Error": {"Code": "NotImplemented", "Message": "svc:Op is not served by Fogbank."}, "ResponseMetadata": {"HTTPStatusCode": 501}}
    theirs = {"Error": {"Code": "NotImplemented", "Message": "A header you provided implies functionality that is not implemented"},
              "ResponseMetadata": {"HTTPStatusCode": 501}}
    assert replay.not_served(ours) and not replay.not_served(theirs)


def result(r, recorded, response, status="matched", params=None):
    return replay.Result(r.test, Call("a", "svc", "Op", params or {}, recorded), status, response=response, run=r)


@pytest.mark.parametrize("recorded, a, b, differs", [
    ({"Name": "<name:1>"}, "n-{}", "n-{}", False),
    ({"Name": "<name:1>"}, "constant", "constant", True),  # a reference changes from run to run
    ({"Name": "literal"}, "literal", "literal", False),
    ({"Name": "text of <name:1>"}, "text of n-{}", "text of another", True),  # must follow the request's name
    ({"Arn": "arn/<id:1>/<name:1>"}, "arn/random1/n-{}", "arn/random2/n-{}", False),  # one part random, the other named
    ({"Arn": "arn/<id:1>/<name:1>"}, "arn/random1/n-{}", "arn/random2/n-other", True),
    ({"MD5": "<md5:1>"}, "abc", "abc", False),  # the same content, the same digest
])
def test_two_runs_show_what_does_not_depend_on_the_request(recorded, a, b, differs):
    first, second = run(seed="1"), run(seed="2")
    member = next(iter(recorded))
    one = result(first, recorded, {member: a.format(first.token)})
    two = result(second, recorded, {member: b.format(second.token)})
    twice.check([one], [two])
    assert (one.status == "differs") == differs


def test_patterns_know_the_star_only():
    assert glob("test_x[*", "test_x[a]") and glob("test_x[a]", "test_x[a]") and not glob("test_x", "test_x[a]")


def test_checksums_of_the_check_value():
    from parity import checksums
    assert checksums.of("CRC32C", b"123456789") == "4waSgw=="  # e3069283
    assert checksums.of("CRC64NVME", b"123456789") == "rosUhgp5mIg="  # ae8b14860a799888


def test_longer_random_parts_and_runs_of_letters():
    r = run()
    assert r.names("my-bucket-1be8cda34") == "my-bucket-1" + r.token
    assert r.names("id-123456789") == "id-123456789"  # digits only: a number
    assert r.names("aaaaaaaaaaaa00000000") == "a" * 20


def test_random_names_that_were_not_made_zeros():
    r = run()
    assert r.names("c9f345dc") == r.token and r.names("test - 68e98c1b") == "test - " + r.token
    for kept in ("12345678", "abcdefab", "d41d8cd98f00b204e9800998ecf8427e", "134f2428-cec1-4b25-a1ae-9048164dba47"):
        assert r.names(kept) == kept


def test_times_near_the_day_of_writing_move_with_the_clock():
    import datetime
    moved = datetime.datetime.fromisoformat(run().names("2026-11-21T22:19:30+00:00"))
    assert abs(datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1) - moved) < datetime.timedelta(seconds=5)
    assert run().names("2020-01-01T00:00:00") == "2020-01-01T00:00:00"


def replayed(monkeypatch, recorded, ours):
    """The statuses of a test whose calls answer `ours` in turn; `recorded` are the recorded answers."""
    calls = [Call(str(i), "svc", "CreateThing" if i == 0 else "GetThing", {}, r) for i, r in enumerate(recorded)]
    r = run(*calls)
    monkeypatch.setattr(r, "send", lambda *_: ours.pop(0))
    from parity.report import Reasons
    return [x.status for x in r.play(Reasons(path=__import__("pathlib").Path("/nonexistent")))]


def answer(status=200, **members):
    return {**members, "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": {}}}


ABSENT = answer(404, Error={"Code": "NoSuchThing", "Message": "none"})
UNSERVED = answer(501, Error={"Code": "NotImplemented", "Message": "svc:CreateThing is not served by Fogbank."})


def test_an_error_after_a_call_that_is_not_served_is_no_match(monkeypatch):
    assert replayed(monkeypatch, [answer(Id="<id:1>"), ABSENT], [UNSERVED, ABSENT]) == ["not served", "not served"]


def test_the_same_error_counts_where_the_state_was_made(monkeypatch):
    assert replayed(monkeypatch, [answer(Id="<id:1>"), ABSENT], [answer(Id="a"), ABSENT]) == ["matched", "matched"]


def test_status_code_and_text_of_an_error_count(monkeypatch):
    for other in (answer(400, Error={"Code": "NoSuchThing", "Message": "none"}), answer(404, Error={"Code": "Other", "Message": "none"}),
                  answer(404, Error={"Code": "NoSuchThing", "Message": "none."}), answer(404, Error={"Code": "NoSuchThing", "Message": "none", "More": "1"})):
        assert replayed(monkeypatch, [answer(Id="<id:1>"), ABSENT], [answer(Id="a"), other]) == ["matched", "differs"]
