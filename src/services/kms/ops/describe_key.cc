// DescribeKey: https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html
// ListKeys: https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeys.html
#include "gateway/context.h"
#include "gen/kms/operations.h"
#include "services/kms/answers.h"
#include "services/kms/use.h"

namespace fogbank::kms {

Result<void> DescribeKey(Context& cx, const svc::DescribeKeyRequest&, svc::DescribeKeyResponse& out) {
  auto keys = keys_of(cx);
  const NamedKey& named = key_of(keys);
  KeyPtr key = named.key;
  if (!named.managed.empty()) {   // naming the alias of an AWS managed key makes the key
    FB_ASSIGN(made, open_current(cx, named));
    key = made.key;
  }
  if (!key) return fail(key_not_found(named.arn));
  fill_metadata(cx, named, *key, cx.make(out.KeyMetadata));
  return {};
}

Result<void> ListKeys(Context& cx, const svc::ListKeysRequest& in, svc::ListKeysResponse& out) {
  std::string after;
  if (in.Marker) {
    FB_ASSIGN(last, read_marker(in.Marker));
    after = std::move(last);
  }
  size_t limit = size_t(in.Limit.value_or(100));
  out.Keys.reserve(cx.arena(), 0);
  out.Truncated = false;
  cx.read([&](store::Reader& reader) {
    store::Key prefix = store::key(cx.scope(), kKeys);
    store::Key from = after.empty() ? prefix : key_key(cx.scope(), after);
    reader.scan(from, prefix.after_prefix(), store::Order::ascending, [&](std::string_view key, std::string_view, store::Version) {
      std::string id = store::key_parts(key).at(0);
      if (id == after) return true;
      if (out.Keys.size() == limit) {
        out.Truncated = true;
        out.NextMarker = cx.str(make_marker(out.Keys[limit - 1].KeyId));
        return false;
      }
      auto& one = out.Keys.add(cx.arena());
      one.KeyId = cx.str(id);
      one.KeyArn = cx.str(key_arn(cx.scope(), id));
      return true;
    });
  });
  return {};
}

}  // namespace fogbank::kms
