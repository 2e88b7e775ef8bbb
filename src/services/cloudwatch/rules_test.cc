#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "services/cloudwatch/rules.h"

using namespace fogbank;
using namespace fogbank::cloudwatch;

namespace {

constexpr Millis kNow = 1'790'000'000'000;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN(), kInfinity = std::numeric_limits<double>::infinity();

/// A request with one good datum that a case spoils.
struct Put {
  Arena arena;
  svc::PutMetricDataInput in{};
  Put() {
    in.Namespace = "My App";
    datum().Value = 1.0;
  }
  svc::MetricDatum& datum() {
    svc::MetricDatum& d = in.MetricData.add(arena);
    d.MetricName = "Latency";
    return d;
  }
  svc::MetricDatum& first() { return in.MetricData[0]; }
  void dimension(std::string_view name, std::string_view value) {
    svc::Dimension& d = first().Dimensions.add(arena);
    d.Name = Str(arena.copy(name));
    d.Value = Str(arena.copy(value));
  }
  void value(double v) { first().Values.push(arena, v); }
  void weight(double v) { first().Counts.push(arena, v); }
  svc::StatisticSet& set() {
    auto* s = arena.make<svc::StatisticSet>();
    first().StatisticValues = s;
    s->SampleCount = 2.0;
    s->Sum = 3.0;
    s->Minimum = 1.0;
    s->Maximum = 2.0;
    return *s;
  }
  Result<std::vector<Datum>> read(bool aws = false) { return read_metric_data(in, {kNow, kNow}, aws); }
  /// "Code: text" of the error, or "ok".
  std::string answer(bool aws = false) {
    auto r = read(aws);
    return r ? "ok" : r.error().code + ": " + r.error().message;
  }
};

std::string text_of(const Result<void>& r) { return r ? "ok" : r.error().code + ": " + r.error().message; }

struct Get {
  Arena arena;
  svc::GetMetricStatisticsInput in{};
  Get() {
    in.Namespace = "My App";
    in.MetricName = "Latency";
    in.StartTime = kNow - kHour;
    in.EndTime = kNow;
    in.Period = 60;
  }
  std::string answer() {
    auto r = read_statistics_query(in, kNow);
    return r ? "ok" : r.error().code + ": " + r.error().message;
  }
};

}  // namespace

TEST_CASE("a_good_datum_is_read_with_its_defaults") {
  Put p;
  p.dimension("b", "2");
  p.dimension("a", "1");
  auto data = p.read();
  REQUIRE(data);
  const Datum& d = data->at(0);
  CHECK(d.metric.metric_namespace == "My App");
  CHECK(d.metric.dimensions == std::vector<MetricDimension>{{"a", "1"}, {"b", "2"}});
  CHECK(kUnits[d.place.unit] == "None");
  CHECK(d.place.seconds == 60);
  CHECK(d.place.start == uint64_t(kNow / 60000 * 60));
  CHECK(d.bucket.count == 1);
}

TEST_CASE("missing_parameters_are_named_all_at_once") {
  Put p;
  p.in.Namespace = {};
  CHECK(p.answer() == "MissingParameter: The parameter Namespace is required.");
  Put q;
  q.in.MetricData = {};
  CHECK(q.answer() == "MissingParameter: The parameter MetricData is required.");
  Put r;
  r.dimension("a", "");
  r.datum().Value = 1.0;
  r.in.MetricData[1].MetricName = "";
  CHECK(r.answer() == "MissingParameter: The parameter MetricData.member.1.Dimensions.member.1.Value is required.\n"
                      "The parameter MetricData.member.2.MetricName is required.");
  Put s;
  s.first().Value = {};
  s.set() = {};
  s.first().StatisticValues->Sum = 1.0;
  CHECK(s.answer() == "MissingParameter: The parameter MetricData.member.1.StatisticValues.Maximum is required.\n"
                      "The parameter MetricData.member.1.StatisticValues.Minimum is required.\n"
                      "The parameter MetricData.member.1.StatisticValues.SampleCount is required.");
}

