"""What a service's set-up file registers: the state that its recorded tests start from, and hints where the generic way does not do.

A set-up file makes one `Service` and decorates functions with it:

    S = Service("sqs")

    @S.prepare                       # before every call of the service: what the call needs
    def queue(run, call): …

    @S.before("test_successive_purge*", "purge_queue_error")     # what the test did before that answer
    def _(run, call): run.call("sqs:PurgeQueue", QueueUrl=call.params["QueueUrl"])

`run` is replay.Run. A hook may change `call.params`, set `call.region`, `call.account` or `call.prepared = True` (nothing more is prepared),
`call.literal = True` (an `x` in it is meant), or raise NotReplayable(reason). Patterns know `*` only; they are held against the test's own name and the answer's name.
"""
import importlib
import pathlib
import re

from parity.recorded import Call


def glob(pattern, text):
    return bool(re.fullmatch(".*".join(re.escape(p) for p in pattern.split("*")), text, re.S))


class Service:
    def __init__(self, name):
        self.name = name
        self.prepares = []
        self.finishes = []
        self.starts = []
        self.hooks = []
        self.views = []
        self.aliases = {}
        self.lists = []
        self.added = []
        self.bare = set()  # words without angle brackets that stand for some value

    def prepare(self, function):
        self.prepares.append(function)
        return function

    def finish(self, function):
        """After the hooks: what a call takes from the answers so far."""
        self.finishes.append(function)
        return function

    def start(self, test):
        """Before the first call of a test."""
        return lambda function: self.starts.append((test, function)) or function

    def before(self, test, answer="*"):
        return lambda function: self.hooks.append((test, answer, function)) or function

    def view(self, test, answer="*"):
        """What the test recorded of our answer: function(run, call, response) → value, or None for the usual form."""
        return lambda function: self.views.append((test, answer, function)) or function

    def alias(self, parameter, *members):
        """Members of earlier answers that an invented value of `parameter` comes from, most likely first."""
        self.aliases[parameter] = members

    def unordered(self, operation, path="*"):
        """Lists whose order says nothing (a set, or sorted by the recorder)."""
        self.lists.append((operation, path))

    def add(self, test, answer, call, before=None, **params):
        """A call whose answer was recorded without its request."""
        self.added.append((test, answer, call, before, params))

    def add_calls(self, test):
        for pattern, answer, call, before, params in self.added:
            if glob(pattern, test.name) and answer in test.answers and not any(c.answer == answer for c in test.calls):
                service, operation = call.split(":")
                position = next((i for i, c in enumerate(test.calls) if c.answer == before), len(test.calls))
                test.calls.insert(position, Call(answer, service, operation, dict(params), added=True))


def load():
    folder = pathlib.Path(__file__).parent
    return {p.stem: importlib.import_module(f"parity.setup.{p.stem}").S for p in sorted(folder.glob("[a-z]*.py"))}
