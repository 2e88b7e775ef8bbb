// The values behind an aggregate, bounded: what percentiles and trimmed statistics are computed from.
//
// A sparse histogram of non-negative values in bins whose bounds grow by 1 %. A bin remembers the mean of what fell into it, so a bin with
// one distinct value is exact. Over kMaxBins neighbours are merged and bins become twice as wide (on the logarithmic scale), as often as
// needed; merging two histograms gives what one would be that had seen both. A record, part of Bucket (state.h). Pure; not thread-safe.
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "base/record.h"

namespace fogbank::cloudwatch {

struct Histogram {
  static constexpr size_t kMaxBins = 256;

  int64_t level = 0;             ///< a bin is 1.01 ^ (2 ^ level) wide
  double zeros = 0;              ///< weight of the value 0, which has no logarithm
  std::vector<int64_t> index;    ///< of the bins, ascending
  std::vector<double> weights;   ///< how many values fell into the bin
  std::vector<double> means;     ///< their mean
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, level); a(2, zeros); a(3, index); a(4, weights); a(5, means); a(unknown); }

  /// `value` must be finite and not negative, `weight` positive.
  void add(double value, double weight);
  void merge(const Histogram& other);

  double total() const;
  bool empty() const { return zeros == 0 && index.empty(); }
  /// Calls f(value, weight) in ascending order of values.
  void each(const std::function<void(double value, double weight)>& f) const;
  /// The smallest value that at least `share` (0 … 1) of the weight does not exceed. 0 if empty.
  double quantile(double share) const;

 private:
  void add_bin(int64_t at, double mean, double weight);
  void widen();
};

}  // namespace fogbank::cloudwatch