TEST_CASE("value_values_and_statistic_values_exclude_each_other") {
  Put p;
  p.value(1);
  CHECK(p.answer() == "InvalidParameterCombination: The parameters MetricData.member.1.Value and MetricData.member.1.Values are mutually exclusive and you "
                      "have specified both.");
  Put q;
  q.set();
  CHECK(q.answer() == "InvalidParameterCombination: The parameters MetricData.member.1.Value and MetricData.member.1.StatisticValues are mutually exclusive "
                      "and you have specified both.");
  Put r;
  r.first().Value = {};
  CHECK(r.answer() == "InvalidParameterCombination: At least one of the parameters MetricData.member.1.Value and MetricData.member.1.StatisticValues must be "
                      "specified.");
}

TEST_CASE("values_and_counts_must_match") {
  Put p;
  p.first().Value = {};
  p.value(1);
  p.value(2);
  p.weight(3);
  CHECK(p.answer() == "InvalidParameterValue: The parameters MetricData.member.1.Values and MetricData.member.1.Counts must be of the same size.");
  p.weight(4);
  auto data = p.read();
  REQUIRE(data);
  CHECK(data->at(0).bucket.count == 7);
  CHECK(data->at(0).bucket.sum == 11);
  p.first().Counts[1] = 0.0;
  CHECK(p.answer() == "InvalidParameterValue: The value 0 for parameter MetricData.member.1.Counts.member.2 is invalid.");
  for (int i = 0; i < 149; i++) p.value(i);
  CHECK(p.answer() == "InvalidParameterValue: The collection MetricData.member.1.Values must not have a size greater than 150.");
}

TEST_CASE("numbers_outside_the_range_are_refused_as_the_service_prints_them") {
  Put p;
  p.first().Value = kNan;
  CHECK(p.answer() == "InvalidParameterValue: The value NaN for parameter MetricData.member.1.Value is invalid.");
  CHECK(number_text(-kInfinity) == "-∞");
  CHECK(number_text(std::numeric_limits<double>::max()).starts_with("179,769,313,486,231,570,000,000,"));
  CHECK(number_text(5e-324) == "0");
  CHECK(number_text(-2.128980e-109) == "-0");
  CHECK(number_text(-1234567.5) == "-1,234,567.5");
  CHECK(storable(0));
  CHECK(storable(std::ldexp(1.0, 360)));
  CHECK(storable(-std::ldexp(1.0, -360)));
  CHECK_FALSE(storable(std::ldexp(1.0, 361)));
  CHECK_FALSE(storable(std::ldexp(1.0, -361)));
  CHECK_FALSE(storable(kInfinity));
}

TEST_CASE("statistic_sets_must_make_sense") {
  Put p;
  p.first().Value = {};
  svc::StatisticSet& s = p.set();
  CHECK(p.answer() == "ok");
  s.Minimum = 5.0;
  CHECK(p.answer() == "InvalidParameterValue: The parameter MetricData.member.1.StatisticValues.Maximum must be greater than "
                      "MetricData.member.1.StatisticValues.Minimum.");
  s.Minimum = 1.0;
  s.SampleCount = 0.0;
  CHECK(p.answer() == "InvalidParameterValue: The parameter MetricData.member.1.StatisticValues.SampleCount must not equal 0.");
}

TEST_CASE("timestamps_must_be_near_either_clock") {
  Put p;
  const char* text = "InvalidParameterValue: The parameter MetricData.member.1.Timestamp must specify a time within the past two weeks.";
  p.first().Timestamp = kNow - 14 * kDay;
  CHECK(p.answer() == "ok");
  p.first().Timestamp = kNow - 14 * kDay - 1;
  CHECK(p.answer() == text);
  CHECK(read_metric_data(p.in, {kNow, kNow - kDay}, false));
  p.first().Timestamp = kNow + 2 * kHour;
  CHECK(p.answer() == "ok");
  p.first().Timestamp = kNow + 2 * kHour + 1;
  CHECK(p.answer() == text);
  CHECK(read_metric_data(p.in, {kNow + 30 * kDay, kNow + kHour}, false));
  p.first().Timestamp = std::numeric_limits<int64_t>::min();
  CHECK(p.answer() == text);
}

