#include "services/cloudwatch/histogram.h"

#include <algorithm>
#include <cmath>

namespace fogbank::cloudwatch {
namespace {

const double kLogWidth = std::log(1.01);

/// `to` becomes the mean of both; the same value stays exactly itself.
void blend(double& mean, double& weight, double other_mean, double other_weight) {
  weight += other_weight;
  if (mean != other_mean) mean += (other_mean - mean) * (other_weight / weight);
}

}  // namespace

void Histogram::add(double value, double weight) {
  if (value == 0) { zeros += weight; return; }
  add_bin(static_cast<int64_t>(std::floor(std::log(value) / kLogWidth)) >> level, value, weight);
}

void Histogram::add_bin(int64_t at, double mean, double weight) {
  auto found = std::lower_bound(index.begin(), index.end(), at);
  auto i = found - index.begin();
  if (found != index.end() && *found == at) return blend(means[size_t(i)], weights[size_t(i)], mean, weight);
  index.insert(found, at);
  weights.insert(weights.begin() + i, weight);
  means.insert(means.begin() + i, mean);
  if (index.size() > kMaxBins) widen();
}

void Histogram::widen() {
  while (index.size() > kMaxBins) {
    level++;
    size_t kept = 0;
    for (size_t i = 0; i < index.size(); i++) {
      int64_t at = index[i] >> 1;
      if (kept && index[kept - 1] == at) { blend(means[kept - 1], weights[kept - 1], means[i], weights[i]); continue; }
      index[kept] = at;
      weights[kept] = weights[i];
      means[kept] = means[i];
      kept++;
    }
    index.resize(kept);
    weights.resize(kept);
    means.resize(kept);
  }
}

void Histogram::merge(const Histogram& other) {
  Histogram finer = other;
  if (finer.level > level) std::swap(*this, finer);   // *this is now the coarser one
  zeros += finer.zeros;
  for (size_t i = 0; i < finer.index.size(); i++) {
    // `level` may grow under way: the shift is taken anew each time.
    add_bin(finer.index[i] >> (level - finer.level), finer.means[i], finer.weights[i]);
  }
}

double Histogram::total() const {
  double sum = zeros;
  for (double w : weights) sum += w;
  return sum;
}

void Histogram::each(const std::function<void(double, double)>& f) const {
  if (zeros > 0) f(0, zeros);
  for (size_t i = 0; i < index.size(); i++) f(means[i], weights[i]);
}

double Histogram::quantile(double share) const {
  const double all = total();
  const double want = share * all - 1e-9 * all;   // 0.999 * 1000 is a hair more than 999
  double seen = zeros, value = 0;
  if (zeros > 0 && seen >= want) return 0;
  for (size_t i = 0; i < index.size(); i++) {
    seen += weights[i];
    value = means[i];
    if (seen >= want) break;
  }
  return value;
}

}  // namespace fogbank::cloudwatch
