#include "services/s3/list_answers.h"

#include <algorithm>

#include "base/strings.h"
#include "services/s3/acl_rules.h"
#include "services/s3/errors.h"

namespace fogbank::s3 {

Result<int> page_size(Opt<int32_t> max_keys) {
  constexpr int kMaxPage = 1000;
  int n = max_keys.value_or(kMaxPage);
  if (n < 0) return fail(invalid_argument("Argument maxKeys must be an integer between 0 and 2147483647", "maxKeys", cat(n)));
  return std::min(n, kMaxPage);
}

Result<bool> url_encoding(Str encoding) {
  if (!encoding) return false;
  if (encoding == "url") return true;
  return fail(invalid_argument("Invalid Encoding Method specified in Request", "encoding-type", encoding));
}

Result<void> check_optional_attributes(const List<Str>& attributes) {
  for (Str one : attributes) {
    if (!(one == "RestoreStatus"))
      return fail(invalid_argument("Invalid attribute name specified.", "x-amz-optional-object-attributes", one));
  }
  return {};
}

svc::Owner owner_of(Context& cx, const BucketInfo& bucket, const ObjectSummary& object) {
  svc::Owner owner{};
  bool enforced = bucket.record.ownership == Ownership::enforced;
  owner.ID = cx.str(enforced ? canonical_id(bucket.record.account) : owner_id(bucket.record, object.owner));
  return owner;
}

}  // namespace fogbank::s3
