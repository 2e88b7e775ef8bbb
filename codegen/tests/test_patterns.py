"""Patterns rewritten for RE2: single cases, and all of the models' against RE2 itself."""

import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from codegen.errors import GenerationError
from codegen.model import find_json, read_json
from codegen.patterns import HandList, Refused, rewrite

from .demo_model import ROOT

# Services that are served or are to come soon. Patterns of a new service that RE2 cannot read stop the generator anyway.
SERVICES = "sts iam s3 sqs cloudwatch lambda dynamodb kms sns ssm secretsmanager logs organizations events stepfunctions ec2".split()

REWRITTEN = [
    ("[a-z]+", None, "[a-z]+"),
    (r"[\u0020-\u00FF]+", None, r"[\x{0020}-\x{00FF}]+"),
    (r"[\u10000-\u10FFFF]", None, r"[\x{10000}-\x{10FFFF}]"),
    (r"[\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF]", None, r"[\x{E000}-\x{FFFD}\x{10000}-\x{10FFFF}]"),
    (r"\p{ASCII}*", None, "[[:ascii:]]*"),
    (r"[\p{Print}x]", None, "[[:print:]x]"),
    (r"[\p{L}\p{Z}_]+", None, r"[\p{L}\p{Z}_]+"),
    (r".{1,1000}", None, ".{1,1000}"),
    (r"[a-z]{1,2048}", 2048, "[a-z]{1}[a-z]*"),              # the shape is no longer than that anyway
    (r"[a-z]{1,2048}", 4096, "[a-z]{1}" + "[a-z]{0,1000}" * 2 + "[a-z]{0,47}"),
    (r"[a-z]{1500}", None, "[a-z]{1000}[a-z]{500}"),
    (r"[a-z]{2000,}", None, "[a-z]{1000}[a-z]{1000}[a-z]*"),
    (r"(?<year>\d{4})", None, r"(?P<year>\d{4})"),
    (r"[a[b]+", None, r"[a\[b]+"),
    (r"\_\-\/", None, r"_\-\/"),
]
REFUSED = ["(?!a)b", "(?<!a)b", "(?=a)b", r"(a)\1", "a++", "[a-z&&[^b]]", r"\p{IsAlphabetic}", r"[\uD83D]", "(ab{0,40}){0,40}", "[a-z]{1,90000}", "(a", "a)", r"\cA"]


class Rewriting(unittest.TestCase):
    def test_cases(self):
        for pattern, longest, wanted in REWRITTEN:
            with self.subTest(pattern=pattern, longest=longest):
                self.assertEqual(rewrite(pattern, longest), wanted)

    def test_refused(self):
        for pattern in REFUSED:
            with self.subTest(pattern=pattern), self.assertRaises(Refused):
                rewrite(pattern, None)

    def test_hand_list_needs_reasons(self):
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as f:
            f.write("[[pattern]]\ntext = 'a'\nre2 = 'a'\n")
            f.flush()
            with self.assertRaises(GenerationError):
                HandList(Path(f.name))


CHECK = r"""
#include <re2/re2.h>
#include <iostream>
#include <string>
int main() {
  int bad = 0;
  for (std::string line; std::getline(std::cin, line);) {
    size_t tab = line.find('\t');
    std::string pattern = line.substr(0, tab);
    RE2::Options quiet;
    quiet.set_log_errors(false);
    RE2 re(pattern, quiet);
    if (!re.ok()) { std::cout << pattern << ": " << re.error() << "\n"; bad++; continue; }
    if (tab == std::string::npos) continue;
    bool wanted = line[tab + 1] == '+';
    if (RE2::FullMatch(line.substr(tab + 2), re) != wanted) { std::cout << line << ": wrong\n"; bad++; }
  }
  return bad != 0;
}
"""
# Of the hand list: texts that have to match (+) and that must not (-).
BY_HAND = {
    r"^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$": ["+abc", "+a-b-c", "-a--b", "--ab", "-ab-"],
    r"(?!^[0-9]+$)([a-zA-Z0-9-_]+)": ["+v1", "+1a", "+-", "-12", "-", "-a b"],
    r"(^(?!(system\x2e)))(^[_a-zA-Z0-9])([^$]*)": ["+system", "+systems.x", "+sys", "+s", "+_a.b", "-system.", "-system.x", "-a$", "-.a"],
    r"[0-9A-Za-z\.\-_]*(?<!\.)": ["+", "+a.b", "-a.", "-."],
    r"^(?!\s*$).+": ["+a", "+ a ", "-  ", "-"],
    r"^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$": ["+a", "+1.", "-11", "-"],
}


class AllPatterns(unittest.TestCase):
    @unittest.skipUnless(shutil.which("g++") and Path("/usr/include/re2/re2.h").exists(), "skipped: no g++ or RE2")
    def test_re2_reads_what_is_written(self):
        hand = HandList(ROOT / "models/patterns.toml")
        lines = [rewrite(p, longest) for p, longest, _ in REWRITTEN]
        lines += [f"{hand.entries[p]}\t{text}" for p, texts in BY_HAND.items() for text in texts]
        environment = Path(os.environ.get("FOGBANK_MODELS") or Path.home() / ".cache/fogbank/models")
        data = next(environment.glob("lib/python3*/site-packages/botocore/data"), None)
        if data is None:
            print(f"skipped: no API models in {environment}; own patterns only")
        for service in SERVICES if data else []:
            version = max(p.name for p in (data / service).iterdir() if p.is_dir())
            for name, shape in read_json(find_json(data / service / version / "service-2"))["shapes"].items():
                if "pattern" in shape:
                    lines.append(hand.rewrite(f"{service} {name}", shape["pattern"], shape.get("max")) or "")
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "check.cc"
            source.write_text(CHECK)
            subprocess.run(["g++", "-std=c++17", "-O0", "-o", source.with_suffix(""), source, "-lre2"], check=True)
            done = subprocess.run([source.with_suffix("")], input="\n".join(lines) + "\n", capture_output=True, text=True)
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.returncode, 0)


if __name__ == "__main__":
    unittest.main()
