"""What the generator refuses, and that the text names file and place."""

import json
import shutil
import tempfile
import unittest
from pathlib import Path

from .demo_model import DEMO_MANIFEST, lay_out, run

SERVICE = '[service]\nmodel = "demo"\nhome = "region"\n'
PING = '[operations.Ping]\nauthorise = "none"\n'
ACTIONS = {"demo": {"privileges": {"PutThing": {"resource_types": {"thing": {"required": True}}}, "Ping": {"resource_types": {"": {"required": False}}}},
                    "conditions": {"demo:color": {}}}}

# manifest, what the refusal says
MANIFESTS = [
    (SERVICE + "[operations.Ping]\n", "[operations.Ping]: says not how it is authorised"),
    (SERVICE + '[operations.Ping]\naction = "demo:Ping"\n', "[operations.Ping]: says not how it is authorised"),
    (SERVICE + '[operations.Nope]\nauthorise = "none"\n', "[operations.Nope]: the model 'demo' has no such operation"),
    (SERVICE + PING + 'form = "sideways"\n', "'form' is 'sideways', not one of: plain, parking, body_in"),
    (SERVICE + PING + "colour = 1\n", "unknown entries: colour"),
    (SERVICE + PING + 'slow = "yes"\n', "'slow' has to be of type bool"),
    (SERVICE + '[operations.Ping]\nauthorise = "by_x"\nresource = "*"\n', "both a resource and an authorise function"),
    (SERVICE + '[operations.PutThing]\nresource = "arn:{Nope}"\n', "'Nope' is no text member of the input"),
    (SERVICE + '[operations.PutThing]\nresource = "arn:{Grid}"\n', "'Grid' is no text member of the input"),
    (SERVICE + '[operations.PutThing]\nresource = "*"\nkeys = { "demo:color" = "Nope" }\n', "is read from 'Nope'"),
    (SERVICE + '[operations.Ping]\nauthorise = "none"\nform = "body_in"\n', "form body_in, but its input does not stream"),
    (SERVICE + '[operations.Ping]\nauthorise = "By-X"\n', "'By-X' is no name of a function"),
    (SERVICE + PING + '[tasks.load_resource]\nclass = "internal"\non_failure = "skip"\nattempts = 1\n', "'load_resource' is the name of two functions"),
    (SERVICE + PING + '[tasks.sweep]\nclass = "internal"\non_failure = "skip"\n', "[tasks.sweep]: needs class, on_failure and attempts"),
    (SERVICE, "serves no operation"),
    (PING, "[service] names no model"),
    ('[service]\nmodel = "demo"\nhome = "moon"\n' + PING, "'home' is 'moon'"),
    ('[service]\nmodel = "nope"\nhome = "region"\n' + PING, "no API model here"),
    ("[service\n", "service.toml"),
]


class Refusals(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def refused(self, text: str, *more, manifest: str = SERVICE + PING, folder: str = "demo", **layout):
        lay_out(self.folder, {folder: manifest}, **layout)
        done = run(self.folder, "--out", self.folder / "gen", *more)
        self.assertEqual(done.returncode, 1, "was accepted")
        self.assertIn(text, done.stderr)
        self.assertNotIn("Traceback", done.stderr)
        self.assertFalse((self.folder / "gen").exists(), "wrote something")

    def test_manifests(self):
        for manifest, text in MANIFESTS:
            with self.subTest(text=text):
                self.refused(text, manifest=manifest)
                shutil.rmtree(self.folder)
                self.folder.mkdir()

    def test_refusal_names_the_file(self):
        self.refused("services/demo/service.toml", manifest=SERVICE + "[operations.Ping]\n")

    def test_folder_named_like_a_namespace_of_ours(self):
        self.refused("'wire' cannot be the name", folder="wire")

    def with_actions(self, text: str, manifest: str):
        path = self.folder / "actions.json"
        path.write_text(json.dumps(ACTIONS))
        self.refused(text, "--actions", path, manifest=manifest)

    def test_action_that_does_not_exist(self):
        self.with_actions("the action 'demo:WriteThing' does not exist", DEMO_MANIFEST)

    def test_default_action_that_does_not_exist(self):
        self.with_actions("the action 'demo:WatchThings' does not exist", SERVICE + '[operations.WatchThings]\nauthorise = "by_color"\n')

    def test_any_resource_for_an_action_that_knows_one(self):
        self.with_actions("is decided on a resource: thing", SERVICE + '[operations.PutThing]\nresource = "*"\n')

    def test_condition_key_that_does_not_exist(self):
        self.with_actions("condition key 'demo:size' does not exist",
                          SERVICE + '[operations.PutThing]\nresource = "{Name}"\nkeys = { "demo:size" = "Name" }\n')

    def test_correction_without_reason(self):
        self.refused("correction 1: has no reason", corrections={"demo": [{"set": {"/metadata/serviceId": "X"}}]})

    def test_correction_that_leads_nowhere(self):
        self.refused("leads nowhere: no 'Nope'", corrections={"demo": [{"reason": "r", "set": {"/shapes/Nope/type": "X"}}]})

    def test_correction_that_changes_nothing(self):
        self.refused("has that value already", corrections={"demo": [{"reason": "r", "set": {"/metadata/serviceId": "Demo"}}]})

    def test_pattern_that_re2_cannot_read(self):
        self.refused("shape 'Text': pattern '(?!a)b' is not for RE2", corrections={"demo": [{"reason": "r", "set": {"/shapes/Text/pattern": "(?!a)b"}}]},
                     manifest=DEMO_MANIFEST)

    def test_fraction_as_a_bound(self):
        self.refused("shape 'Weight': its min is no whole number", corrections={"demo": [{"reason": "r", "set": {"/shapes/Weight/min": 0.5}}]},
                     manifest=DEMO_MANIFEST)


class Accepted(unittest.TestCase):
    def test_pattern_on_the_hand_list_and_correction(self):
        folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, folder)
        lay_out(folder, {"demo": DEMO_MANIFEST}, corrections={"demo": [{"reason": "r", "set": {"/shapes/Text/pattern": "(?!a)b"}}]},
                patterns="[[pattern]]\ntext = '(?!a)b'\nre2 = 'b'\nreason = 'it never begins with a'\n")
        done = run(folder, "--out", folder / "gen")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn('.pattern = "(\\077!a)b", .re2 = "b"', (folder / "gen/demo/tables.cc").read_text())


if __name__ == "__main__":
    unittest.main()
