#include "services/cloudwatch/state.h"

#include <algorithm>
#include <stdexcept>

#include "base/encoding.h"
#include "base/strings.h"
#include "gateway/core.h"

namespace fogbank::cloudwatch {
namespace {

constexpr size_t kReadableKey = 192;   ///< longer dimensions stand in keys as a beginning and a digest

void append_sized(std::string& out, std::string_view text) {
  append(out, text.size(), ':', text);
}

/// The dimensions as one part of a key. Names and values have no control characters.
std::string dimensions_part(const std::vector<MetricDimension>& dimensions) {
  std::string out;
  for (const auto& d : dimensions) append(out, d.name, '\x01', d.value, '\x02');
  if (out.size() <= kReadableKey) return out;
  std::string digest = sha256_hex(out);
  out.resize(kReadableKey);
  return out + digest;
}

}  // namespace

void Bucket::widen(double weight, double weighted, double low, double high) {
  bool first = count == 0;
  count += weight;
  sum += weighted;
  minimum = first ? low : std::min(minimum, low);
  maximum = first ? high : std::max(maximum, high);
}

void Bucket::hide_values() {
  opaque = true;
  values = {};
}

void Bucket::add(double value, double weight) {
  widen(weight, value * weight, value, value);
  if (value < 0) hide_values();
  else if (!opaque) values.add(value, weight);
}

void Bucket::add_set(double set_count, double set_sum, double set_minimum, double set_maximum) {
  widen(set_count, set_sum, set_minimum, set_maximum);
  if (set_minimum != set_maximum || set_minimum < 0) hide_values();
  else if (!opaque) values.add(set_minimum, set_count);
}

void Bucket::merge(const Bucket& other) {
  widen(other.count, other.sum, other.minimum, other.maximum);
  if (other.opaque) hide_values();
  else if (!opaque) values.merge(other.values);
}

int unit_number(std::string_view unit) {
  for (int i = 0; i < kUnitCount; i++) if (kUnits[i] == unit) return i;
  return -1;
}

std::string series_id(std::string_view metric_namespace, std::string_view name, const std::vector<MetricDimension>& dimensions) {
  std::string text;
  append_sized(text, metric_namespace);
  append_sized(text, name);
  for (const auto& d : dimensions) {
    append_sized(text, d.name);
    append_sized(text, d.value);
  }
  return std::string(as_view(sha256(text)).substr(0, 16));
}

store::Key metric_key(const Scope& scope, const Metric& metric) {
  return store::key(scope, kMetrics, metric.metric_namespace, metric.name, dimensions_part(metric.dimensions));
}

store::Key data_key(const Scope& scope, std::string_view series, const DataPlace& place) {
  return store::key(scope, kData, series, place.start, uint64_t(place.unit), uint64_t(place.seconds));
}

DataPlace data_place(std::string_view encoded_key) {
  auto parts = store::key_parts(encoded_key);
  if (parts.size() != 4) throw std::runtime_error("a key of metric data is damaged");
  return {store::number_part(parts[1]), int(store::number_part(parts[2])), int(store::number_part(parts[3]))};
}

State::State(Core& core) : metrics(core.store(), kMetrics, 20000) {}

}  // namespace fogbank::cloudwatch
