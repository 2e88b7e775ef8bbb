#include "services/s3/object_source.h"

#include "base/json_text.h"
#include "base/strings.h"
#include "gateway/core.h"
#include "gen/s3/operations.h"
#include "services/s3/bodies.h"
#include "services/s3/errors.h"
#include "services/s3/sealing.h"
#include "services/s3/versions.h"

namespace fogbank::s3 {
namespace {

std::string object_arn(const BucketInfo& bucket, std::string_view key) { return cat(bucket.arn, '/', key); }

/// The object and where its bytes are, from one snapshot.
struct Source {
  Object object;
  std::vector<Segment> segments;
};

Result<Source> locate(Context& cx, store::Reader& reader, const ObjectUse& use, size_t limit) {
  BucketPtr bucket = find_bucket(cx.core(), reader, cx.scope().partition, use.bucket);
  if (!bucket) return fail(no_such_bucket(use.bucket));
  FB_ASSIGN(name, read_version_name(use.version_id));
  FB_ASSIGN(object, find_object(reader, *bucket, use.key, name, "GET"));
  if (object.size > int64_t(limit)) return fail("EntityTooLarge", "The object is larger than the calling service takes.", 400);
  FB_TRY(check_customer(object.sealing, {}));
  FB_ASSIGN(segments, segments_of(reader, *bucket, use.key, object, {0, object.size}));
  return Source{std::move(object), std::move(segments)};
}

Result<std::string> read_now(Context& cx, const ObjectUse& use, size_t limit) {
  Result<Source> source = Source{};
  cx.read([&](store::Reader& reader) { source = locate(cx, reader, use, limit); });
  if (!source) return fail(std::move(source.error()));
  FB_TRY(open_segments(cx, source->object.sealing, {}, source->segments));
  std::string bytes;
  bytes.reserve(size_t(source->object.size));
  FB_TRY(read_segments(cx.store(), source->segments, [&](std::string_view piece) -> Result<void> {
    bytes.append(piece);
    return {};
  }));
  return bytes;
}

}  // namespace

Result<void> require_object(AuthoriseContext& cx, const ObjectUse& use) {
  BucketPtr bucket = find_bucket(cx.core(), cx.reader(), cx.caller().partition, use.bucket);
  if (!bucket) return fail(no_such_bucket(use.bucket));
  if (bucket->record.region != cx.target().region.str()) {
    return fail("PermanentRedirect", cat("The bucket is in this region: ", bucket->record.region, ". Please use this region to retry the request"), 301);
  }
  std::string arn = object_arn(*bucket, use.key);
  Requirement& need = cx.require(use.version_id ? "s3:GetObjectVersion" : "s3:GetObject", arn);
  need.via_service = cat(use.service, ".amazonaws.com");
  need.denial = use.denial;
  need.keys["s3:resourceaccount"] = {bucket->record.account};
  const Requirement* before = cx.deciding();
  cx.set_deciding(&need);
  ResourceInfo info;
  auto loaded = load_resource(cx, arn, info);
  cx.set_deciding(before);
  FB_TRY(std::move(loaded));
  if (info.owner_account.empty()) info.owner_account = bucket->record.account;
  need.info = std::make_shared<const ResourceInfo>(std::move(info));
  return require_opening(cx, *bucket, use.key, use.version_id);
}

Result<std::string> read_object(Context& cx, const ObjectUse& use, size_t limit) {
  auto bytes = read_now(cx, use, limit);
  JsonText parameters;
  parameters.open().member("bucketName", use.bucket).member("key", use.key).close();
  std::string via = cat(use.service, ".amazonaws.com");
  cx.record_use({"s3", "GetObject", via, cx.scope(), parameters.str(), true}, bytes ? Result<void>() : Result<void>(fail(bytes.error())));
  return bytes;
}

}  // namespace fogbank::s3