TEST_CASE("names_are_printable_ascii_of_bounded_length") {
  Put p;
  p.dimension("name", std::string(1024, 'v'));
  CHECK(p.answer() == "ok");
  p.dimension("other", std::string(1025, 'v'));
  p.dimension(std::string(256, 'n'), "caf\xc3\xa9");
  CHECK(p.answer() == "InvalidParameterValue: The parameter MetricData.member.1.Dimensions.member.2.Value must be shorter than 1025 characters.\n"
                      "The parameter MetricData.member.1.Dimensions.member.3.Name must be shorter than 256 characters.\n"
                      "The value for parameter MetricData.member.1.Dimensions.member.3.Value contains non-ASCII characters.");
  Put q;
  q.first().MetricName = "a\nb";
  CHECK(q.answer() == "InvalidParameterValue: The value for parameter MetricData.member.1.MetricName contains non-printable control characters.");
  q.first().MetricName = "  ";
  CHECK(q.answer().starts_with("InvalidParameterValue: "));
}

TEST_CASE("dimensions_are_at_most_thirty_and_of_different_names") {
  Put p;
  for (int i = 0; i < 30; i++) p.dimension("d" + std::to_string(i), "v");
  CHECK(p.answer() == "ok");
  p.dimension("x", "v");
  CHECK(p.answer() == "InvalidParameterValue: The collection MetricData.member.1.Dimensions must not have a size greater than 30.");
  Put q;
  q.dimension("a", "1");
  q.dimension("a", "2");
  CHECK(q.answer() == "InvalidParameterValue: No metric may specify the same dimension name twice.");
  Put r;
  r.dimension(":a", "1");
  CHECK(r.answer() == "InvalidParameterValue: The value :a for parameter MetricData.member.1.Dimensions.member.1.Name is invalid.");
}

TEST_CASE("units_and_resolutions_are_of_their_sets") {
  Put p;
  p.first().Unit = "seconds";
  CHECK(p.answer().starts_with("InvalidParameterValue: The parameter MetricData.member.1.Unit must be a value in the set [Seconds, Microseconds, "));
  CHECK(p.answer().ends_with(", Count/Second, None]."));
  p.first().Unit = "Count/Second";
  p.first().StorageResolution = 300;
  CHECK(p.answer() == "InvalidParameterValue: The parameter MetricData.member.1.StorageResolution must be a value in the set [1, 60].");
  p.first().StorageResolution = 1;
  REQUIRE(p.read());
  CHECK(p.read()->at(0).place.seconds == 1);
}

TEST_CASE("only_services_may_use_aws_namespaces") {
  Put p;
  p.in.Namespace = "AWS/SQS";
  CHECK(p.answer() == "InvalidParameterValue: The value AWS/ for parameter Namespace is invalid.");
  CHECK(p.answer(true) == "ok");
  p.in.Namespace = ":x";
  CHECK(p.answer() == "InvalidParameterValue: The value :x for parameter Namespace is invalid.");
}

TEST_CASE("a_request_has_at_most_a_thousand_data") {
  Put p;
  for (int i = 0; i < 999; i++) p.datum().Value = 1.0;
  CHECK(p.answer() == "ok");
  p.datum().Value = 1.0;
  CHECK(p.answer() == "InvalidParameterValue: The collection MetricData must not have a size greater than 1000.");
}

