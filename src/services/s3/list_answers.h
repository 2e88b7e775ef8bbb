// What the listings of objects share: reading their parameters and writing keys and entries.
#pragma once
#include "gateway/context.h"
#include "gen/s3/operations.h"
#include "services/s3/object_answers.h"
#include "services/s3/object_rules.h"
#include "services/s3/state.h"

namespace fogbank::s3 {

/// max-keys: at most 1,000.
Result<int> page_size(Opt<int32_t> max_keys);
/// encoding-type: absent, or "url".
Result<bool> url_encoding(Str encoding);
/// x-amz-optional-object-attributes: only RestoreStatus exists, which objects that were never restored do not have.
Result<void> check_optional_attributes(const List<Str>& attributes);
/// Of an object: the bucket's owner, unless somebody else's writing made it theirs.
svc::Owner owner_of(Context& cx, const BucketInfo& bucket, const ObjectSummary& object);

/// How a page writes keys.
class KeyWriter {
 public:
  KeyWriter(Context& cx, bool url) : cx_(cx), url_(url) {}
  Str operator()(std::string_view text) const { return url_ ? cx_.str(url_encoded_key(text)) : cx_.str(text); }

 private:
  Context& cx_;
  bool url_;
};

/// The members that an object and a version of a listing have in common, but for key and owner.
template <class Out> void tell_summary(Context& cx, const ObjectSummary& object, Out& out) {
  out.LastModified = whole_seconds(object.modified);
  out.ETag = cx.str(quoted_etag(object.etag));
  out.Size = object.size;
  out.StorageClass = object.storage_class.empty() ? Str("STANDARD") : cx.str(object.storage_class);
  if (object.checksum_algorithm.empty()) return;
  out.ChecksumAlgorithm.push(cx.arena(), cx.str(object.checksum_algorithm));
  out.ChecksumType = checksum_type(object.composite);
}

}  // namespace fogbank::s3
