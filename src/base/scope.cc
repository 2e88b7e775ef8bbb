#include "base/scope.h"

namespace fogbank {

bool is_account_id(std::string_view s) {
  if (s.size() != 12) return false;
  for (char c : s) if (c < '0' || c > '9') return false;
  return true;
}

std::optional<ArnView> parse_arn(std::string_view text) {
  ArnView a;
  std::string_view* parts[] = {nullptr, &a.partition, &a.service, &a.region, &a.account};
  for (auto* part : parts) {
    size_t at = text.find(':');
    if (at == std::string_view::npos) return std::nullopt;
    if (!part) {
      if (text.substr(0, at) != "arn") return std::nullopt;
    } else {
      *part = text.substr(0, at);
    }
    text.remove_prefix(at + 1);
  }
  if (text.empty() || a.partition.empty() || a.service.empty()) return std::nullopt;
  a.resource = text;
  return a;
}

std::string make_arn(const Scope& s, std::string_view service, std::string_view resource) {
  return cat("arn:", s.partition.str(), ':', service, ':', s.region.str(), ':', s.account.str(), ':', resource);
}

}  // namespace fogbank
