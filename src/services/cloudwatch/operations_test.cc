// The operations over both stores, through the chain.
#include <doctest/doctest.h>

#include <cmath>
#include <set>

#include "gateway/testing.h"
#include "gen/cloudwatch/operations.h"
#include "services/cloudwatch/state.h"

using namespace fogbank;
using namespace fogbank::cloudwatch;
using fogbank::testing::TestCore;

namespace {

/// A server with its own virtual time, some minutes past the machine's so that no minute ends under a test.
struct Service {
  TestCore t;
  explicit Service(bool hostile, uint64_t seed = 1) : t(hostile, seed) {
    clock().freeze();
    clock().advance_to((machine_now() / kHour + 1) * kHour + 10 * kMinute);
  }
  VirtualClock& clock() { return t.core().clock(); }
  Millis now() { return clock().now(); }

  svc::PutMetricDataInput put_input(std::string_view metric_namespace) {
    svc::PutMetricDataInput in{};
    in.Namespace = Str(t.arena().copy(metric_namespace));
    return in;
  }
  svc::MetricDatum& datum(svc::PutMetricDataInput& in, std::string_view name) {
    svc::MetricDatum& d = in.MetricData.add(t.arena());
    d.MetricName = Str(t.arena().copy(name));
    return d;
  }
  void dimension(List<svc::Dimension>& list, std::string_view name, std::string_view value) {
    svc::Dimension& d = list.add(t.arena());
    d.Name = Str(t.arena().copy(name));
    d.Value = Str(t.arena().copy(value));
  }
  std::string put(const svc::PutMetricDataInput& in) {
    auto r = t.call<op::PutMetricData>(in);
    return r ? "ok" : r.error().code;
  }
  void put(std::string_view metric_namespace, std::string_view name, double value, Millis at = -1, const char* unit = nullptr, int resolution = 60) {
    auto in = put_input(metric_namespace);
    svc::MetricDatum& d = datum(in, name);
    d.Value = value;
    if (at >= 0) d.Timestamp = at;
    if (unit) d.Unit = unit;
    if (resolution != 60) d.StorageResolution = resolution;
    REQUIRE(put(in) == "ok");
  }

  svc::GetMetricStatisticsInput get_input(std::string_view metric_namespace, std::string_view name, Millis from, Millis to, int period) {
    svc::GetMetricStatisticsInput in{};
    in.Namespace = Str(t.arena().copy(metric_namespace));
    in.MetricName = Str(t.arena().copy(name));
    in.StartTime = from;
    in.EndTime = to;
    in.Period = period;
    for (const char* s : {"SampleCount", "Average", "Sum", "Minimum", "Maximum"}) in.Statistics.push(t.arena(), Str(s));
    return in;
  }
  std::vector<svc::Datapoint> get(const svc::GetMetricStatisticsInput& in) {
    auto r = t.call<op::GetMetricStatistics>(in);
    REQUIRE(r);
    return {(*r)->Datapoints.begin(), (*r)->Datapoints.end()};
  }
  std::vector<svc::Datapoint> get(std::string_view metric_namespace, std::string_view name, Millis from, Millis to, int period) {
    return get(get_input(metric_namespace, name, from, to, period));
  }
  /// Names of listed metrics, with their dimensions: "m a=1 b=2".
  std::vector<std::string> list(const svc::ListMetricsInput& in) {
    auto r = t.call<op::ListMetrics>(in);
    REQUIRE(r);
    std::vector<std::string> out;
    for (const auto& m : (*r)->Metrics) {
      std::string s(m.MetricName.view());
      for (const auto& d : m.Dimensions) s += ' ' + std::string(d.Name.view()) + '=' + std::string(d.Value.view());
      out.push_back(s);
    }
    token = (*r)->NextToken.view();
    return out;
  }
  std::string token;
};

template <class F> void on_both_stores(F f) {
  for (bool hostile : {true, false}) {
    CAPTURE(hostile);
    Service s(hostile);
    f(s);
  }
}

}  // namespace