TEST_CASE("a_flood_of_complaints_stays_bounded") {
  Put p;
  p.in.MetricData = {};
  for (int i = 0; i < 1000; i++) {
    auto& d = p.datum();
    for (int j = 0; j < 30; j++) d.Dimensions.add(p.arena);
  }
  CHECK(p.answer().size() < 80'000);
}

TEST_CASE("entities_are_not_served") {
  Put p;
  p.in.EntityMetricData.add(p.arena);
  auto r = p.read();
  REQUIRE_FALSE(r);
  CHECK(r.error().code == "NotImplemented");
  CHECK(r.error().message.find("EntityMetricData") != std::string::npos);
}

TEST_CASE("a_statistics_query_is_checked") {
  Get g;
  CHECK(g.answer() == "InvalidParameterCombination: At least one of the parameters Statistics and ExtendedStatistics must be specified.");
  g.in.Statistics.push(g.arena, Str("Median"));
  CHECK(g.answer() == "InvalidParameterValue: The parameter Statistics.member.1.<list element> must be a value in the set [SampleCount, Average, Sum, Minimum, "
                      "Maximum].");
  g.in.Statistics[0] = Str("Sum");
  CHECK(g.answer() == "ok");
  g.in.ExtendedStatistics.push(g.arena, Str("p99.9"));
  CHECK(g.answer() == "ok");
  g.in.ExtendedStatistics.push(g.arena, Str("q1"));
  CHECK(g.answer() == "InvalidParameterValue: The value q1 for parameter ExtendedStatistics.member.2 is invalid.");
}

TEST_CASE("periods_are_short_ones_or_minutes") {
  Get g;
  g.in.Statistics.push(g.arena, Str("Sum"));
  for (int period : {1, 5, 10, 20, 30, 60, 120, 86400}) {
    g.in.Period = period;
    g.in.StartTime = kNow - 20 * kMinute;
    CAPTURE(period);
    CHECK(g.answer() == "ok");
  }
  g.in.Period = 45;
  CHECK(g.answer() == "InvalidParameterValue: The parameter Period must be a multiple of 60.");
  g.in.Period = 0;
  CHECK(g.answer() == "InvalidParameterValue: The parameter Period must be greater than or equal to 1.");
  g.in.Period = {};
  g.in.StartTime = {};
  CHECK(g.answer() == "MissingParameter: The parameter StartTime is required.\nThe parameter Period is required.");
}

TEST_CASE("a_query_asks_for_at_most_1440_datapoints") {
  Get g;
  g.in.Statistics.push(g.arena, Str("Sum"));
  g.in.StartTime = kNow - kDay;
  CHECK(g.answer() == "ok");
  g.in.Period = 1;
  CHECK(g.answer() == "InvalidParameterCombination: You have requested up to 86400 datapoints, which exceeds the limit of 1440. You may reduce the datapoints "
                      "requested by increasing Period, or decreasing the time range.");
  g.in.StartTime = std::numeric_limits<int64_t>::min();
  g.in.EndTime = std::numeric_limits<int64_t>::max();
  CHECK(g.answer().starts_with("InvalidParameterCombination: You have requested up to "));
  g.in.StartTime = kNow;
  g.in.EndTime = kNow;
  CHECK(g.answer() == "InvalidParameterValue: The parameter StartTime must be less than the parameter EndTime.");
}

TEST_CASE("a_listing_is_checked") {
  Arena arena;
  svc::ListMetricsInput in{};
  CHECK(text_of(check_list_metrics(in)) == "ok");
  in.RecentlyActive = "PT1H";
  CHECK(text_of(check_list_metrics(in)) == "InvalidParameterValue: The parameter RecentlyActive must be a value in the set [PT3H].");
  in.RecentlyActive = "PT3H";
  in.Dimensions.add(arena);
  CHECK(text_of(check_list_metrics(in)) == "MissingParameter: The parameter Dimensions.member.1.Name is required.");
  for (int i = 0; i < 10; i++) in.Dimensions.add(arena);
  for (auto& d : in.Dimensions) d.Name = "n";
  CHECK(text_of(check_list_metrics(in)) == "InvalidParameterValue: The collection Dimensions must not have a size greater than 10.");
  in.OwningAccount = "111122223333";
  CHECK(text_of(check_list_metrics(in)) == "NotImplemented: OwningAccount is not implemented.");
  in.IncludeLinkedAccounts = true;
  CHECK(text_of(check_list_metrics(in)) == "NotImplemented: IncludeLinkedAccounts is not implemented.");
}
