// The walkers behind ListObjects, ListObjectsV2, ListObjectVersions and ListMultipartUploads: keys in bytewise order, rolled up at a delimiter.
//
// It visits only what it shows: inside a common prefix it looks at a few keys and then seeks behind the prefix, so a listing of folders
// costs one seek a folder, however much is in them. Reads through the reader it is given; keeps nothing. Thread-safe.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "services/s3/state.h"
#include "services/s3/versions.h"

namespace fogbank::s3 {

struct ListQuery {
  std::string_view prefix, delimiter;
  std::string_view after;          ///< only what follows this key or common prefix
  int max = 1000;
};

struct Listed {
  bool common_prefix = false;
  std::string key;                 ///< the key, or the common prefix
  ObjectSummary object;            ///< of a key
};

struct ListPage {
  std::vector<Listed> entries;
  bool truncated = false;
};

/// Objects of a bucket. With max = 0 the page is empty and not truncated.
ListPage list_objects(store::Reader& reader, const BucketInfo& bucket, const ListQuery& query);

/// Versions and delete markers: of each key the newest first.
struct ListedVersion {
  bool common_prefix = false;
  bool latest = false;
  std::string key;
  ObjectSummary version;
};
struct VersionPage {
  std::vector<ListedVersion> entries;
  bool truncated = false;
};
/// `after_version`: of the key `after`, only versions older than that one; nothing: none of that key.
VersionPage list_versions(store::Reader& reader, const BucketInfo& bucket, const ListQuery& query, const std::optional<VersionName>& after_version);

/// Uploads in progress; several of one key follow in the order of their beginning.
struct ListedUpload {
  bool common_prefix = false;
  std::string key, upload_id;
  Upload upload;
};
struct UploadPage {
  std::vector<ListedUpload> entries;
  bool truncated = false;
};
/// `after_upload`: of the key `after`, only uploads that follow this one; empty: none of that key.
UploadPage list_uploads(store::Reader& reader, const BucketInfo& bucket, const ListQuery& query, std::string_view after_upload);

/// The common prefix that a key is rolled up to, or empty.
std::string_view common_prefix_of(std::string_view key, std::string_view prefix, std::string_view delimiter);

/// A continuation token: opaque text that carries `after`; nothing if a text is none of ours.
std::string make_token(std::string_view after);
std::optional<std::string> read_token(std::string_view token);

}  // namespace fogbank::s3