TEST_CASE("data_of_a_minute_is_aggregated") {
  on_both_stores([](Service& s) {
    for (int i = 0; i < 10; i++) s.put("app", "metric", i, s.now());
    auto points = s.get("app", "metric", s.now() - kMinute, s.now() + kMinute, 120);
    REQUIRE(points.size() == 1);
    CHECK(*points[0].SampleCount == 10);
    CHECK(*points[0].Average == 4.5);
    CHECK(*points[0].Sum == 45);
    CHECK(*points[0].Minimum == 0);
    CHECK(*points[0].Maximum == 9);
    CHECK(points[0].Unit == "None");
    CHECK_FALSE(points[0].ExtendedStatistics.has());
    CHECK(*points[0].Timestamp == (s.now() - kMinute) / kMinute * kMinute);
  });
}

TEST_CASE("only_the_statistics_asked_for_are_answered") {
  Service s(true);
  auto in = s.put_input("app");
  auto& d = s.datum(in, "test-metric");
  d.Unit = "Count";
  for (double v : {1.0, 6.0, 10.0}) d.Values.push(s.t.arena(), v);
  for (double v : {2.0, 3.0, 1.0}) d.Counts.push(s.t.arena(), v);
  REQUIRE(s.put(in) == "ok");
  auto q = s.get_input("app", "test-metric", s.now() - kMinute, s.now() + kMinute, 60);
  q.Statistics = {};
  for (const char* name : {"SampleCount", "Sum", "Maximum"}) q.Statistics.push(s.t.arena(), Str(name));
  auto points = s.get(q);
  REQUIRE(points.size() == 1);
  CHECK(*points[0].SampleCount == 6);
  CHECK(*points[0].Sum == 30);
  CHECK(*points[0].Maximum == 10);
  CHECK_FALSE(points[0].Average.has());
  CHECK_FALSE(points[0].Minimum.has());
  CHECK(points[0].Unit == "Count");
}

TEST_CASE("units_are_kept_apart_and_can_be_chosen") {
  on_both_stores([](Service& s) {
    s.put("app", "m-test", 1, -1, "Seconds");
    s.put("app", "m-test", 5, -1, "Count");
    s.put("app", "m-test", 10);
    auto q = s.get_input("app", "m-test", s.now() - kMinute, s.now() + kMinute, 120);
    auto points = s.get(q);
    REQUIRE(points.size() == 3);
    CHECK(points[0].Unit == "None");
    CHECK(points[1].Unit == "Count");
    CHECK(points[2].Unit == "Seconds");
    q.Unit = "Count";
    points = s.get(q);
    REQUIRE(points.size() == 1);
    CHECK(*points[0].Sum == 5);
    q.Unit = "Bytes";
    CHECK(s.get(q).empty());
  });
}

TEST_CASE("each_combination_of_dimensions_is_a_metric") {
  Service s(true);
  auto in = s.put_input("app");
  s.dimension(s.datum(in, "m").Dimensions, "b", "2");
  s.dimension(in.MetricData[0].Dimensions, "a", "1");
  in.MetricData[0].Value = 7.0;
  s.datum(in, "m").Value = 100.0;
  REQUIRE(s.put(in) == "ok");
  auto q = s.get_input("app", "m", s.now() - kMinute, s.now() + kMinute, 60);
  CHECK(*s.get(q).at(0).Sum == 100);
  s.dimension(q.Dimensions, "a", "1");
  CHECK(s.get(q).empty());
  s.dimension(q.Dimensions, "b", "2");
  CHECK(*s.get(q).at(0).Sum == 7);
}

