"""Replays one recorded test: its calls in order, in accounts of its own, with what earlier answers gave put where the recording has nothing.

A request of the recording has zeros where the test had a random name, and invented values (`x`, `<Member>`, `https://host.invalid/…`) where
the test passed on what an earlier call had answered. Here the zeros become the eight digits of this run, and an invented value becomes the
value of the latest earlier answer that has such a member; without one the call is not replayable, for it would fail for another reason.
"""
import copy
import dataclasses
import datetime
import hashlib
import re

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.parsers import ResponseParserError

from parity import clients, values
from parity.recorded import is_error
from parity.setup import glob

CALLER = "111111111111"
ZEROS = re.compile(r"(?<!0)0{8}(?!0)")
LONGER = re.compile(r"(?<=-)([0-9a-f]{1,3})[0-9a-f]{8}(?![0-9A-Za-z])")  # f"my-bucket-1{uid}": not recognised as a random name, not made zeros
RANDOM = re.compile(r"(?<![0-9A-Za-z])(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{8}(?![0-9A-Za-z-])")  # random, but not made zeros either
LETTERS = re.compile(r"(?<=aaaa)0{8}")  # a run of the letter a looked like random digits to whoever wrote the zeros
INVENTED = re.compile(r"x|<[A-Za-z]\w*>|https?://host\.invalid(?:/.*)?|2026-01-01T00:00:00\+00:00")
GENERIC_ALIASES = {
    "ContinuationToken": ("NextContinuationToken",), "KeyMarker": ("NextKeyMarker",), "VersionIdMarker": ("NextVersionIdMarker",),
    "UploadIdMarker": ("NextUploadIdMarker",), "Marker": ("NextMarker",), "nextToken": ("nextToken", "NextToken"),
}
READS = ("Get", "List", "Head", "Describe", "Receive", "BatchGet", "Query", "Scan", "Filter", "Select", "Simulate")


# Times that a test took from its own clock are near the day on which its requests were written down; they mean "an hour from now".
WRITTEN = datetime.datetime(2026, 11, 22, 22, 19, 30, tzinfo=datetime.timezone.utc)
DATED = re.compile(r"2026-11-2[0-5]T\d\d:\d\d:\d\d(?:\.\d+)?(?:\+00:00)?")


def rebased(text):
    at = datetime.datetime.fromisoformat(text)
    moved = at.replace(tzinfo=datetime.timezone.utc) - WRITTEN + datetime.datetime.now(datetime.timezone.utc)
    return moved.isoformat() if at.tzinfo else moved.replace(tzinfo=None).isoformat()


class NotReplayable(Exception):
    pass


class NotServed(Exception):
    pass


class SetUpFailed(Exception):
    pass


@dataclasses.dataclass
class Result:
    test: object
    call: object
    status: str  # matched, differs, not replayable, not served
    reason: str = ""
    differences: list = dataclasses.field(default_factory=list)
    leaves: int = 0
    matched: int = 0
    response: object = None
    run: object = None

    @property
    def id(self):
        return f"{self.test.name}#{self.call.answer}"

    @property
    def service(self):
        return self.call.service.removesuffix("-query")

    @property
    def error(self):
        return is_error(self.call.recorded)


def failure(response):
    return response.get("Error", {}).get("Code"), response.get("ResponseMetadata", {}).get("HTTPStatusCode")


def not_served(response):
    """Our own 501 names what is not served; S3's own NotImplemented errors have other texts. (A service that is not there at all answers in XML.)"""
    code, status = failure(response)
    message = response.get("Error", {}).get("Message", "")
    own = code in ("NotImplemented", "NotImplementedException") and not message.startswith("A header you provided implies")
    return status == 501 and (own or "is not served by" in message)


