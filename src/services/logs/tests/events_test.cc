// Events: what is taken, in which order and pages they are read, what is stored, and what goes.
#include <doctest/doctest.h>

#include <algorithm>

#include "base/random.h"
#include "services/logs/batches.h"
#include "services/logs/reading.h"
#include "services/logs/append.h"
#include "services/logs/tests/service.h"

namespace fogbank::logs {
namespace {

using testing::kDay;
using testing::kHour;
using testing::kMinute;
using testing::Service;
using Strings = std::vector<std::string>;

struct WithStream : Service {
  explicit WithStream(bool hostile = true) : Service(hostile) {
    create_group("g");
    create_stream("g", "s");
  }
};

Strings numbers(int from, int to) {
  Strings out;
  for (int i = from; i < to; i++) out.push_back(cat("m", i));
  return out;
}

}  // namespace

TEST_CASE("events_are_read_in_the_order_of_their_time_whatever_the_order_they_came_in") {
  WithStream s;
  Millis t = s.now();
  REQUIRE(s.put("g", "s", {{t - 10, "m1"}, {t, "m4"}}));
  REQUIRE(s.put("g", "s", {{t - 20, "m0"}, {t - 10, "m2"}, {t - 5, "m3"}}));
  CHECK(s.all("g", "s") == numbers(0, 5));
  CHECK(s.all("g", "s", 1) == numbers(0, 5));
  CHECK(s.all("g", "s", 2) == numbers(0, 5));
}

TEST_CASE("events_of_long_batches_interleave_across_batches_in_both_directions") {
  WithStream s(false);
  Millis t = s.now() - 2 * kHour;
  Service::Events even, odd;
  for (int i = 0; i < 60; i += 2) even.emplace_back(t + i * kMinute, cat("m", i)), odd.emplace_back(t + (i + 1) * kMinute, cat("m", i + 1));
  REQUIRE(s.put("g", "s", odd));
  REQUIRE(s.put("g", "s", even));
  for (int limit : {1, 7, 60, 100}) CHECK(s.all("g", "s", limit) == numbers(0, 60));
  // Backward from the end: pages of ascending events.
  Service::Get g{7, false, "", 0, 0};
  Strings back;
  for (int pages = 0; pages < 20; pages++) {
    auto* page = s.get("g", "s", g);
    REQUIRE(page);
    Strings one;
    for (const auto& e : page->events) one.emplace_back(e.message);
    back.insert(back.begin(), one.begin(), one.end());
    if (g.token == page->nextBackwardToken.view()) break;
    g.token = std::string(page->nextBackwardToken);
  }
  CHECK(back == numbers(0, 60));
}

TEST_CASE("the_tokens_at_the_ends_are_those_that_were_given_and_new_events_are_found_behind_them") {
  WithStream s;
  Millis t = s.now();
  auto* empty = s.get("g", "s", {10, true, "", 0, 0});
  REQUIRE(empty);
  std::string token(empty->nextForwardToken);
  REQUIRE(s.put("g", "s", {{t, "m0"}, {t, "m1"}}));
  auto* page = s.get("g", "s", {10, true, token, 0, 0});
  REQUIRE(page);
  CHECK(page->events.size() == 2);
  token = std::string(page->nextForwardToken);
  CHECK(token.size() == 60);
  CHECK(token.starts_with("f/"));
  page = s.get("g", "s", {10, true, token, 0, 0});
  CHECK(page->events.empty());
  CHECK(page->events.has());
  CHECK(page->nextForwardToken == token);
  std::string back(page->nextBackwardToken);
  REQUIRE(s.put("g", "s", {{t, "m2"}}));
  page = s.get("g", "s", {10, true, token, 0, 0});
  REQUIRE(page->events.size() == 1);
  CHECK(page->events[0].message == "m2");
  page = s.get("g", "s", {10, false, back, 0, 0});
  CHECK(page->events.size() == 2);
  for (const char* bad : {"x", "f/1/s", "b/", "f/30000000000000000000000000000000000000000000000000000000", "f/-0000000000000000000000000000000000000000000000000000001/s"}) {
    CHECK_FALSE(s.get("g", "s", {10, true, bad, 0, 0}));
    CHECK(s.error == "InvalidParameterException: The specified nextToken is invalid.");
  }
  s.create_stream("g", "other");
  CHECK_FALSE(s.get("g", "other", {10, true, token, 0, 0}));
}

TEST_CASE("start_time_is_inclusive_and_end_time_exclusive_but_inclusive_for_filters") {
  WithStream s;
  Millis t = s.now();
  REQUIRE(s.put("g", "s", {{t - 3, "m0"}, {t - 2, "m1"}, {t - 1, "m2"}}));
  auto* page = s.get("g", "s", {10, false, "", t - 2, t - 1});
  REQUIRE(page->events.size() == 1);
  CHECK(page->events[0].message == "m1");
  CHECK(*page->events[0].timestamp == t - 2);
  CHECK(*page->events[0].ingestionTime == t);
  Service::Filter f;
  f.from = t - 2;
  f.to = t - 1;
  CHECK(s.filter("g", f) == numbers(1, 3));
}

TEST_CASE("batches_have_bounds_of_size_span_and_order") {
  WithStream s;
  Millis t = s.now();
  CHECK_FALSE(s.put("g", "s", {{t, "a"}, {t - 1, "b"}}));
  CHECK(s.error == "InvalidParameterException: Log events in a single PutLogEvents request must be in chronological order.");
  CHECK_FALSE(s.put("g", "s", {{t - kDay - 1, "a"}, {t, "b"}}));
  CHECK(s.error == "InvalidParameterException: The batch of log events in a single PutLogEvents request cannot span more than 24 hours.");
  CHECK(s.put("g", "s", {{t - kDay, "a"}, {t, "b"}}));
  CHECK_FALSE(s.put("g", "s", {{t, std::string((1 << 20) - 25, 'x')}}));
  CHECK(s.error == "InvalidParameterException: Upload too large: 1048577 bytes exceeds limit of 1048576");
  CHECK(s.put("g", "s", {{t, std::string((1 << 20) - 26, 'x')}}));
  Service::Events many(10001, {t, "x"});
  CHECK_FALSE(s.put("g", "s", many));
  CHECK(s.error.find("Member must have length less than or equal to 10000") != std::string::npos);
  many.pop_back();
  CHECK(s.put("g", "s", many));
  CHECK(s.all("g", "s").size() == 10003);
  CHECK_FALSE(s.put("g", "none", {{t, "a"}}));
  CHECK(s.error == "ResourceNotFoundException: The specified log stream does not exist.");
  CHECK_FALSE(s.put("none", "s", {{t, "a"}}));
  CHECK(s.error == "ResourceNotFoundException: The specified log group does not exist.");
}

TEST_CASE("events_too_old_expired_or_too_new_are_left_out_and_told") {
  WithStream s;
  REQUIRE(s.retention("g", 1));
  Millis t = s.now();
  auto* out = s.put("g", "s", {{t - kDay - 1, "expired"}, {t - kDay, "m0"}, {t - 5, "m1"}});
  REQUIRE(out);
  REQUIRE(out->rejectedLogEventsInfo);
  CHECK(*out->rejectedLogEventsInfo->expiredLogEventEndIndex == 1);
  CHECK_FALSE(out->rejectedLogEventsInfo->tooOldLogEventEndIndex);
  out = s.put("g", "s", {{t - 14 * kDay - 2, "x"}, {t - 14 * kDay - 1, "x"}, {t - 14 * kDay, "x"}});
  REQUIRE(out->rejectedLogEventsInfo);
  CHECK(*out->rejectedLogEventsInfo->tooOldLogEventEndIndex == 2);
  CHECK(*out->rejectedLogEventsInfo->expiredLogEventEndIndex == 3);
  out = s.put("g", "s", {{t, "m2"}, {t + 2 * kHour, "m3"}, {t + 2 * kHour + 1, "new"}});
  REQUIRE(out->rejectedLogEventsInfo);
  CHECK(*out->rejectedLogEventsInfo->tooNewLogEventStartIndex == 2);
  CHECK(out->nextSequenceToken.view().size() == 56);
  out = s.put("g", "s", {{t, "m2b"}});
  CHECK_FALSE(out->rejectedLogEventsInfo);
  CHECK(s.all("g", "s") == Strings{"m0", "m1", "m2", "m2b", "m3"});
}

TEST_CASE("one_put_is_one_record_unless_its_events_are_far_apart_or_many") {
  WithStream s(false);
  Millis t = s.now();
  REQUIRE(s.put("g", "s", {{t - 2, "a"}, {t - 1, "b"}, {t, "c"}}));
  CHECK(s.records(kBatches) == 1);
  Service::Events day;
  for (int i = 0; i <= 1440; i++) day.emplace_back(t - kDay + i * kMinute, "x");
  REQUIRE(s.put("g", "s", day));
  CHECK(s.records(kBatches) == 132);   // eleven minutes a record
  REQUIRE(s.put("g", "s", {{t, std::string(kBatchBytes, 'x')}, {t, std::string(kBatchBytes, 'x')}}));
  CHECK(s.records(kBatches) == 134);
}

TEST_CASE("pages_hold_a_megabyte_of_events_and_at_least_one") {
  WithStream s(false);
  Millis t = s.now();
  Strings want;
  for (int i = 0; i < 5; i++) {
    want.push_back(std::string(400'000, char('a' + i)));
    REQUIRE(s.put("g", "s", {{t, want.back()}}));
  }
  auto* page = s.get("g", "s", {10, true, "", 0, 0});
  CHECK(page->events.size() == 2);
  CHECK(s.all("g", "s") == want);
  CHECK(s.filter("g", {}) == want);
}

TEST_CASE("filters_search_all_streams_in_the_order_of_time") {
  WithStream s(false);
  Millis t = s.now() - 1000;
  s.create_stream("g", "a");
  s.create_stream("g", "b/1");
  for (int i = 0; i < 30; i++) REQUIRE(s.put("g", i % 3 == 0 ? "s" : i % 3 == 1 ? "a" : "b/1", {{t + i, cat("m", i)}}));
  CHECK(s.filter("g", {}) == numbers(0, 30));
  Service::Filter f;
  for (int limit : {1, 4, 29, 30}) {
    f.limit = limit;
    CHECK(s.filter("g", f) == numbers(0, 30));
  }
  f.pattern = "m1 -m11";
  CHECK(s.filter("g", f) == Strings{"m1", "m10", "m12", "m13", "m14", "m15", "m16", "m17", "m18", "m19"});
  CHECK(s.filter("g", {"", "b/", {}, 10, 0, 0, nullptr}).size() == 10);
  CHECK(s.filter("g", {"", "", {"a", "s", "a"}, 10, 0, 0, nullptr}).size() == 20);
  CHECK(s.filter("g", {"", "", {"none"}, 10, 0, 0, nullptr}) == Strings{"ResourceNotFoundException: The specified log stream does not exist."});
  CHECK(s.filter("g", {"a-b", "", {}, 10, 0, 0, nullptr}) == Strings{"InvalidParameterException: Invalid filter pattern: Invalid character(s) in term 'a-b'"});
}

TEST_CASE("a_search_that_finds_little_goes_on_over_pages_and_finds_everything_once") {
  WithStream s(false);
  for (const char* name : {"a", "b", "c"}) s.create_stream("g", name);
  Millis t = s.now() - kHour;
  Strings want;
  std::string filler(60'000, 'x');
  for (int i = 0; i < 400; i++) {   // 24 MB, thrice what one call reads
    std::string message = i % 50 == 7 ? cat("needle", i) : filler;
    if (message != filler) want.push_back(message);
    REQUIRE(s.put("g", i % 4 == 0 ? "a" : i % 4 == 1 ? "b" : i % 4 == 2 ? "c" : "s", {{t + (i / 3) * 1000, message}}));
  }
  int pages = 0;
  CHECK(s.filter("g", {"needle", "", {}, 10000, 0, 0, &pages}) == want);
  CHECK(pages > 1);
  pages = 0;
  CHECK(s.filter("g", {"nothing", "", {}, 10000, 0, 0, &pages}).empty());
  CHECK(pages > 1);
}

TEST_CASE("retention_hides_events_at_once_and_tasks_erase_them") {
  WithStream s;
  s.create_stream("g", "t");
  Millis t = s.now();
  for (int i = 0; i < 150; i++) REQUIRE(s.put("g", i % 2 ? "s" : "t", {{t + i, cat("m", i)}}));
  REQUIRE(s.retention("g", 3));
  s.t.drain();
  CHECK(s.records(kBatches) == 150);
  s.t.core().clock().advance_to(t + 3 * kDay + 100);
  CHECK(s.filter("g", {}) == numbers(100, 150));
  s.t.drain();
  CHECK(s.records(kBatches) == 50);
  CHECK(s.stored_bytes("g") == 50 * (4 + 26));
  // What comes later goes too.
  s.t.core().clock().advance_to(t + 10 * kDay);
  REQUIRE(s.put("g", "s", {{s.now() - 1, "late"}}));
  s.t.drain();
  CHECK(s.records(kBatches) == 1);
  CHECK(s.stored_bytes("g") == 30);
}

TEST_CASE("deleted_streams_and_groups_are_out_of_sight_at_once_and_erased_in_steps") {
  WithStream s;
  s.create_stream("g", "t");
  Millis t = s.now();
  for (int i = 0; i < 250; i++) REQUIRE(s.put("g", "s", {{t, "0123"}}));
  REQUIRE(s.put("g", "t", {{t, "0123"}}));
  CHECK(s.stored_bytes("g") == 251 * 30);
  REQUIRE(s.delete_stream("g", "s"));
  CHECK(s.filter("g", {}).size() == 1);
  REQUIRE(s.create_stream("g", "s"));
  CHECK(s.all("g", "s").empty());
  s.t.drain();
  CHECK(s.records(kBatches) == 1);
  CHECK(s.stored_bytes("g") == 30);
  REQUIRE(s.delete_group("g"));
  CHECK_FALSE(s.delete_group("g"));
  REQUIRE(s.create_group("g"));
  CHECK(s.filter("g", {}).empty());
  CHECK(s.stored_bytes("g") == 0);
  s.t.drain();
  CHECK(s.records(kBatches) == 0);
  CHECK(s.records(kStreams) == 0);
}

TEST_CASE("lines_of_a_live_process_make_their_group_and_stream_with_its_permission") {
  Service s(false);
  Millis t = s.now();
  Destination to{s.t.scope(), "/aws/lambda/f", "2026/11/23/[$LATEST]0123", std::make_shared<auth::Principal>(auth::development_principal(s.t.scope().account.str())), "a test"};
  REQUIRE(append(s.t.core(), to, {{t + 1, "second"}, {t, "first"}, {t, ""}, {t + 2, "\xff\xc3\xa4"}}));
  s.t.store().commit();
  CHECK(s.all(to.group, to.stream) == Strings{"first", "second", "\xef\xbf\xbd\xc3\xa4"});
  CHECK(s.records(kBatches) == 1);
  REQUIRE(append(s.t.core(), to, std::vector<Line>(25'000, Line{t + 3, "x"})));
  REQUIRE(append(s.t.core(), to, {{t + 3, std::string(2 << 20, 'x')}}));
  s.t.store().commit();
  CHECK(s.all(to.group, to.stream).size() == 25'004);
  to.principal = std::make_shared<auth::Principal>(auth::service_principal("lambda.amazonaws.com", "", s.t.scope().account.str()));
  auto refused = append(s.t.core(), to, {{t, "x"}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == "AccessDeniedException");
  CHECK(append(s.t.core(), to, {}));
}

TEST_CASE("stored_batches_open_only_in_their_place") {
  SeededRandom random(1);
  std::vector<NewEvent> events{{5, "a"}, {7, "b"}};
  BatchPlace place{1, 2, 5, 3};
  std::string key(32, 'k');
  std::string stored = write_batch(place, events, 0, 2, 9, {4, key}, random);
  BatchHead head = read_head(stored);
  CHECK(head.ingested == 9);
  CHECK(head.last == 7);
  CHECK(head.generation == 4);
  CHECK(head.events == 2);
  CHECK(head.bytes == 2 * 27);
  Strings seen;
  auto visit = [&](uint32_t i, Millis time, std::string_view m) { return seen.push_back(cat(i, ' ', time, ' ', m)), true; };
  each_event(place, head, key, visit);
  CHECK(seen == Strings{"0 5 a", "1 7 b"});
  place.stream = 9;
  CHECK_THROWS(each_event(place, head, key, visit));
  CHECK_THROWS(read_head("\xff\xff"));
}

TEST_CASE("position_digits_order_as_positions_do") {
  Position a{1795416955787, 3, 1, 9}, b{1795416955787, 3, 2, 0};
  CHECK(position_digits(a) < position_digits(b));
  CHECK(position_digits(a).size() == 56);
  CHECK(*read_digits(position_digits(b)) == b);
  CHECK_FALSE(read_digits("3"));
  CHECK_FALSE(read_digits(std::string(56, 'x')));
}

}  // namespace fogbank::logs
