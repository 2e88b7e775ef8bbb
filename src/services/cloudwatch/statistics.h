// Extended statistics: percentiles and trimmed statistics of a bucket's values ("CloudWatch statistics definitions", user guide).
//   p99.9 · tm90 wm90 tc90 ts90 (up to that percentile) · TM(10%:90%) WM TC TS (percentiles, or values: from excluded, to included) ·
//   PR(:300) (share of the values in percent) · IQM. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "services/cloudwatch/state.h"

namespace fogbank::cloudwatch {

struct ExtendedStatistic {
  enum class Kind : uint8_t { percentile, trimmed_mean, winsorized_mean, trimmed_count, trimmed_sum, percentile_rank } kind = Kind::percentile;
  bool percent = true;               ///< bounds are percentiles, not values
  std::optional<double> from, to;    ///< bounds; a percentile has only `to`
};

/// Nothing if there is no such statistic.
std::optional<ExtendedStatistic> parse_extended_statistic(std::string_view text);

/// Nothing where the bucket's values are not known, or nothing is left after trimming.
std::optional<double> evaluate(const ExtendedStatistic& statistic, const Bucket& bucket);

}  // namespace fogbank::cloudwatch