class Run:
    """One replay of one test. `seed` decides its names and its accounts: another seed, other names."""

    def __init__(self, test, setups, made, seed, trouble=None):
        self.test = test
        self.setups = setups
        self.clients = made
        digest = hashlib.sha256(f"{seed}\n{test.id}".encode()).hexdigest()
        self.token = digest[:8] if re.search("[a-f]", digest[:8]) else "f" + digest[1:8]
        self.account = str(200_000_000_000 + int(digest[8:18], 16) % 300_000_000_000)
        self.second = str(500_000_000_000 + int(digest[8:18], 16) % 300_000_000_000)
        self.region = "us-east-1"
        self.kept = {}
        self.history = []  # answers, oldest first
        self.made = set()  # what the set-up or an earlier call has created, as (kind, name)
        self.unprepared = "" if test.service in setups else test.service  # a service without set-up whose calls were left out
        self.skipped = ""  # the answer of a writing call that could not be replayed: later differences may come from that
        self.trouble = trouble  # an operation that is not served and that later answers may need
        self.bindings = values.Bindings({"<partition>": "aws", "<region>": self.region, CALLER: self.account,
                                         "<secondary_test_aws_account_id>": self.second})

    # ---- calls

    def names(self, value):
        """A recorded parameter with this run's names and accounts."""
        if isinstance(value, dict):
            return {self.names(k): self.names(v) for k, v in value.items()}
        if isinstance(value, list):
            return [self.names(v) for v in value]
        if not isinstance(value, str):
            return value
        value = re.sub(r"(?<!\d)(?:111111111111|0{12})(?!\d)", self.account, value)
        value = re.sub(r"(?<!\d)000000000002(?!\d)", self.second, value)
        if DATED.fullmatch(value):
            return rebased(value)
        value = LONGER.sub(lambda m: m.group(1) + self.token if re.search("[a-f]", m.group()) else m.group(), value)
        value = RANDOM.sub(self.token, value)
        return ZEROS.sub(self.token, LETTERS.sub("a" * 8, value))

    def send(self, service, operation, params, account=None, region=None):
        """The answer, also of an error."""
        client = self.clients.get(service, account or self.account, region or self.region)
        model = clients.operation_model(client, operation)
        params = clients.as_python(model.input_shape, params)
        try:
            response = client._make_api_call(operation, params)
        except ClientError as e:
            response = e.response
        response = clients.with_bodies(response)
        self.history.append((operation, params, response))
        return response

    def try_call(self, name, account=None, region=None, **params):
        return self.send(*name.split(":"), params, account, region)

    def call(self, name, account=None, region=None, **params):
        """A call of the set-up: it has to succeed."""
        response = self.try_call(name, account, region, **params)
        if not_served(response):
            self.trouble = self.trouble or name
            raise NotServed(name)
        if "Error" in response:
            raise SetUpFailed(f"{name} was refused: {response['Error'].get('Code')}: {response['Error'].get('Message')}")
        return response

    def once(self, kind, name):
        """True the first time: then the caller creates it."""
        if (kind, name) in self.made:
            return False
        self.made.add((kind, name))
        return True

    def keep(self, name, make):
        """What `make` gave the first time it succeeded."""
        if name not in self.kept:
            self.kept[name] = make()
        return self.kept[name]

    def prepare(self, call):
        """What the service's calls need in general. Hooks may call it themselves, to do something after it."""
        if not call.prepared:
            call.prepared = True
            for function in self.setup(call).prepares:
                function(self, call)

    def setup(self, call):
        return self.setups[call.service.removesuffix("-query")]

    # ---- invented values

    def find(self, member):
        """The latest value that an earlier answer gave under this name."""
        for _, _, response in reversed(self.history):
            found = None if "Error" in response else search(response, member)
            if found is not None:
                return found
        return None

    def resolve(self, value, parameter, aliases):
        if isinstance(value, dict):
            return {k: self.resolve(v, k, aliases) for k, v in value.items()}
        if isinstance(value, list):
            return [self.resolve(v, parameter, aliases) for v in value]
        if not isinstance(value, str) or not INVENTED.fullmatch(value):
            return value
        for member in candidates(value, parameter, aliases):
            if (found := self.find(member)) is not None:
                return found
        raise NotReplayable(f"{parameter} comes from a call that is not recorded")

    # ---- the test

    def play(self, reasons):
        results = []
        for pattern, function in [s for setup in self.setups.values() for s in setup.starts]:
            if glob(pattern, self.test.name):
                try:
                    function(self)
                except (NotServed, SetUpFailed) as e:
                    self.trouble = self.trouble or str(e)
        for call in self.test.calls:
            results.append(self.step(copy.deepcopy(call), reasons))
            results[-1].run = self
        return results

    def step(self, call, reasons):
        call.params = self.names(call.params)
        call.account = call.region = None
        call.prepared = call.literal = False
        if call.service.removesuffix("-query") not in self.setups:
            self.unprepared = self.unprepared or call.service
            return Result(self.test, call, "not replayable", f"{self.unprepared} has no set-up yet")
        said = reasons.not_replayable(self.test, call)
        if self.unprepared and not said:
            return Result(self.test, call, "not replayable", f"{self.unprepared} has no set-up yet")
        try:
            response = self.ask(call)
        except NotReplayable as e:
            if self.trouble and not said:
                return Result(self.test, call, "not served", f"follows from {self.trouble}")
            if not call.operation.startswith(READS):
                self.skipped = self.skipped or call.answer
            return Result(self.test, call, "not replayable", said or str(e))
        except NotServed as e:
            return Result(self.test, call, "not served", f"the set-up needs {e}")
        except SetUpFailed as e:
            if said:
                return Result(self.test, call, "not replayable", said)
            if self.trouble:
                return Result(self.test, call, "not served", f"follows from {self.trouble}")
            return Result(self.test, call, "differs", "", [values.Difference("", None, None, str(e))], 1)
        if said:
            return Result(self.test, call, "not replayable", said, response=response)
        return self.judge(call, response)

    def ask(self, call):
        setup = self.setup(call)
        for test, answer, function in setup.hooks:
            if glob(test, self.test.name) and glob(answer, call.answer):
                function(self, call)
        self.prepare(call)
        for function in setup.finishes:
            function(self, call)
        if not call.literal:
            call.params = self.resolve(call.params, "", setup.aliases)
        try:
            return self.send(call.service, call.operation, call.params, call.account, call.region)
        except (HTTPClientError, ResponseParserError) as e:
            raise SetUpFailed(f"no usable answer: {e}") from None
        except (BotoCoreError, AttributeError, TypeError) as e:
            raise NotReplayable(f"the client refuses the request: {e}") from None

    def judge(self, call, response):
        recorded_code = call.recorded.get("Error", {}).get("Code") if isinstance(call.recorded, dict) else None
        if not_served(response) and recorded_code != failure(response)[0]:
            if not call.operation.startswith(READS):
                self.trouble = self.trouble or f"{call.service}:{call.operation}"
            return Result(self.test, call, "not served", response["Error"]["Message"])
        ours = self.shown(call, clients.as_recorded(response))
        recorded = call.recorded
        setup = self.setup(call)
        unordered = lambda path: any(o in ("*", call.operation) and glob(p, path) for o, p in setup.lists)
        comparison = values.compare(self.names_of_accounts(recorded), self.loosened(recorded, ours), self.bindings, unordered, setup.bare)
        if not comparison.differences:
            comparison.differences += echoes(call, recorded, ours)
        status = "differs" if comparison.differences else "matched"
        by_accident = not comparison.differences and (is_error(recorded) or comparison.leaves < 2)  # nothing shows that the state was the recorded one
        if self.trouble and (comparison.differences or by_accident):
            return Result(self.test, call, "not served", f"follows from {self.trouble}")
        if self.skipped and (comparison.differences or by_accident):
            return Result(self.test, call, "not replayable", f"follows from {self.skipped}, which is not")
        return Result(self.test, call, status, "", comparison.differences, comparison.leaves, comparison.matched, ours)

    def names_of_accounts(self, recorded):
        if isinstance(recorded, dict):
            return {self.names_of_accounts(k): self.names_of_accounts(v) for k, v in recorded.items()}
        if isinstance(recorded, list):
            return [self.names_of_accounts(v) for v in recorded]
        return recorded.replace(CALLER, self.account) if isinstance(recorded, str) else recorded

    def loosened(self, recorded, ours):
        """Ours, with this run's random digits replaced by the recorded ones where the recorder left them in a text."""
        if isinstance(recorded, dict) and isinstance(ours, dict):
            return {k: self.loosened(recorded.get(k), v) for k, v in ours.items()}
        if isinstance(recorded, list) and isinstance(ours, list) and len(recorded) == len(ours):
            return [self.loosened(r, o) for r, o in zip(recorded, ours)]
        if isinstance(recorded, str) and isinstance(ours, str) and self.token in ours and not values.PLACEHOLDER.search(recorded):
            pattern = re.escape(ours).replace(self.token, "[0-9a-f]{8}").replace(self.account, CALLER)
            if re.fullmatch(pattern, recorded, re.S):
                return recorded.replace(CALLER, self.account)
        return ours

    def shown(self, call, response):
        """The part of our answer that the test recorded."""
        for test, answer, function in self.setup(call).views:
            if glob(test, self.test.name) and glob(answer, call.answer) and (shown := function(self, call, response)) is not None:
                return shown
        return self.as_recorded(call, response)

    def as_recorded(self, call, response):
        """Our answer in the form of the recorded one: with its status and the headers that were kept, or the part of it that was recorded."""
        recorded = call.recorded
        meta = response.get("ResponseMetadata", {})
        if isinstance(recorded, str):
            error = response.get("Error", {})
            return f"An error occurred ({error.get('Code')}) when calling the {call.operation} operation: {error.get('Message')}"
        ours = {k: v for k, v in response.items() if k != "ResponseMetadata"}
        if isinstance(recorded, dict) and "ResponseMetadata" in recorded:
            wanted = recorded["ResponseMetadata"]
            headers = {k: v for k, v in meta.get("HTTPHeaders", {}).items() if k in wanted.get("HTTPHeaders", {})}
            ours["ResponseMetadata"] = {"HTTPStatusCode": meta.get("HTTPStatusCode"), "HTTPHeaders": headers}
            if "HTTPHeaders" not in wanted:
                del ours["ResponseMetadata"]["HTTPHeaders"]
            return ours
        if "Error" in ours:
            return ours
        parts = [v for v in ours.values() if type(v) is type(recorded)]
        if isinstance(recorded, dict):
            parts.sort(key=lambda v: -len(set(v) & set(recorded)))
            return parts[0] if parts and len(set(parts[0]) & set(recorded)) > len(set(ours) & set(recorded)) else ours
        return parts[0] if parts else ours


