"""Reads the recordings: which tests there are, what they answered, and the calls behind the answers. Nothing is kept in the repository."""
import dataclasses
import json
import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
OTHERS = {"errors", "requests", "input_files", "validated_only"}


def folder():
    return pathlib.Path(os.environ.get("FOGBANK_TEST_DATA") or ROOT.parent / "shared/data") / "recorded"


@dataclasses.dataclass
class Call:
    """One call of a recorded test and the answer that stands for it."""
    answer: str
    service: str  # as the client names it: sqs-query is SQS through its query protocol
    operation: str
    params: dict
    recorded: object = None
    added: bool = False  # written in our set-up: the recording has the answer only


@dataclasses.dataclass
class RecordedTest:
    id: str
    service: str  # the file it stands in
    answers: dict
    ops: dict
    params: dict
    calls: list

    @property
    def name(self):
        return self.id.rsplit("::", 1)[-1]


def is_error(answer):
    return isinstance(answer, dict) and isinstance(answer.get("Error"), dict) and "Code" in answer["Error"] or \
        isinstance(answer, str) and answer.startswith("An error occurred (")


def tests(services, setups):
    """The recorded tests that have at least one call to one of `services`, each with all its calls."""
    calls = {}
    for line in open(folder() / "requests.jsonl"):
        r = json.loads(line)
        service, operation = r["call"].split(":")
        calls.setdefault(r["id"], []).append(Call(r["answer"], service, operation, r["params"]))
    files = {p.stem: [json.loads(line) for line in open(p)] for p in sorted(folder().glob("*.jsonl")) if p.stem not in OTHERS}
    for stem, lines in files.items():
        for line in lines:
            test = RecordedTest(line["id"], stem, line["answers"], line.get("ops", {}), line.get("params", {}), calls.get(line["id"], []))
            for setup in setups:
                setup.add_calls(test)
            for call in test.calls:
                call.recorded = test.answers.get(call.answer)
            if any(c.service.removesuffix("-query") in services for c in test.calls):
                yield test


def without_request(services, replayed):
    """How many answers of each service, and how many errors among them, have no request at all."""
    counts = {s: [0, 0] for s in services}
    known = {(t.id, c.answer) for t in replayed for c in t.calls}
    for path in sorted(folder().glob("*.jsonl")):
        if path.stem in OTHERS:
            continue
        for line in open(path):
            test = json.loads(line)
            for answer, op in test.get("ops", {}).items():
                service = op.split(":")[0].removesuffix("-query")
                if service in counts and (test["id"], answer) not in known and answer in test["answers"]:
                    counts[service][0] += 1
                    counts[service][1] += is_error(test["answers"][answer])
    return counts
