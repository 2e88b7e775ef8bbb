#include <doctest/doctest.h>

#include "services/cloudwatch/retention.h"
#include "services/cloudwatch/statistics.h"

using namespace fogbank;
using namespace fogbank::cloudwatch;

namespace {

double value_of(std::string_view statistic, const Bucket& b) {
  auto s = parse_extended_statistic(statistic);
  REQUIRE_MESSAGE(s, std::string(statistic));
  auto v = evaluate(*s, b);
  REQUIRE_MESSAGE(v, std::string(statistic));
  return *v;
}

Bucket one_to(int n) {
  Bucket b;
  for (int i = 1; i <= n; i++) b.add(i, 1);
  return b;
}

}  // namespace

TEST_CASE("percentiles_are_values_of_the_data") {
  Bucket b = one_to(100);
  CHECK(value_of("p0", b) == 1);
  CHECK(value_of("p0.0", b) == 1);
  CHECK(value_of("p50", b) == 50);
  CHECK(value_of("p99", b) == 99);
  CHECK(value_of("p99.9", b) == 100);
  CHECK(value_of("p100", b) == 100);
}

TEST_CASE("trimmed_statistics_leave_out_what_is_outside_their_bounds") {
  Bucket b = one_to(10);
  CHECK(value_of("tm90", b) == doctest::Approx(5));
  CHECK(value_of("TM(10%:90%)", b) == doctest::Approx(5.5));
  CHECK(value_of("TM(:50%)", b) == doctest::Approx(3));
  CHECK(value_of("TM(2:5)", b) == doctest::Approx(4));        // 3, 4, 5
  CHECK(value_of("TC(2:5)", b) == doctest::Approx(3));
  CHECK(value_of("TS(2:5)", b) == doctest::Approx(12));
  CHECK(value_of("tc80", b) == doctest::Approx(8));
  CHECK(value_of("ts80", b) == doctest::Approx(36));
  CHECK(value_of("IQM", b) == doctest::Approx(5.5));
  CHECK(value_of("wm90", b) == doctest::Approx((45 + 9) / 10.0));
  CHECK(value_of("WM(3:8)", b) == doctest::Approx((3 * 3 + 4 + 5 + 6 + 7 + 3 * 8) / 10.0));
  CHECK(value_of("PR(:3)", b) == doctest::Approx(30));
  CHECK(value_of("PR(3:)", b) == doctest::Approx(70));
  CHECK(value_of("PR(3:5)", b) == doctest::Approx(20));
}

TEST_CASE("weights_may_be_fractions") {
  Bucket b;
  b.add(10, 0.5);
  b.add(20, 1.5);
  CHECK(value_of("p25", b) == 10);
  CHECK(value_of("p26", b) == 20);
  CHECK(value_of("tm25", b) == doctest::Approx(10));
}

TEST_CASE("there_is_no_statistic_of_unknown_values_or_of_nothing") {
  Bucket opaque;
  opaque.add_set(3, 6, 1, 3);
  CHECK_FALSE(evaluate(*parse_extended_statistic("p50"), opaque));
  CHECK_FALSE(evaluate(*parse_extended_statistic("TM(50:60)"), one_to(10)));
  CHECK(value_of("TC(50:60)", one_to(10)) == 0);
}

TEST_CASE("what_is_no_extended_statistic_is_refused") {
  for (const char* text : {"", "p", "p101", "p-1", "p1e1", "P50", "p50%", "p50.12345678901", "Average", "tm", "tm101", "xx90", "TM90", "TM()", "TM(:)", "TM(10%:90)",
                           "TM(90%:10%)", "TM(10%:10%)", "TM(10%:101%)", "PR(10%:20%)", "PR(a:b)", "iqm", "TM(1:2", "TM(1:2)x", "p\xff"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_extended_statistic(text));
  }
}

TEST_CASE("data_becomes_coarser_with_age") {
  const Millis now = 2'000'000'000'000;
  auto at = [&](Millis age, int seconds) { return DataPlace{uint64_t((now - age) / 1000), 0, seconds}; };
  CHECK(window_at(at(3 * kHour - kMinute, 1), now).seconds == 1);
  CHECK(window_at(at(3 * kHour + kMinute, 1), now).seconds == 60);
  CHECK(window_at(at(14 * kDay, 60), now).seconds == 60);
  CHECK(window_at(at(15 * kDay + 5 * kMinute, 60), now).seconds == 300);
  CHECK(window_at(at(62 * kDay, 60), now).seconds == 300);
  CHECK(window_at(at(63 * kDay + kHour, 60), now).seconds == 3600);
  CHECK_FALSE(window_at(at(454 * kDay, 60), now).expired);
  CHECK(window_at(at(455 * kDay + kHour, 60), now).expired);
  Window w = window_at(at(100 * kDay, 60), now);
  CHECK(w.start % 3600 == 0);
}

TEST_CASE("the_start_time_is_rounded_down_by_age_and_period") {
  const Millis now = 2'000'000'000'000, odd = 1'999'999'987'654;
  CHECK(aligned_start(odd, 1, now) == 1'999'999'987);
  CHECK(aligned_start(odd, 20, now) == 1'999'999'980);
  CHECK(aligned_start(odd, 300, now) == 1'999'999'980);
  CHECK(aligned_start(odd - 20 * kDay, 300, now) % 300 == 0);
  CHECK(aligned_start(odd - 70 * kDay, 3600, now) % 3600 == 0);
  CHECK(aligned_start(-1, 60, now) == -3600);
}
