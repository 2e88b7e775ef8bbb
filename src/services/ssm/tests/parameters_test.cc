// The operations over both stores: versions, tiers, limits, expiry, what a reset and a deletion leave.
#include "services/ssm/tests/service.h"

namespace fogbank::ssm {
namespace {

constexpr Millis kDay = 86400000;

std::string expiration(Millis at) {
  return cat(R"([{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":")", iso8601(at, true), R"("}}])");
}

}  // namespace

TEST_CASE("a_slash_at_the_beginning_does_not_make_another_parameter") {
  for (bool hostile : {true, false}) {
    Service s(hostile);
    CHECK(s.put("/x", "1", false) == 1);
    CHECK(s.put("x", "2", false) == 0);
    CHECK(s.error.starts_with("ParameterAlreadyExists: "));
    CHECK(s.get("x") == "1");
    CHECK(s.get("/x") == "1");
    CHECK(s.remove("x"));
    CHECK(s.get("/x") == "");
    CHECK(s.error == "ParameterNotFound: ");
  }
}

TEST_CASE("the_hundred_newest_versions_are_kept") {
  for (bool hostile : {true, false}) {
    Service s(hostile);
    for (int i = 1; i <= 100; i++) REQUIRE(s.put("x", cat(i)) == i);
    CHECK(s.records(kVersions) == 99);
    REQUIRE(s.label("x", 1, "first"));
    CHECK(s.put("x", "101") == 0);
    CHECK(s.error.starts_with("ParameterMaxVersionLimitExceeded: "));
    CHECK(s.get("x:first") == "1");
    REQUIRE(s.label("x", 2, "first"));   // moves
    CHECK(s.put("x", "101") == 101);
    CHECK(s.records(kVersions) == 99);
    CHECK(s.get("x:1") == "");
    CHECK(s.error.starts_with("ParameterVersionNotFound: "));
    CHECK(s.get("x:first") == "2");
    CHECK(s.remove("x"));
    CHECK(s.records(kVersions) + s.records(kParameters) + s.records(kCounts) == 0);
  }
}

TEST_CASE("ten_labels_fit_on_a_version") {
  Service s(true);
  s.put("x", "1");
  for (int i = 0; i < 10; i++) REQUIRE(s.label("x", 1, cat("l", i)));
  CHECK_FALSE(s.label("x", 1, "more"));
  CHECK(s.error == "ParameterVersionLabelLimitExceeded: A parameter version can have maximum 10 labels.Move one or more labels to another version and try again.");
  CHECK(s.label("x", 1, "l3"));   // has it already
}

TEST_CASE("the_tiers_have_limits_of_their_own") {
  Service s(true);
  auto counts = [&](int64_t standard, int64_t advanced) {
    REQUIRE(s.t.store().write([&](store::Txn& tx) -> Result<void> {
      tx.put_record(counts_key(s.t.scope()), Counts{standard, advanced, {}});
      return {};
    }));
    s.t.store().commit();
  };
  counts(kStandardLimit - 1, 0);
  CHECK(s.put("a", "1") == 1);
  CHECK(s.put("b", "1") == 0);
  CHECK(s.error.starts_with("ParameterLimitExceeded: "));
  CHECK(s.put("a", "2") == 2);
  auto in = s.request("c", "1");
  in.Tier = Str("Intelligent-Tiering");
  auto* out = s.call<op::PutParameter>(in);
  REQUIRE(out);
  CHECK(out->Tier == "Advanced");
  counts(0, kAdvancedLimit);
  in.Name = Str("d");
  in.Tier = Str("Advanced");
  CHECK(s.put(in) == 0);
  CHECK(s.error.starts_with("ParameterLimitExceeded: "));
}

TEST_CASE("a_parameter_expires_when_its_policy_says") {
  for (bool hostile : {true, false}) {
    Service s(hostile);
    auto put = [&](std::string_view name, Millis in_ms) {
      auto in = s.request(name, "v");
      in.Tier = Str("Advanced");
      in.Overwrite = true;
      in.Policies = s.str(expiration(s.t.core().now() + in_ms));
      return s.put(in);
    };
    REQUIRE(put("a", kDay) == 1);
    REQUIRE(put("b", kDay) == 1);
    REQUIRE(put("b", 3 * kDay) == 2);    // another date in the place of the first
    REQUIRE(put("c", kDay) == 1);
    REQUIRE(s.remove("c"));
    REQUIRE(s.put("c", "new") == 1);     // a namesake without a policy
    REQUIRE(s.put("a", "w") == 2);       // an update does not change the date
    s.t.drain();
    CHECK(s.get("a") == "w");
    s.advance(kDay);
    s.t.drain();
    CHECK(s.get("a") == "");
    CHECK(s.get("b") == "v");
    CHECK(s.get("c") == "new");
    s.advance(2 * kDay);
    s.t.drain();
    CHECK(s.get("b") == "");
    CHECK(s.records(kParameters) == 1);
    CHECK(s.records(kVersions) == 0);
  }
}

TEST_CASE("secure_strings_are_ciphertext_at_rest_and_open_in_both_tiers") {
  for (bool hostile : {true, false}) {
    Service s(hostile);
    for (const char* tier : {"Standard", "Advanced"}) {
      auto in = s.request(tier, "plain text", "SecureString");
      in.Tier = Str(tier);
      REQUIRE_MESSAGE(s.put(in) == 1, s.error);
      CHECK(s.get(tier, true) == "plain text");
      CHECK(s.get(tier).find("plain text") == std::string::npos);
      s.t.store().read([&](store::Reader& r) {
        auto item = r.get(parameter_key(s.t.scope(), tier));
        REQUIRE(item);
        CHECK(item->bytes.find("plain text") == std::string::npos);
      });
    }
    // A sealed value is bound to its parameter's name.
    REQUIRE(s.t.store().write([&](store::Txn& tx) -> Result<void> {
      auto p = find_parameter(tx, s.t.scope(), "Advanced");
      p->name = "stolen";
      tx.put_record(parameter_key(s.t.scope(), "stolen"), *p);
      return {};
    }));
    s.t.store().commit();
    CHECK(s.get("stolen", true) == "");
  }
}

TEST_CASE("pages_go_on_where_the_last_one_ended") {
  Service s(true);
  for (int i = 0; i < 25; i++) REQUIRE(s.put(cat("/p/", 10 + i), cat(i)) == 1);
  svc::DescribeParametersRequest in{};
  in.MaxResults = 10;
  std::string names, token;
  for (int page = 0; page < 3; page++) {
    auto* out = s.call<op::DescribeParameters>(in);
    REQUIRE(out);
    for (const auto& p : out->Parameters) append(names, p.Name.view().substr(3), ' ');
    CHECK(out->NextToken.has() == (page < 2));
    token = out->NextToken.view();
    REQUIRE(s.remove(cat("/p/", 19 + 10 * page)) == (page < 2));   // the last one of the page may go meanwhile
    in.NextToken = Str(token);
  }
  CHECK(names == "10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 ");
}

}  // namespace fogbank::ssm
