#include "services/s3/listing.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/strings.h"

namespace fogbank::s3 {
namespace {

/// Keys of one common prefix that are passed over one by one before a seek is taken to be cheaper, at most. Where seeks were needed, as
/// among large folders, the next one comes sooner.
constexpr int kPatience = 8;

/// The least key bytes after `key` itself.
store::Key behind(const store::Key& key) { return store::Key::raw(key.bytes() + '\0', key.authority()); }

/// Walks the keys of `table` below (bucket id) from `from`; `take` gets each key that is not inside a common prefix already shown, and
/// `roll` each new common prefix; both answer false to stop.
void walk(store::Reader& reader, const store::Key& base, const ListQuery& q, store::Key from,
          const std::function<bool(std::string_view encoded, std::string& key, std::string_view bytes)>& take,
          const std::function<bool(std::string_view common)>& roll) {
  store::Key whole = base;
  whole.begins(q.prefix);
  const store::Key end = whole.after_prefix();
  if (from < whole) from = whole;
  std::string inside;      // the common prefix that keys are passed over for
  if (!q.after.empty()) inside = common_prefix_of(q.after, q.prefix, q.delimiter);
  int patience = kPatience;
  bool more = true;
  while (more && from < end) {
    more = false;
    int passed = 0;
    store::Key seek;
    reader.scan(from, end, store::Order::ascending, [&](std::string_view encoded, std::string_view bytes, store::Version) {
      std::string key = key_text(encoded);
      if (!inside.empty() && std::string_view(key).starts_with(inside)) {
        if (++passed < patience) return true;
        patience = std::max(1, patience / 2);
        seek = base;
        seek.begins(inside);
        from = seek.after_prefix();
        return !(more = true);
      }
      std::string_view common = common_prefix_of(key, q.prefix, q.delimiter);
      if (common.empty()) return take(encoded, key, bytes);
      if (passed) patience = std::min(kPatience, patience * 2);   // that folder was small
      passed = 0;
      inside = common;
      return roll(common);
    });
  }
}

}  // namespace

std::string_view common_prefix_of(std::string_view key, std::string_view prefix, std::string_view delimiter) {
  if (delimiter.empty() || !key.starts_with(prefix)) return {};
  size_t at = key.find(delimiter, prefix.size());
  return at == std::string_view::npos ? std::string_view() : key.substr(0, at + delimiter.size());
}

ListPage list_objects(store::Reader& reader, const BucketInfo& bucket, const ListQuery& q) {
  ListPage page;
  if (q.max <= 0) return page;
  const store::Key base = store::key(bucket.scope, kObjects, bucket.record.id);
  auto full = [&] { return page.truncated = page.entries.size() >= size_t(q.max); };
  page.entries.reserve(size_t(q.max));
  walk(reader, base, q, q.after.empty() ? base : behind(object_key(bucket, q.after)),
       [&](std::string_view, std::string& key, std::string_view bytes) {
         if (full()) return false;
         Listed& e = page.entries.emplace_back();
         e.key = std::move(key);
         if (auto summary = decode<ObjectSummary>(bytes)) e.object = std::move(*summary);
         return true;
       },
       [&](std::string_view common) {
         if (full()) return false;
         page.entries.push_back({true, std::string(common), {}});
         return true;
       });
  return page;
}

UploadPage list_uploads(store::Reader& reader, const BucketInfo& bucket, const ListQuery& q, std::string_view after_upload) {
  UploadPage page;
  if (q.max <= 0) return page;
  const store::Key base = store::key(bucket.scope, kUploads, bucket.record.id);
  auto full = [&] { return page.truncated = page.entries.size() >= size_t(q.max); };
  store::Key from = base;
  if (!q.after.empty()) {
    store::Key of_key = store::key(bucket.scope, kUploads, bucket.record.id, q.after);
    from = after_upload.empty() ? of_key.after_prefix() : behind(upload_key(bucket, q.after, after_upload));
  }
  walk(reader, base, q, from,
       [&](std::string_view encoded, std::string& key, std::string_view bytes) {
         if (full()) return false;
         ListedUpload& e = page.entries.emplace_back();
         e.key = std::move(key);
         e.upload_id = std::move(store::key_parts(encoded).at(2));
         if (auto upload = decode<Upload>(bytes)) e.upload = std::move(*upload);
         return true;
       },
       [&](std::string_view common) {
         if (full()) return false;
         page.entries.push_back({true, std::string(common), {}, {}});
         return true;
       });
  return page;
}

std::string make_token(std::string_view after) {
  uint32_t sum = crc32(after);
  std::string raw = "\1";
  for (int shift = 24; shift >= 0; shift -= 8) raw += char(sum >> shift);
  raw.append(after);
  return base64(raw);
}

std::optional<std::string> read_token(std::string_view token) {
  auto raw = unbase64(token);
  if (!raw || raw->size() < 5 || (*raw)[0] != 1) return std::nullopt;
  std::string after = raw->substr(5);
  if (make_token(after) != token) return std::nullopt;
  return after;
}

}  // namespace fogbank::s3
