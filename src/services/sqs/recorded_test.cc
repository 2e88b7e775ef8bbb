// Digests against what AWS answered: every recorded message, its body and its attributes.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>

#include "base/encoding.h"
#include "base/strings.h"
#include "services/sqs/json.h"
#include "services/sqs/state.h"
#include "services/sqs/message_rules.h"

using namespace fogbank;
using namespace fogbank::sqs;
using wire::Document;

namespace {

std::string text_of(const Document& object, std::string_view name) {
  const Document* d = object.object.find(name);
  return d && d->type == Document::Type::text ? std::string(d->text) : std::string();
}

struct Tally { int bodies = 0, attributes = 0; };

void check_message(const Document& m, Tally& tally) {
  std::string body = text_of(m, "Body"), digest = text_of(m, "MD5OfBody");
  // Some bodies and attributes were replaced by placeholders, or parsed; such messages say nothing about digests.
  if (digest.size() == 32 && !body.empty() && body.find('<') == std::string::npos && body.find("timestamp") == std::string::npos) {
    CHECK(hex(md5(body)) == digest);
    tally.bodies++;
  }
  const Document* given = m.object.find("MessageAttributes");
  digest = text_of(m, "MD5OfMessageAttributes");
  if (!given || given->type != Document::Type::object || digest.size() != 32) return;
  Attributes attributes;
  for (const auto& e : given->object) {
    Attribute a{text_of(e.value, "DataType"), text_of(e.value, "StringValue"), {}};
    if (a.type.empty() || a.value.empty() || a.value.find('<') != std::string::npos) return;
    attributes.emplace(e.key.view(), std::move(a));
  }
  CAPTURE(digest);
  CHECK(attributes_md5(attributes) == digest);
  tally.attributes++;
}

void walk(const Document& d, Tally& tally) {
  for (const Document& e : d.array) walk(e, tally);
  if (d.type != Document::Type::object) return;
  if (d.object.find("MD5OfBody")) check_message(d, tally);
  for (const auto& e : d.object) walk(e.value, tally);
}

}  // namespace

TEST_CASE("digests_are_those_that_aws_answered") {
  const char* set = std::getenv("FOGBANK_TEST_DATA");
  std::string file = cat(set ? std::string(set) : cat(FOGBANK_SOURCE_DIR, "/../shared/data"), "/recorded/sqs.jsonl");
  std::ifstream in(file);
  if (!in) {
    MESSAGE("skipped: ", file, " is absent");
    return;
  }
  Tally tally;
  for (std::string line; std::getline(in, line);) {
    Arena arena;
    auto d = wire::from_json(any_json(), line, arena);
    REQUIRE(d);
    const Document* answers = static_cast<const Document*>(*d)->object.find("answers");
    if (answers) walk(*answers, tally);
  }
  CHECK(tally.bodies > 50);
  CHECK(tally.attributes > 5);
}
