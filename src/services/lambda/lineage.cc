#include "services/lambda/lineage.h"

#include <cstdio>
#include <vector>

#include "base/encoding.h"
#include "base/strings.h"

namespace fogbank::lambda {
namespace {

constexpr size_t kMaxHops = 32;
constexpr std::string_view kLineage = "Lineage=";

std::string fresh_root(Millis now, Random& random) {
  char time[16];
  std::snprintf(time, sizeof time, "%08llx", static_cast<unsigned long long>(now / 1000));
  return cat("Root=1-", time, '-', random.hex(24));
}

}  // namespace

Traced trace_through(std::string_view header, std::string_view function_arn, Millis now, Random& random) {
  Traced out;
  std::string id = sha256_hex(function_arn).substr(0, 8), lineage;
  bool rooted = false, sampled = false, counted = false;
  size_t hops = 0;
  for (std::string_view part : split(header, ';')) {
    part = trim(part);
    if (part.empty()) continue;
    if (!part.starts_with(kLineage)) {
      rooted |= part.starts_with("Root=");
      sampled |= part.starts_with("Sampled=");
      append(out.header, out.header.empty() ? "" : ";", part);
      continue;
    }
    for (std::string_view hop : split(part.substr(kLineage.size()), '|')) {
      auto fields = split(hop, ':');
      if (fields.size() != 3 || hops == kMaxHops) continue;
      int64_t times = parse_int(fields[2]).value_or(0);
      if (fields[1] == id && !counted) {
        counted = true;
        out.times = int(times);
        times++;
      }
      append(lineage, lineage.empty() ? "" : "|", "1:", fields[1], ':', times);
      hops++;
    }
  }
  if (!counted) append(lineage, lineage.empty() ? "" : "|", "1:", id, ":1");
  if (!rooted) out.header = out.header.empty() ? fresh_root(now, random) : cat(fresh_root(now, random), ';', out.header);
  if (!sampled) out.header += ";Sampled=0";
  append(out.header, ";", kLineage, lineage);
  return out;
}

}  // namespace fogbank::lambda
