#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "services/cloudwatch/histogram.h"
#include "services/cloudwatch/state.h"

using namespace fogbank;
using namespace fogbank::cloudwatch;

TEST_CASE("few_distinct_values_are_kept_exactly") {
  Histogram h;
  for (int i = 0; i < 7; i++) h.add(0.1, 1);
  h.add(0, 2);
  h.add(41.7, 0.5);
  CHECK(h.total() == 9.5);
  CHECK(h.quantile(0.1) == 0);
  CHECK(h.quantile(0.5) == 0.1);
  CHECK(h.quantile(1) == 41.7);
}

TEST_CASE("quantiles_of_many_values_are_within_the_width_of_a_bin") {
  Histogram h;
  for (int i = 1; i <= 1000; i++) h.add(i, 1);
  CHECK(h.index.size() <= Histogram::kMaxBins);
  for (int percent : {1, 10, 50, 90, 99}) {
    double exact = percent * 10;
    double width = std::pow(1.01, double(int64_t(1) << h.level)) - 1;
    CHECK(std::fabs(h.quantile(percent / 100.0) - exact) <= exact * width + 1);
  }
}

TEST_CASE("any_values_stay_within_the_bound_of_bins") {
  SeededRandom random(7);
  Histogram h;
  double total = 0;
  for (int i = 0; i < 20000; i++) {
    h.add(std::ldexp(1.0 + double(random.below(1000)) / 1000, int(random.below(720)) - 360), 1);
    total++;
  }
  CHECK(h.index.size() <= Histogram::kMaxBins);
  CHECK(h.total() == total);
  CHECK(std::is_sorted(h.index.begin(), h.index.end()));
  CHECK(std::is_sorted(h.means.begin(), h.means.end()));
}

TEST_CASE("merged_histograms_have_the_bins_of_one_that_saw_everything") {
  SeededRandom random(3);
  Histogram narrow, wide, all;
  for (int i = 0; i < 50; i++) { double v = 1 + double(random.below(100)); narrow.add(v, 2); all.add(v, 2); }
  for (int i = 0; i < 5000; i++) { double v = std::ldexp(1.0, int(random.below(300))) * (1 + double(random.below(100)) / 100); wide.add(v, 1); all.add(v, 1); }
  REQUIRE(wide.level > narrow.level);
  for (auto [a, b] : {std::pair(narrow, wide), std::pair(wide, narrow)}) {
    a.merge(b);
    CHECK(a.level == all.level);
    CHECK(a.index == all.index);
    CHECK(a.weights == all.weights);
    for (size_t i = 0; i < all.means.size(); i++) CHECK(a.means[i] == doctest::Approx(all.means[i]));
  }
}

TEST_CASE("bucket_survives_encoding_and_its_totals_decode_alone") {
  Bucket b;
  for (int i = 1; i <= 300; i++) b.add(i * 1.5, 1);
  auto back = decode<Bucket>(encode(b));
  REQUIRE(back);
  CHECK(back->count == 300);
  CHECK(back->values.index == b.values.index);
  CHECK(back->values.means == b.values.means);
  auto totals = decode<BucketTotals>(encode(b));
  REQUIRE(totals);
  CHECK(totals->sum == b.sum);
  CHECK(totals->minimum == 1.5);
  CHECK(totals->maximum == 450);
}

TEST_CASE("bucket_knows_its_values_unless_a_set_hides_them_or_one_is_negative") {
  Bucket same, mixed, negative;
  same.add_set(4, 20, 5, 5);
  CHECK_FALSE(same.opaque);
  CHECK(same.values.quantile(0.5) == 5);
  mixed.add(1, 1);
  mixed.add_set(2, 3, 1, 2);
  CHECK(mixed.opaque);
  CHECK(mixed.count == 3);
  CHECK(mixed.sum == 4);
  CHECK(mixed.maximum == 2);
  negative.add(-3, 2);
  CHECK(negative.opaque);
  CHECK(negative.minimum == -3);
  CHECK(negative.sum == -6);
  same.merge(negative);
  CHECK(same.opaque);
  CHECK(same.minimum == -3);
  CHECK(same.maximum == 5);
}
