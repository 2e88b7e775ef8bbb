"""Replays the recorded answers of every service with a set-up: nothing that matched may stop matching, and no difference goes unexplained."""
import json
import pathlib

import pytest

from conftest import Server
from parity import engine, recorded, report, setup, twice

RESULTS = pathlib.Path(__file__).with_name("results.json")

pytestmark = pytest.mark.skipif(not (recorded.folder() / "requests.jsonl").is_file(), reason=f"skipped: no recordings at {recorded.folder()}")


@pytest.fixture(scope="module")
def replayed():
    services = [s for s in setup.load() if s in json.loads(RESULTS.read_text())]
    server = Server("--quiet").start()
    try:
        reasons = report.Reasons()
        results, tests = engine.replay(server.url, services, reasons=reasons)
    finally:
        server.close()
    return report.summary(services, results, reasons, recorded.without_request(services, tests)), results


def test_nothing_that_matched_stopped_matching(replayed):
    summaries, _ = replayed
    committed = json.loads(RESULTS.read_text())
    fewer = [f"{service} {kind}: {summaries[service][kind]['matched']} instead of {committed[service][kind]['matched']}"
             for service in summaries for kind in ("answers", "errors") if summaries[service][kind]["matched"] < committed[service][kind]["matched"]]
    assert not fewer, "\n".join(fewer)


def test_every_difference_is_explained(replayed):
    _, results = replayed
    unexplained = [report.details(r) for r in results if r.status == "differs" and not r.reason]
    assert not unexplained, "\n".join(unexplained)
