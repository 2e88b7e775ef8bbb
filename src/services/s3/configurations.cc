#include "services/s3/configurations.h"

#include "base/strings.h"
#include "services/s3/bucket_change.h"
#include "services/s3/errors.h"
#include "services/s3/listing.h"

namespace fogbank::s3 {
namespace {

constexpr int kMaxNumbered = 1000;
constexpr size_t kPage = 100;

template <class T> const T* decoded(Settings& into, const Bucket& bucket, const char* kind, const wire::Shape& shape) {
  auto it = bucket.configurations.find(kind);
  if (it == bucket.configurations.end()) return nullptr;
  auto value = wire::from_json(shape, it->second, into.arena);
  if (!value) throw std::runtime_error(cat("the ", kind, " configuration of bucket ", bucket.name, " is damaged"));
  return static_cast<const T*>(*value);
}

store::Key numbered_prefix(const BucketInfo& bucket, const char* kind) {
  return store::key(bucket.scope, kConfigurations, bucket.record.id, std::string_view(kind));
}
store::Key numbered_key(const BucketInfo& bucket, const char* kind, std::string_view id) {
  return store::key(bucket.scope, kConfigurations, bucket.record.id, std::string_view(kind), id);
}

}  // namespace

std::shared_ptr<const Settings> decode_settings(const Bucket& bucket) {
  auto out = std::make_shared<Settings>();
  if (bucket.configurations.empty()) return out;
  out->cors = decoded<svc::CORSConfiguration>(*out, bucket, kind::cors, *shapes::CORSConfiguration);
  out->website = decoded<svc::WebsiteConfiguration>(*out, bucket, kind::website, *shapes::WebsiteConfiguration);
  out->lifecycle = decoded<svc::BucketLifecycleConfiguration>(*out, bucket, kind::lifecycle, *shapes::BucketLifecycleConfiguration);
  out->logging = decoded<svc::LoggingEnabled>(*out, bucket, kind::logging, *shapes::LoggingEnabled);
  auto payer = bucket.configurations.find(kind::payer);
  out->requester_pays = payer != bucket.configurations.end() && payer->second == "Requester";
  return out;
}

Result<BucketPtr> bucket_of(Context& cx, Str name) {
  BucketPtr bucket = find_bucket(cx.core(), cx.scope().partition, name);
  if (!bucket) return fail(no_such_bucket(name));
  return bucket;
}

Result<void> keep_configuration(Context& cx, Str bucket, const char* kind, std::string text) {
  return change_bucket(cx, bucket, [&](const BucketInfo&, Bucket& record) -> Result<void> {
    if (text.empty()) record.configurations.erase(kind);
    else record.configurations[kind] = text;
    return {};
  });
}

Result<void> put_numbered(Context& cx, Str bucket, const char* kind, std::string_view id, const std::string& json) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    BucketPtr found = find_bucket(cx.core(), tx, cx.scope().partition, bucket);
    if (!found) return fail(no_such_bucket(bucket));
    store::Key key = numbered_key(*found, kind, id);
    int count = 0;
    if (!tx.has(key)) tx.scan_prefix(numbered_prefix(*found, kind), [&](std::string_view, std::string_view, store::Version) { return ++count < kMaxNumbered; });
    if (count >= kMaxNumbered)
      return fail("TooManyConfigurations", "You are attempting to create a new configuration but have already reached the 1,000-configuration limit.");
    tx.put(key, json);
    return {};
  });
}

Result<std::string> get_numbered(Context& cx, Str bucket, const char* kind, std::string_view id) {
  FB_ASSIGN(found, bucket_of(cx, bucket));
  std::optional<store::Item> item;
  cx.read([&](store::Reader& reader) { item = reader.get(numbered_key(*found, kind, id)); });
  if (!item) return fail(no_such_configuration());
  return std::move(item->bytes);
}

Result<void> delete_numbered(Context& cx, Str bucket, const char* kind, std::string_view id) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    BucketPtr found = find_bucket(cx.core(), tx, cx.scope().partition, bucket);
    if (!found) return fail(no_such_bucket(bucket));
    store::Key key = numbered_key(*found, kind, id);
    if (!tx.has(key)) return fail(no_such_configuration());
    tx.erase(key);
    return {};
  });
}

Result<NumberedPage> list_numbered(Context& cx, Str bucket, const char* kind, Str token) {
  FB_ASSIGN(found, bucket_of(cx, bucket));
  std::string after;
  if (token && !token.empty()) {
    auto read = read_token(token);
    if (!read) return fail(invalid_argument("The continuation token provided is incorrect", "continuation-token"));
    after = *read;
  }
  NumberedPage page;
  std::string last;
  bool more = false;
  cx.read([&](store::Reader& reader) {
    page = {};
    store::Key prefix = numbered_prefix(*found, kind);
    store::Key from = after.empty() ? prefix : numbered_key(*found, kind, after);
    reader.scan(from, prefix.after_prefix(), store::Order::ascending, [&](std::string_view key, std::string_view bytes, store::Version) {
      std::string id = store::key_parts(key).at(2);
      if (!after.empty() && id == after) return true;
      if (page.texts.size() == kPage) { more = true; return false; }
      page.texts.emplace_back(bytes);
      last = std::move(id);
      return true;
    });
  });
  if (more) page.next = make_token(last);
  return page;
}

ApiError no_such_configuration() { return ApiError("NoSuchConfiguration", "The specified configuration does not exist.", 404); }

}  // namespace fogbank::s3
