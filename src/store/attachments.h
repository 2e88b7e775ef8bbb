// What a snapshot carries beside the store's own data: small secrets of the data directory without which records cannot be read (KMS's key
// file). The store neither knows nor keeps them: whoever saves gives them, whoever loads takes them. Thread-safe as the store is.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "base/secret.h"
#include "store/store.h"

namespace fogbank::store {

inline constexpr size_t kMaxAttachments = 16, kMaxAttachmentName = 64, kMaxAttachmentBytes = 64 << 10;

struct Attachment {
  std::string name;   ///< "kms.key"
  Secret bytes;
};
using Attachments = std::vector<Attachment>;

/// Called once the snapshot is unpacked and found sound, before anything is replaced. An error ends the loading and nothing has changed;
/// after success the loading may still fail, so taking must not make the present data unreadable.
using TakeAttachments = std::function<Result<void>(const Attachments&)>;

/// Both stores; `save_snapshot` and `load_snapshot` of Store are the same without attachments.
class AttachingStore : public Store {
 public:
  virtual Result<void> save_snapshot_with(const std::string& file, const Attachments& attachments) = 0;
  virtual Result<void> load_snapshot_with(const std::string& file, const TakeAttachments& take) = 0;
  Result<void> save_snapshot(const std::string& file) final { return save_snapshot_with(file, {}); }
  Result<void> load_snapshot(const std::string& file) final { return load_snapshot_with(file, {}); }
};

}  // namespace fogbank::store
