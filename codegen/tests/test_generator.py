"""Golden output of the made-up services, and that the C++ compiles. FOGBANK_UPDATE_GOLDEN=1 writes the golden files anew."""

import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from .demo_model import DEMO_MANIFEST, ROOT, WEB_MANIFEST, lay_out, run

GOLDEN = Path(__file__).parent / "golden"


class Generated(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        lay_out(cls.folder, {"demo": DEMO_MANIFEST, "web": WEB_MANIFEST})
        done = run(cls.folder, "--out", cls.folder / "gen", "--depfile", cls.folder / "gen.d", "--coverage", cls.folder / "coverage.md")
        assert done.returncode == 0, done.stderr

    def compare(self, made: Path, golden: str):
        if os.environ.get("FOGBANK_UPDATE_GOLDEN"):
            (GOLDEN / golden).write_text(made.read_text())
        self.assertEqual(made.read_text(), (GOLDEN / golden).read_text())

    def test_output_is_the_golden_one(self):
        for service in ("demo", "web"):
            for name in ("types.h", "tables.h", "tables.cc", "operations.h", "operations.cc"):
                with self.subTest(service=service, file=name):
                    self.compare(self.folder / "gen" / service / name, f"{service}_{name}")
        self.compare(self.folder / "gen/services.cc", "services.cc")
        self.compare(self.folder / "coverage.md", "coverage.md")

    def test_second_run_writes_nothing(self):
        before = {p: p.stat().st_mtime_ns for p in (self.folder / "gen").rglob("*.*")}
        self.assertEqual(run(self.folder, "--out", self.folder / "gen").returncode, 0)
        self.assertEqual(before, {p: p.stat().st_mtime_ns for p in (self.folder / "gen").rglob("*.*")})

    def test_depfile_names_manifests_and_models(self):
        text = (self.folder / "gen.d").read_text()
        for part in ("services/demo/service.toml", "demo/2020-01-02/service-2.json", "models/endpoints.json"):
            self.assertIn(part, text)

    def test_coverage_page_out_of_date_is_refused(self):
        page = self.folder / "page.md"
        self.assertEqual(run(self.folder, "--coverage", page).returncode, 0)
        self.assertEqual(run(self.folder, "--coverage", page, "--check").returncode, 0)
        page.write_text(page.read_text() + "more\n")
        self.assertIn("out of date", run(self.folder, "--coverage", page, "--check").stderr)

    @unittest.skipUnless(shutil.which("g++"), "skipped: no g++")
    def test_output_compiles_without_warnings(self):
        for source in sorted((self.folder / "gen").rglob("*.cc")):
            if source.name == "operations.cc" and source.parent.name == "demo":
                continue    # a parking handler needs the gateway's headers and all below them; the program's own build covers that
            done = subprocess.run(["g++", "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-Wno-missing-field-initializers",
                                   "-I", ROOT / "src", "-I", self.folder, source], capture_output=True, text=True)
            self.assertEqual(done.stderr, "", source)


if __name__ == "__main__":
    unittest.main()
