#include "services/s3/versions.h"

#include <cstring>

#include "base/encoding.h"
#include "base/strings.h"
#include "services/s3/bodies.h"
#include "services/s3/errors.h"

namespace fogbank::s3 {
namespace {

constexpr std::string_view kIdAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._";
constexpr size_t kNoise = 6, kOrder = 8, kCheck = 10;   // bytes of an id: random, the order masked, a check of both

std::string big_endian(uint64_t v) {
  std::string out;
  for (int shift = 56; shift >= 0; shift -= 8) out += char(v >> shift);
  return out;
}

/// What an order is masked with, so that ids do not look alike.
std::string masked(std::string_view noise, std::string_view order) {
  Sha256 mask = sha256(cat("s3 version order ", noise));
  std::string out(order);
  for (size_t i = 0; i < out.size(); i++) out[i] = char(out[i] ^ char(mask[i]));
  return out;
}

std::string check_of(std::string_view noise_and_order) {
  return std::string(as_view(sha256(cat("s3 version check ", noise_and_order))).substr(0, kCheck));
}

Object decoded(std::string_view bytes) {
  auto object = decode<Object>(bytes);
  if (!object) throw std::runtime_error("an object's record is damaged");
  return std::move(*object);
}

/// The first version of the key in the version table.
std::optional<Object> newest_past(store::Reader& reader, const BucketInfo& bucket, std::string_view key) {
  std::optional<Object> found;
  reader.scan_prefix(store::key(bucket.scope, kVersions, bucket.record.id, key), [&](std::string_view, std::string_view bytes, store::Version) {
    found = decoded(bytes);
    return false;
  });
  return found;
}

std::optional<Object> past_version(store::Reader& reader, const BucketInfo& bucket, std::string_view key, uint64_t order) {
  auto item = reader.get(version_key(bucket, key, order));
  if (!item) return std::nullopt;
  return decoded(item->bytes);
}

std::optional<Object> past_null(store::Reader& reader, const BucketInfo& bucket, std::string_view key) {
  auto place = reader.get_as<NullPlace>(null_key(bucket, key));
  if (!place) return std::nullopt;
  return past_version(reader, bucket, key, place->order);
}

/// Into the version table, out of wherever the caller takes it.
void put_past(store::Txn& tx, const BucketInfo& bucket, std::string_view key, const Object& version) {
  tx.put_record(version_key(bucket, key, version.order), version);
  if (version.version_id.empty()) tx.put_record(null_key(bucket, key), NullPlace{version.order});
}

void erase_past(store::Txn& tx, const BucketInfo& bucket, std::string_view key, const Object& version) {
  tx.erase(version_key(bucket, key, version.order));
  if (version.version_id.empty()) tx.erase(null_key(bucket, key));
}

/// The null version gives way to a new one.
void drop_past_null(store::Txn& tx, const BucketInfo& bucket, std::string_view key, Millis now, int parts_at_once) {
  auto version = past_null(tx, bucket, key);
  if (!version) return;
  if (!version->marker) drop_body(tx, bucket, key, *version, now, parts_at_once);
  erase_past(tx, bucket, key, *version);
}

/// Makes room for a new newest version. The record of the current object is left for the caller to overwrite or erase.
void retire(store::Txn& tx, const BucketInfo& bucket, std::string_view key, const std::optional<Object>& old, Millis now, int parts_at_once) {
  bool suspended = bucket.record.versioning == Versioning::suspended;
  if (old && (bucket.record.versioning == Versioning::never || (suspended && old->version_id.empty()))) {
    drop_body(tx, bucket, key, *old, now, parts_at_once);
    return;
  }
  if (old) put_past(tx, bucket, key, *old);
  if (suspended) drop_past_null(tx, bucket, key, now, parts_at_once);
}

/// Greater than any order of the key so far; several changes of one transaction may be of the same key.
uint64_t next_order(store::Txn& tx, const BucketInfo& bucket, std::string_view key, const std::optional<Object>& old) {
  uint64_t order = uint64_t(tx.version()) << 12;
  std::optional<Object> newest = old;
  if (!newest && bucket.record.versioning != Versioning::never) newest = newest_past(tx, bucket, key);
  return newest ? std::max(order, newest->order + 1) : order;
}

}  // namespace

std::string new_version_id(uint64_t order, Random& random) {
  std::string noise = random.bytes(kNoise);
  std::string raw = noise + masked(noise, big_endian(order));
  raw += check_of(noise + big_endian(order));
  std::string id;
  for (size_t i = 0; i < raw.size(); i += 3) {
    uint32_t three = uint32_t(uint8_t(raw[i])) << 16 | uint32_t(uint8_t(raw[i + 1])) << 8 | uint8_t(raw[i + 2]);
    for (int shift = 18; shift >= 0; shift -= 6) id += kIdAlphabet[three >> shift & 63];
  }
  return id;
}

std::optional<VersionName> read_version_id(std::string_view text) {
  if (text == "null") return VersionName{};
  if (text.size() != (kNoise + kOrder + kCheck) / 3 * 4) return std::nullopt;
  std::string raw;
  for (size_t i = 0; i < text.size(); i += 4) {
    uint32_t three = 0;
    for (size_t k = 0; k < 4; k++) {
      size_t digit = kIdAlphabet.find(text[i + k]);
      if (digit == std::string_view::npos) return std::nullopt;
      three = three << 6 | uint32_t(digit);
    }
    for (int shift = 16; shift >= 0; shift -= 8) raw += char(three >> shift);
  }
  std::string noise = raw.substr(0, kNoise), order = masked(noise, std::string_view(raw).substr(kNoise, kOrder));
  if (check_of(noise + order) != raw.substr(kNoise + kOrder)) return std::nullopt;
  VersionName name{text, 0};
  for (unsigned char c : order) name.order = name.order << 8 | c;
  return name;
}

Result<std::optional<VersionName>> read_version_name(Str version_id) {
  if (!version_id) return std::optional<VersionName>();
  if (version_id.empty()) return fail(invalid_argument("Version id cannot be the empty string", "versionId", version_id));
  auto name = read_version_id(version_id);
  if (!name) return fail(invalid_argument("Invalid version id specified", "versionId", version_id));
  return name;
}

std::optional<Object> load_object(store::Reader& reader, const BucketInfo& bucket, std::string_view key) {
  auto item = reader.get(object_key(bucket, key));
  if (!item) return std::nullopt;
  return decoded(item->bytes);
}

std::optional<Object> load_version(store::Reader& reader, const BucketInfo& bucket, std::string_view key, const VersionName& name) {
  auto current = load_object(reader, bucket, key);
  if (current && current->version_id == name.id) return current;
  if (bucket.record.versioning == Versioning::never) return std::nullopt;
  if (name.id.empty()) return past_null(reader, bucket, key);
  auto version = past_version(reader, bucket, key, name.order);
  if (version && version->version_id == name.id) return version;
  return std::nullopt;
}

std::optional<Object> load_newest_marker(store::Reader& reader, const BucketInfo& bucket, std::string_view key) {
  if (bucket.record.versioning == Versioning::never || reader.has(object_key(bucket, key))) return std::nullopt;
  return newest_past(reader, bucket, key);
}

Result<Object> find_object(store::Reader& reader, const BucketInfo& bucket, std::string_view key, const std::optional<VersionName>& name,
                           std::string_view method, std::optional<Object>* marker) {
  auto object = name ? load_version(reader, bucket, key, *name) : load_object(reader, bucket, key);
  if (object && !object->marker) return std::move(*object);
  if (!name) {
    if (marker) *marker = load_newest_marker(reader, bucket, key);
    return fail(no_such_key(key));
  }
  if (!object) return fail(no_such_version(key, name->id.empty() ? "null" : name->id));
  if (marker) *marker = std::move(object);
  return fail(is_delete_marker(method));
}

void add_object(store::Txn& tx, const BucketInfo& bucket, std::string_view key, Object& object, const store::BlobRef* body,
                const std::optional<Object>& old, Millis now, Random& random) {
  object.version = tx.version();
  object.order = next_order(tx, bucket, key, old);
  object.version_id = bucket.record.versioning == Versioning::enabled ? new_version_id(object.order, random) : std::string();
  retire(tx, bucket, key, old, now, kPartsPerTransaction);
  if (body) {
    object.apart = false;
    object.blob = {};
    place_body(tx, bucket, key, object, *body);
  }
  tx.put_record(object_key(bucket, key), object);
}

void rewrite_object(store::Txn& tx, const BucketInfo& bucket, std::string_view key, const Object& object) {
  store::Key past = version_key(bucket, key, object.order);
  if (bucket.record.versioning != Versioning::never && tx.has(past)) tx.put_record(past, object);
  else tx.put_record(object_key(bucket, key), object);
}

Removal remove_current(store::Txn& tx, const BucketInfo& bucket, std::string_view key, const std::optional<Object>& old, Millis now, Random& random,
                       int parts_at_once) {
  Removal out;
  out.removed = out.uncovered = old.has_value();
  if (old) tx.erase(object_key(bucket, key));
  if (bucket.record.versioning == Versioning::never) {
    if (old) drop_body(tx, bucket, key, *old, now, parts_at_once);
    return out;
  }
  Object marker;
  marker.marker = true;
  marker.modified = now;
  marker.version = tx.version();
  marker.order = next_order(tx, bucket, key, old);
  if (bucket.record.versioning == Versioning::enabled) marker.version_id = new_version_id(marker.order, random);
  retire(tx, bucket, key, old, now, parts_at_once);
  put_past(tx, bucket, key, marker);
  out.marker_added = true;
  out.version_id = marker.version_id;
  return out;
}

Removal remove_version(store::Txn& tx, const BucketInfo& bucket, std::string_view key, const Object& version, Millis now, int parts_at_once) {
  Removal out;
  out.removed = true;
  out.marker_removed = version.marker;
  out.version_id = version.version_id;
  if (!version.marker) drop_body(tx, bucket, key, version, now, parts_at_once);
  bool current = out.uncovered = !tx.has(version_key(bucket, key, version.order));
  if (current) tx.erase(object_key(bucket, key));
  else erase_past(tx, bucket, key, version);
  if (!current && tx.has(object_key(bucket, key))) return out;
  auto next = newest_past(tx, bucket, key);
  if (!next || next->marker) return out;
  erase_past(tx, bucket, key, *next);
  tx.put_record(object_key(bucket, key), *next);
  return out;
}

std::string_view shown_version(const BucketInfo& bucket, const Object& object) {
  if (!object.version_id.empty()) return object.version_id;
  return bucket.record.versioning == Versioning::never ? std::string_view() : std::string_view("null");
}

}  // namespace fogbank::s3