def search(value, member):
    """The first non-empty text or number under this name, outermost first."""
    level = [value]
    while level:
        below = []
        for v in level:
            if isinstance(v, dict):
                found = v.get(member)
                if isinstance(found, (str, bytes, int, datetime.datetime)) and found != "":
                    return found
                below += [x for k, x in v.items() if k != "ResponseMetadata"]
            elif isinstance(v, list):
                below += reversed(v)
        level = below
    return None


def candidates(value, parameter, aliases):
    names = []
    if value.startswith("<"):
        names.append(value[1:-1])
    names += aliases.get(parameter, ())
    names += GENERIC_ALIASES.get(parameter, ())
    names.append(parameter)
    for ending, others in (("Arn", ("Arn", "ARN", "arn")), ("Id", ("Id", "id"))):
        if parameter.endswith(ending):
            names += others
    if parameter and parameter[0].islower():
        names.append(parameter[0].upper() + parameter[1:])
    return names


def echoes(call, recorded, ours):
    """A member of the answer named as a parameter shows the parameter's value, where the recording has a reference for it."""
    asked, shown, out = {}, {}, []
    for name, value, _ in leaves(call.params, call.params):
        asked.setdefault(name, set()).add(value)
    for name, r, o in leaves(recorded, ours):
        shown.setdefault(name, set()).add((r, o))
    for name, pairs in shown.items():
        if len(pairs) != 1 or len(asked.get(name, ())) != 1:
            continue
        (r, o), (value,) = next(iter(pairs)), asked[name]
        if values.PLACEHOLDER.fullmatch(r) and r not in values.FREE and not values.is_time(r) and o != value and not one_names_the_other(o, value):
            out.append(values.Difference(name, r, o, f"the request says {values.short(value)}"))
    return out


def one_names_the_other(a, b):
    """A name, an ARN that ends in it, a URL that ends in it."""
    return a.endswith(("/" + b, ":" + b)) or b.endswith(("/" + a, ":" + a)) or a.startswith("arn:") != b.startswith("arn:")


def leaves(recorded, ours, name=""):
    """(member, recorded, ours) of every text that both have."""
    if isinstance(recorded, dict) and isinstance(ours, dict):
        for k in recorded:
            if k in ours:
                yield from leaves(recorded[k], ours[k], k)
    elif isinstance(recorded, list) and isinstance(ours, list):
        for r, o in zip(recorded, ours):
            yield from leaves(r, o, name)
    elif isinstance(recorded, str) and isinstance(ours, str):
        yield name, recorded, ours
