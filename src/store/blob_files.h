// Files of blobs over 64 KiB: where they lie, and writing and reading one.
//
// <directory>/blobs/<generation>/<last byte of the id, hex>/<id, hex>. A reset or a loaded snapshot begins a new generation, so that
// replacing everything is one row. Files are written once and never changed. A writer belongs to one thread at a time; an unfinished
// one removes its file. Which files are wanted after a crash is blob_table.h's business.
#pragma once
#include <string>

#include "base/error.h"
#include "store/store.h"

namespace fogbank::store {

/// Syncs a descriptor's data; every blob's sync goes through it. The power-cut test replaces it.
extern int (*sync_descriptor)(int fd);

class BlobFiles {
 public:
  BlobFiles(std::string directory, bool sync) : directory_(std::move(directory)), sync_(sync) {}
  std::string generation_path(uint64_t generation) const;
  std::string path(uint64_t generation, uint64_t id) const;
  bool sync() const { return sync_; }

  /// A new file, open for writing; replaces a left-over of the same name.
  Result<int> create(uint64_t generation, uint64_t id) const;
  Result<int> open(uint64_t generation, uint64_t id) const;
  Result<void> finish(uint64_t generation, uint64_t id, int fd) const;  ///< syncs if asked to; closes in any case
  void remove(uint64_t generation, uint64_t id) const;                  ///< absent is fine
  void remove_other_generations(uint64_t keep) const;

 private:
  std::string directory_;
  bool sync_;
};

/// Writes all bytes; the error is for the store's ServiceUnavailable.
Result<void> write_fully(int fd, std::string_view bytes);
/// Up to `bytes` from the offset; fewer only at the end.
Result<std::string> read_range(int fd, int64_t offset, size_t bytes);

/// A reader of inline bytes, or of a descriptor that it then owns.
std::unique_ptr<BlobReader> inline_reader(std::string bytes);
std::unique_ptr<BlobReader> file_reader(int fd, int64_t size);

}  // namespace fogbank::store
