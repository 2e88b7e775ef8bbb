// From records to answers, and what several operations share: the key of a call, paging.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/encoding.h"
#include "gateway/context.h"
#include "gen/kms/operations.h"
#include "services/kms/errors.h"
#include "services/kms/resolve.h"

namespace fogbank::kms {

/// The keys that the authorise function found.
std::shared_ptr<const NamedKeys> keys_of(Context& cx);
inline const NamedKey& key_of(const std::shared_ptr<const NamedKeys>& keys) { return keys->keys.at(0); }

std::string_view state_name(KeyState s);
void fill_metadata(Context& cx, const NamedKey& named, const Key& key, svc::KeyMetadata& out);
void fill_algorithms(Context& cx, const Key& key, List<Str>& encryption, List<Str>& signing, List<Str>* mac, List<Str>& agreement);

/// Changes the key's record in a transaction; the caller's function refuses or changes `key`. NotFoundException if it is gone.
template <class F> Result<void> change_key(Context& cx, const NamedKey& named, F f) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    auto key = tx.get_as<Key>(key_key(named.scope, named.id));
    if (!key) return fail(key_not_found(named.arn));
    FB_TRY(f(tx, *key));
    tx.put_record(key_key(named.scope, named.id), *key);
    return {};
  });
}

/// A marker that remembers the name of the last entry of a page.
inline std::string make_marker(std::string_view name) { return base64url(cat("m:", name)); }
Result<std::string> read_marker(std::string_view marker);

/// One page of entries in their order: those whose name is behind the marker's, at most `limit`.
template <class In, class Out, class T, class Name, class Fill>
Result<void> page(Context& cx, const In& in, Out& out, const std::vector<T>& all, size_t limit, Name name, Fill fill) {
  auto at = all.begin();
  if (in.Marker) {
    FB_ASSIGN(last, read_marker(in.Marker));
    at = std::find_if(all.begin(), all.end(), [&](const T& t) { return name(t) > last; });
  }
  for (; at != all.end() && limit > 0; ++at, --limit) fill(*at);
  out.Truncated = at != all.end();
  if (at != all.end()) out.NextMarker = cx.str(make_marker(name(*(at - 1))));
  return {};
}

}  // namespace fogbank::kms
