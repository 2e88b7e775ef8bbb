// Versions of a key: how they are named, found, added and removed. The one place that knows in which table a version is (state.h).
//
// Invariant: a key's newest version is in the object table if it is an object, else it is the first of the version table (a delete
// marker). All functions work inside the transaction they are given and may be run again with it; bodies go with their versions.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "services/s3/state.h"

namespace fogbank::s3 {

/// A version as a request names it.
struct VersionName {
  std::string_view id;           ///< empty: the null version
  uint64_t order = 0;            ///< what an id says of its place
};

/// 32 characters that look like nothing and lead to the version's record.
std::string new_version_id(uint64_t order, Random& random);
/// "null" or a version id; nothing if the text is neither.
std::optional<VersionName> read_version_id(std::string_view text);
/// The same of a request's versionId member; absent: nothing. "Invalid version id specified".
Result<std::optional<VersionName>> read_version_name(Str version_id);

/// The current object of a key, if there is one. Throws if its record is damaged.
std::optional<Object> load_object(store::Reader& reader, const BucketInfo& bucket, std::string_view key);
/// A certain version, which may be a delete marker.
std::optional<Object> load_version(store::Reader& reader, const BucketInfo& bucket, std::string_view key, const VersionName& name);
/// The delete marker that is a key's newest version, if one is.
std::optional<Object> load_newest_marker(store::Reader& reader, const BucketInfo& bucket, std::string_view key);

/// The object that a read is of, by the rules of S3: NoSuchKey, NoSuchVersion, or MethodNotAllowed for a delete marker that was named.
/// `marker` receives the delete marker that is in the way, if one is.
Result<Object> find_object(store::Reader& reader, const BucketInfo& bucket, std::string_view key, const std::optional<VersionName>& name,
                           std::string_view method, std::optional<Object>* marker = nullptr);

/// Makes `object` the newest version of its key: gives it order and version id, takes over the body, moves or removes what was there.
/// `old` is the current object as load_object() found it; `body` is null for an object made of parts.
void add_object(store::Txn& tx, const BucketInfo& bucket, std::string_view key, Object& object, const store::BlobRef* body,
                const std::optional<Object>& old, Millis now, Random& random);
/// Writes an object's record again where it is (tags, retention).
void rewrite_object(store::Txn& tx, const BucketInfo& bucket, std::string_view key, const Object& object);

/// What a deletion came to.
struct Removal {
  bool removed = false;          ///< a version is gone
  bool uncovered = false;        ///< and it was the current object
  bool marker_added = false;
  bool marker_removed = false;
  std::string version_id;        ///< of the marker added or the version removed; empty: the null version
};
/// A deletion that names no version: of the object itself in a bucket without versioning, else by a delete marker.
Removal remove_current(store::Txn& tx, const BucketInfo& bucket, std::string_view key, const std::optional<Object>& old, Millis now, Random& random,
                       int parts_at_once);
/// Removes one version for good; the next newest one becomes the current object, unless it is a delete marker.
Removal remove_version(store::Txn& tx, const BucketInfo& bucket, std::string_view key, const Object& version, Millis now, int parts_at_once);

/// How answers name a version: nothing in a bucket that never had versions, "null" or the id.
std::string_view shown_version(const BucketInfo& bucket, const Object& object);

}  // namespace fogbank::s3