TEST_CASE("periods_begin_at_the_start_time_and_the_end_is_excluded") {
  on_both_stores([](Service& s) {
    Millis base = s.now() / kHour * kHour - kHour;
    for (int i = 0; i < 10; i++) s.put("app", "m", i, base + i * kMinute + 17'000);
    auto points = s.get("app", "m", base + 2 * kMinute + 1, base + 8 * kMinute, 180);
    REQUIRE(points.size() == 2);
    CHECK(*points[0].Timestamp == base + 2 * kMinute);
    CHECK(*points[0].Sum == 2 + 3 + 4);
    CHECK(*points[1].Timestamp == base + 5 * kMinute);
    CHECK(*points[1].Sum == 5 + 6 + 7);
  });
}

TEST_CASE("short_periods_need_high_resolution") {
  on_both_stores([](Service& s) {
    Millis base = s.now() / kMinute * kMinute;
    for (int i = 0; i < 20; i++) s.put("app", "fine", 1, base + i * 1000, nullptr, 1);
    s.put("app", "coarse", 1, base);
    CHECK(s.get("app", "fine", base, base + kMinute, 1).size() == 20);
    CHECK(s.get("app", "fine", base, base + kMinute, 10).size() == 2);
    CHECK(*s.get("app", "fine", base, base + kMinute, 60).at(0).Sum == 20);
    CHECK(s.get("app", "coarse", base, base + kMinute, 10).empty());
    CHECK(s.get("app", "coarse", base, base + kMinute, 60).size() == 1);
  });
}

TEST_CASE("percentiles_come_from_values_and_not_from_statistic_sets") {
  on_both_stores([](Service& s) {
    auto in = s.put_input("app");
    auto& d = s.datum(in, "latency");
    for (int i = 1; i <= 100; i++) d.Values.push(s.t.arena(), double(i));
    auto& e = s.datum(in, "sets");
    e.StatisticValues = s.t.arena().make<svc::StatisticSet>();
    e.StatisticValues->SampleCount = 4.0;
    e.StatisticValues->Sum = 10.0;
    e.StatisticValues->Minimum = 1.0;
    e.StatisticValues->Maximum = 4.0;
    REQUIRE(s.put(in) == "ok");
    auto q = s.get_input("app", "latency", s.now() - kMinute, s.now() + kMinute, 60);
    q.Statistics = {};
    for (const char* name : {"p50", "p99", "IQM", "tm99", "p50"}) q.ExtendedStatistics.push(s.t.arena(), Str(name));
    auto points = s.get(q);
    REQUIRE(points.size() == 1);
    CHECK(points[0].ExtendedStatistics.size() == 4);
    CHECK(**points[0].ExtendedStatistics.find("p50") == 50);
    CHECK(**points[0].ExtendedStatistics.find("p99") == 99);
    CHECK(**points[0].ExtendedStatistics.find("IQM") == doctest::Approx(50.5));
    CHECK_FALSE(points[0].Sum.has());
    q.MetricName = "sets";
    CHECK(s.get(q).empty());
    q.Statistics.push(s.t.arena(), Str("Sum"));
    REQUIRE(s.get(q).size() == 1);
    CHECK_FALSE(s.get(q)[0].ExtendedStatistics.has());
  });
}

TEST_CASE("a_bad_datum_stores_nothing_of_the_request") {
  Service s(false);
  auto in = s.put_input("app");
  s.datum(in, "good").Value = 1.0;
  s.datum(in, "bad").Value = NAN;
  CHECK(s.put(in) == "InvalidParameterValue");
  CHECK(s.list({}).empty());
  CHECK(s.get("app", "good", s.now() - kMinute, s.now() + kMinute, 60).empty());
}

TEST_CASE("a_full_request_is_stored_over_the_bound_of_a_transaction") {
  on_both_stores([](Service& s) {
    auto in = s.put_input("big");
    for (int i = 0; i < 1000; i++) {
      auto& d = s.datum(in, "m" + std::to_string(i));
      for (int j = 0; j < 150; j++) d.Values.push(s.t.arena(), 1.0 + j * 1.7);
      for (int j = 0; j < 4; j++) s.dimension(d.Dimensions, "name" + std::to_string(j), std::string(200, char('a' + j)));
    }
    REQUIRE(s.put(in) == "ok");
    REQUIRE(s.put(in) == "ok");
    auto q = s.get_input("big", "m999", s.now() - kMinute, s.now() + kMinute, 60);
    q.Dimensions = in.MetricData[999].Dimensions;
    auto points = s.get(q);
    REQUIRE(points.size() == 1);
    CHECK(*points[0].SampleCount == 300);
    // One metric in a thousand minutes: more buckets than a transaction holds.
    auto minutes = s.put_input("big");
    for (int i = 0; i < 1000; i++) {
      auto& d = s.datum(minutes, "minutes");
      d.Value = 1.0;
      d.Timestamp = s.now() - i * kMinute;
    }
    REQUIRE(s.put(minutes) == "ok");
    CHECK(s.get("big", "minutes", s.now() - kDay, s.now() + 1, 60).size() == 1000);
  });
}

TEST_CASE("metrics_are_listed_by_namespace_name_and_dimensions") {
  on_both_stores([](Service& s) {
    auto in = s.put_input("one");
    s.datum(in, "m").Value = 1.0;
    s.dimension(s.datum(in, "m").Dimensions, "host", "a");
    s.dimension(s.datum(in, "m").Dimensions, "host", "b");
    s.dimension(in.MetricData[2].Dimensions, "az", "1");
    s.datum(in, "n").Value = 1.0;
    for (auto& d : in.MetricData) d.Value = 1.0;
    REQUIRE(s.put(in) == "ok");
    s.put("two", "m", 1);
    s.put("onemore", "m", 1);
    using Names = std::vector<std::string>;
    svc::ListMetricsInput q{};
    CHECK(s.list(q).size() == 6);
    q.Namespace = "one";
    CHECK(s.list(q) == Names{"m", "m az=1 host=b", "m host=a", "n"});
    q.MetricName = "m";
    CHECK(s.list(q).size() == 3);
    auto& f = q.Dimensions.add(s.t.arena());
    f.Name = "host";
    CHECK(s.list(q) == Names{"m az=1 host=b", "m host=a"});
    f.Value = "a";
    CHECK(s.list(q) == Names{"m host=a"});
    f.Value = "c";
    CHECK(s.list(q).empty());
    q.Dimensions = {};
    q.Namespace = {};
    CHECK(s.list(q).size() == 5);
    q.Namespace = "on";
    CHECK(s.list(q).empty());
  });
}

TEST_CASE("a_page_has_500_metrics_and_tokens_lead_through_all_of_them") {
  on_both_stores([](Service& s) {
    for (int page = 0; page < 2; page++) {
      auto in = s.put_input("many");
      for (int i = 0; i < 600; i++) s.datum(in, "m" + std::to_string(page * 600 + i)).Value = 1.0;
      REQUIRE(s.put(in) == "ok");
    }
    svc::ListMetricsInput q{};
    std::set<std::string> seen;
    std::vector<size_t> pages;
    std::string token;
    do {
      q.NextToken = token.empty() ? Str{} : Str(s.t.arena().copy(token));
      auto names = s.list(q);
      pages.push_back(names.size());
      seen.insert(names.begin(), names.end());
      token = s.token;
    } while (!token.empty() && pages.size() < 9);
    CHECK(pages == std::vector<size_t>{500, 500, 200});
    CHECK(seen.size() == 1200);
    for (const char* bad : {"x", "AAAAAAAAAAAA", "%%%", "ZZZZ"}) {
      q.NextToken = bad;
      auto r = s.t.call<op::ListMetrics>(q);
      REQUIRE_FALSE(r);
      CHECK(r.error().code == "InvalidParameterValue");
    }
  });
}

TEST_CASE("a_page_of_exactly_500_has_no_token") {
  Service s(true);
  auto in = s.put_input("many");
  for (int i = 0; i < 500; i++) s.datum(in, "m" + std::to_string(i)).Value = 1.0;
  REQUIRE(s.put(in) == "ok");
  CHECK(s.list({}).size() == 500);
  CHECK(s.token.empty());
}

TEST_CASE("silent_metrics_leave_the_lists_but_keep_their_data") {
  on_both_stores([](Service& s) {
    s.put("app", "old", 1);
    Millis first = s.now();
    s.clock().advance_to(first + 4 * kHour);
    s.put("app", "new", 1);
    svc::ListMetricsInput q{};
    CHECK(s.list(q).size() == 2);
    q.RecentlyActive = "PT3H";
    CHECK(s.list(q) == std::vector<std::string>{"new"});
    s.put("app", "old", 1);
    CHECK(s.list(q).size() == 2);
    s.clock().advance_to(s.now() + 15 * kDay);
    CHECK(s.list({}).empty());
    CHECK(s.get("app", "old", first - kHour, first + kHour, 300).size() == 1);
  });
}

TEST_CASE("data_loses_resolution_and_expires_whether_or_not_the_task_ran") {
  for (bool run_task : {false, true}) {
    CAPTURE(run_task);
    on_both_stores([run_task](Service& s) {
      Millis base = s.now() / kHour * kHour - 3 * kHour;
      for (int i = 0; i < 120; i++) s.put("app", "fine", i % 7, base + i * 1000, nullptr, 1);
      for (int i = 0; i < 60; i++) s.put("app", "m", i, base + i * kMinute);
      auto at_age = [&](Millis age) {
        s.clock().advance_to(base + age);
        if (run_task) while (s.t.drain()) {}
      };
      auto points = [&](const char* name, int period) { return s.get("app", name, base, base + kHour, period); };
      at_age(kDay + 5 * kHour);
      CHECK(points("fine", 10).empty());
      CHECK(points("fine", 60).size() == 2);
      CHECK(points("m", 60).size() == 60);
      at_age(17 * kDay);
      CHECK(points("m", 60).empty());
      CHECK(points("m", 360).empty());
      CHECK(points("m", 300).size() == 12);
      CHECK(*points("m", 300)[1].Sum == 5 + 6 + 7 + 8 + 9);
      at_age(65 * kDay);
      CHECK(points("m", 300).empty());
      CHECK(points("m", 3600).size() == 1);
      CHECK(*points("m", 3600)[0].Sum == 59 * 60 / 2);
      CHECK(*points("m", 3600)[0].SampleCount == 60);
      at_age(454 * kDay);
      CHECK(points("m", 3600).size() == 1);
      at_age(458 * kDay);
      CHECK(points("m", 3600).empty());
      if (!run_task) return;
      size_t left = 0;
      s.t.store().read([&](store::Reader& r) {
        for (const auto& table : {kMetrics, kData, kExpiry}) {
          r.scan_prefix(store::key(s.t.scope(), table), [&](std::string_view, std::string_view, store::Version) { return ++left; });
        }
      });
      CHECK(left == 0);
      s.put("app", "m", 1);   // the first metric starts the task anew
      CHECK(s.t.store().next_due(true));
    });
  }
}

TEST_CASE("the_task_merges_buckets_and_keeps_percentiles") {
  on_both_stores([](Service& s) {
    Millis base = s.now() / kHour * kHour - kHour;
    auto in = s.put_input("app");
    for (int i = 0; i < 1000; i++) {
      auto& d = s.datum(in, "m");
      d.Value = 1.0 + i % 100;
      d.Timestamp = base + i * 1000;
      d.StorageResolution = 1;
    }
    REQUIRE(s.put(in) == "ok");
    auto buckets = [&] {
      size_t n = 0;
      s.t.store().read([&](store::Reader& r) {
        r.scan_prefix(store::key(s.t.scope(), kData), [&](std::string_view, std::string_view, store::Version) { return ++n; });
      });
      return n;
    };
    CHECK(buckets() == 1000);
    s.clock().advance_to(base + 2 * kDay);
    while (s.t.drain()) {}
    CHECK(buckets() == 17);
    auto q = s.get_input("app", "m", base, base + kHour, 3600);
    q.ExtendedStatistics.push(s.t.arena(), Str("p90"));
    auto points = s.get(q);
    REQUIRE(points.size() == 1);
    CHECK(*points[0].SampleCount == 1000);
    CHECK(**points[0].ExtendedStatistics.find("p90") == 90);
  });
}

TEST_CASE("regions_and_accounts_have_metrics_of_their_own") {
  Service s(true);
  s.put("app", "m", 1);
  Scope other = s.t.scope();
  other.region = Region("eu-west-1");
  s.t.set_scope(other);
  CHECK(s.list({}).empty());
  other.account = AccountId("111122223333");
  s.t.set_scope(other);
  CHECK(s.list({}).empty());
}

TEST_CASE("a_namespace_of_aws_is_for_services_only") {
  Service s(true);
  auto in = s.put_input("AWS/SQS");
  s.datum(in, "NumberOfMessagesSent").Value = 1.0;
  CHECK(s.put(in) == "InvalidParameterValue");
  auto sqs = auth::service_principal("sqs.amazonaws.com", "arn:aws:sqs:us-east-1:000000000000:q", "000000000000");
  auto r = s.t.call<op::PutMetricData>(in, sqs);
  CHECK(r);
  CHECK(s.list({}) == std::vector<std::string>{"NumberOfMessagesSent"});
  auto foreign = s.put_input("app");
  s.datum(foreign, "m").Value = 1.0;
  r = s.t.call<op::PutMetricData>(foreign, sqs);
  REQUIRE_FALSE(r);
  CHECK(r.error().code.starts_with("AccessDenied"));
}

TEST_CASE("a_request_over_a_megabyte_is_refused") {
  Service s(true);
  auto in = s.put_input("app");
  s.datum(in, "m").Value = 1.0;
  s.t.set_header("content-length", "1048577");
  CHECK(s.put(in) == "RequestEntityTooLarge");
  s.t.set_header("content-length", "1048576");
  CHECK(s.put(in) == "ok");
}
