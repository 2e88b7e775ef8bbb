// Lists in pages of 100. A token is the key that the page ended with, and only good for the list that gave it.
#pragma once
#include <string>
#include <vector>

#include "base/encoding.h"
#include "gateway/context.h"
#include "services/sns/errors.h"
#include "store/store.h"

namespace fogbank::sns {

inline constexpr size_t kPage = 100;

/// Calls `take(key, bytes)` for the entries of a page; `take` answers false for what is not in the list. Sets `next` if there are more.
template <class Take> Result<void> page(Context& cx, const store::Key& all, Str token, Str& next, Take take) {
  store::Key from = all;
  if (!token.empty()) {
    auto key = unbase64(token);
    if (!key || !std::string_view(*key).starts_with(all.bytes())) return fail(invalid("NextToken"));
    from = store::Key::raw(*key + '\0', false);
  }
  std::string last;
  bool more = false;
  cx.read([&](store::Reader& reader) {
    size_t taken = 0;
    more = false;
    reader.scan(from, all.after_prefix(), store::Order::ascending, [&](std::string_view key, std::string_view bytes, store::Version) {
      if (taken == kPage) { more = true; return false; }
      if (take(reader, key, bytes)) taken++;
      last = key;
      return true;
    });
  });
  if (more) next = cx.str(base64(last));
  return {};
}

}  // namespace fogbank::sns
