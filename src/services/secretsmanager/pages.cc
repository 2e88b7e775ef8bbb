#include "services/secretsmanager/pages.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "base/encoding.h"
#include "base/strings.h"
#include "services/secretsmanager/errors.h"
#include "services/secretsmanager/filters.h"

namespace fogbank::secretsmanager {
namespace {

using Place = std::pair<Millis, std::string>;

Place place_of(const StoredSecret& s, std::string_view sort_by) {
  if (sort_by == "name") return {0, s.name};
  if (sort_by == "last-accessed-date") return {s.accessed, s.name};
  if (sort_by == "last-changed-date") return {s.changed, s.name};
  return {s.created, s.name};
}

std::string token_of(const Place& p) { return base64url(cat("s:", p.first, ':', p.second)); }
Result<Place> read_token(std::string_view token) {
  auto text = unbase64url(token);
  if (!text || !text->starts_with("s:")) return fail(invalid_next_token());
  std::string_view rest = std::string_view(*text).substr(2);
  size_t colon = rest.find(':');
  if (colon == std::string_view::npos) return fail(invalid_next_token());
  auto number = parse_int(rest.substr(0, colon));
  if (!number) return fail(invalid_next_token());
  return Place{*number, std::string(rest.substr(colon + 1))};
}

}  // namespace

Result<SecretPage> list_page(store::Reader& reader, const Scope& scope, const PageQuery& query) {
  FB_TRY(check_filters(*query.filters));
  std::optional<Place> after;
  if (query.next_token) {
    FB_ASSIGN(place, read_token(query.next_token));
    after = std::move(place);
  }
  bool descending = query.sort_order == "desc";
  auto before = [&](const Place& a, const Place& b) { return descending ? b < a : a < b; };
  std::vector<std::pair<Place, StoredSecret>> found;
  reader.scan_prefix(store::key(scope, kSecrets), [&](std::string_view, std::string_view bytes, store::Version) {
    auto secret = decode<StoredSecret>(bytes);
    if (!secret) throw std::runtime_error("a stored secret is damaged");
    Place place = place_of(*secret, query.sort_by);
    bool shown = (query.planned_deletion || !secret->deletion_at) && matches(*secret, *query.filters);
    if (shown && (!after || before(*after, place))) found.emplace_back(std::move(place), std::move(*secret));
    return true;
  });
  std::sort(found.begin(), found.end(), [&](const auto& a, const auto& b) { return before(a.first, b.first); });
  SecretPage out;
  if (found.size() > query.limit) {
    found.resize(query.limit);
    out.next_token = token_of(found.back().first);
  }
  for (auto& [place, secret] : found) out.secrets.push_back(std::move(secret));
  return out;
}

}  // namespace fogbank::secretsmanager
