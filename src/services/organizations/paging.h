// Pages of lists: over rows of a table, with the last row's key as token, and over short lists inside a record. 20 entries at most.
#pragma once
#include "base/encoding.h"
#include "base/strings.h"
#include "gateway/context.h"
#include "services/organizations/errors.h"

namespace fogbank::organizations {

inline constexpr int32_t kPage = 20;

/// Rows below `prefix`, from behind the token on. `take(bytes)` answers whether the row is an entry of the list; it is asked for one more
/// than the page has room for, with `last` set, and must not add that one.
template <class In, class Out, class Take>
Result<void> page_of_rows(Context& cx, store::Reader& reader, const store::Key& prefix, const In& in, Out& out, Take take) {
  store::Key from = prefix;
  if (in.NextToken) {
    auto key = unbase64url(in.NextToken.view());
    if (!key || !key->starts_with(prefix.bytes())) return fail(invalid_token());
    from = store::Key::raw(*key + '\0', prefix.authority());
  }
  const int32_t limit = in.MaxResults.value_or(kPage);
  int32_t taken = 0;
  std::string last;
  bool more = false;
  reader.scan(from, prefix.after_prefix(), store::Order::ascending, [&](std::string_view key, std::string_view bytes, store::Version) {
    bool full = taken == limit;
    if (!take(bytes, full)) return true;
    if (full) { more = true; return false; }
    taken++;
    last = key;
    return true;
  });
  if (more) out.NextToken = cx.str(base64url(last));
  return {};
}

/// A page of a short list; the token is a position.
template <class In, class Out, class T, class Add>
Result<void> page_of_list(Context& cx, const std::vector<T>& all, const In& in, Out& out, Add add) {
  size_t at = 0;
  if (in.NextToken) {
    auto text = unbase64url(in.NextToken.view());
    auto n = text ? parse_int(*text) : std::nullopt;
    if (!n || *n <= 0) return fail(invalid_token());
    at = std::min(size_t(*n), all.size());
  }
  size_t end = std::min(all.size(), at + size_t(in.MaxResults.value_or(kPage)));
  for (size_t i = at; i < end; i++) add(all[i]);
  if (end < all.size()) out.NextToken = cx.str(base64url(cat(end)));
  return {};
}

}  // namespace fogbank::organizations
