#include "auth/session_token.h"

#include <doctest/doctest.h>

#include "auth/access_keys.h"
#include "base/encoding.h"
#include "base/strings.h"

using namespace fogbank;
using namespace fogbank::auth;

namespace {

constexpr Millis kNow = 1772366400000, kHour = 3600000;

Principal role_session() {
  Principal p;
  p.kind = PrincipalKind::role_session;
  p.account = "123456789012";
  p.arn = "arn:aws:sts::123456789012:assumed-role/R/S";
  p.role_arn = "arn:aws:iam::123456789012:role/path/R";
  p.session_name = "S";
  p.session_tags = {{"team", "red"}};
  p.session_policies = {R"({"Version":"2012-10-17"})"};
  p.called_via = {"athena.amazonaws.com"};
  p.mfa = true;
  return p;
}


}  // namespace

TEST_CASE("a session comes back out of its token as it went in") {
  SessionTokens t(std::string(32, 'k'), 7);
  SeededRandom random(1);
  auto made = t.make_session(role_session(), kHour, random, kNow);
  REQUIRE(made);
  CHECK(made->access_key_id.size() == 20);
  CHECK(made->access_key_id.starts_with("ASIA"));
  CHECK(account_of_access_key(made->access_key_id) == "123456789012");
  CHECK(made->secret.size() == 40);
  CHECK(made->token.starts_with("IQoJb3JpZ2luX2Vj"));
  CHECK(made->expires_at == kNow + kHour);
  for (int again = 0; again < 2; again++) {  // opened, then from the cache
    auto s = t.open(made->token, made->access_key_id, kNow);
    REQUIRE(s);
    Principal want = role_session();
    want.access_key_id = made->access_key_id;
    want.issued_at = kNow;
    want.expires_at = kNow + kHour;
    CHECK(encode((*s)->principal) == encode(want));
    CHECK((*s)->secret == made->secret);
  }
}

TEST_CASE("a session ends at its time, also when it was cached") {
  SessionTokens t(std::string(32, 'k'), 7);
  auto made = t.make_session(role_session(), kHour, system_random(), kNow);
  CHECK(t.open(made->token, made->access_key_id, kNow + kHour - 1));
  auto late = t.open(made->token, made->access_key_id, kNow + kHour);
  REQUIRE_FALSE(late);
  CHECK(late.error() == TokenFault::expired);
}

TEST_CASE("a token is no good for another key id, another epoch or another sealing key") {
  SessionTokens t(std::string(32, 'k'), 7), other(std::string(32, 'x'), 7);
  auto made = t.make_session(role_session(), kHour, system_random(), kNow);
  auto fault = [&](const SessionTokens& who, std::string_view id) {
    auto r = who.open(made->token, id, kNow);
    return !r && r.error() == TokenFault::malformed;
  };
  CHECK(fault(t, "ASIAOTHER"));
  CHECK(fault(other, made->access_key_id));
  CHECK(t.open(made->token, made->access_key_id, kNow));
  t.set_epoch(8);
  CHECK(fault(t, made->access_key_id));
  t.set_epoch(7);
  CHECK(t.open(made->token, made->access_key_id, kNow));
}

TEST_CASE("an epoch that is followed needs no telling") {
  uint64_t epoch = 1;
  SessionTokens t(std::string(32, 'k'), 1);
  t.follow([&] { return epoch; });
  auto before = t.make_session(role_session(), kHour, system_random(), kNow);
  CHECK(t.open(before->token, before->access_key_id, kNow));
  epoch = 2;
  CHECK_FALSE(t.open(before->token, before->access_key_id, kNow));
  auto after = t.make_session(role_session(), kHour, system_random(), kNow);
  CHECK(t.open(after->token, after->access_key_id, kNow));
}

TEST_CASE("every changed character makes a token worthless") {
  SessionTokens t(std::string(32, 'k'), 7);
  auto made = t.make_session(role_session(), kHour, system_random(), kNow);
  for (size_t at = 0; at < made->token.size(); at++) {
    std::string bad = made->token;
    bad[at] = bad[at] == 'A' ? 'B' : 'A';
    INFO(at);
    CHECK_FALSE(t.open(bad, made->access_key_id, kNow));
  }
  for (std::string bad : {std::string(), std::string("x"), made->token + "A", made->token + "=", made->token.substr(0, made->token.size() - 1), base64("!\n\torigin_ec\x01"),
                          std::string(70000, 'A')})
    CHECK_FALSE(t.open(bad, made->access_key_id, kNow));
}

TEST_CASE("a token that would be too long is refused when it is made") {
  SessionTokens t(std::string(32, 'k'), 7);
  Principal p = role_session();
  p.session_policies = {std::string(60000, 'p')};
  auto made = t.make_session(p, kHour, system_random(), kNow);
  REQUIRE_FALSE(made);
  CHECK(made.error().code == "PackedPolicyTooLarge");
  p.session_policies = {std::string(40000, 'p')};
  CHECK(t.make_session(p, kHour, system_random(), kNow));
}

TEST_CASE("a key of the wrong length is a bug") { CHECK_THROWS_AS(SessionTokens("short", 1), std::invalid_argument); }

TEST_CASE("many sessions open from many threads while the epoch changes") {
  SessionTokens t(std::string(32, 'k'), 1);
  std::vector<SessionCredentials> all;
  for (int i = 0; i < 3000; i++) all.push_back(*t.make_session(role_session(), kHour, system_random(), kNow));
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int k = 0; k < 3; k++)
    threads.emplace_back([&, k] {
      for (size_t i = size_t(k); i < all.size(); i += 2) {
        auto s = t.open(all[i].token, all[i].access_key_id, kNow);
        if (s && (*s)->secret != all[i].secret) wrong++;
        if (!s && s.error() != TokenFault::malformed) wrong++;
      }
    });
  for (int i = 0; i < 50; i++) t.set_epoch(i % 2 ? 1 : 2);
  for (auto& th : threads) th.join();
  CHECK(wrong == 0);
  t.set_epoch(1);
  CHECK(t.open(all[0].token, all[0].access_key_id, kNow));
}

TEST_CASE("figures: making and opening a session" * doctest::skip()) {
  auto t = std::make_unique<SessionTokens>(std::string(32, 'k'), 7);
  constexpr int kRuns = 20000;
  std::vector<SessionCredentials> all;
  int64_t start = steady_micros();
  for (int i = 0; i < kRuns; i++) all.push_back(*t->make_session(role_session(), kHour, system_random(), kNow));
  int64_t making = steady_micros() - start;
  start = steady_micros();
  for (auto& c : all) CHECK(t->open(c.token, c.access_key_id, kNow));
  int64_t opening = steady_micros() - start;
  start = steady_micros();
  for (int i = 0; i < kRuns; i++) (void)t->open(all.back().token, all.back().access_key_id, kNow);
  int64_t cached = steady_micros() - start;
  std::printf("token of %zu characters: make %.2f us, open %.2f us, from the cache %.2f us\n", all[0].token.size(), double(making) / kRuns,
              double(opening) / kRuns, double(cached) / kRuns);
}
