// Store's blobs on SQLite: receiving bytes into memory or a file, and opening them.
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

#include "base/strings.h"
#include "store/sqlite_store.h"

namespace fogbank::store {

class SqliteBlobWriter final : public BlobWriter {
 public:
  explicit SqliteBlobWriter(SqliteStore& store) : store_(store), generation_(store.blobs_.generation()) {}
  ~SqliteBlobWriter() override { discard(); }

  Result<void> append(std::string_view bytes) override {
    if (broken_) return fail(unavailable("the blob could not be written before"));
    size_ += int64_t(bytes.size());
    if (id_ == 0) {
      if (size_ <= int64_t(kInlineBlob)) {
        buffer_.append(bytes);
        return {};
      }
      if (auto begun = begin_file(); !begun) return broken(std::move(begun.error()));
    }
    if (buffer_.size() + bytes.size() < kWrite) {
      buffer_.append(bytes);
      return {};
    }
    auto written = write_through(bytes);
    if (!written) return broken(std::move(written.error()));
    return {};
  }

  Result<BlobRef> finish() override {
    if (broken_) return fail(unavailable("the blob could not be written before"));
    BlobRef ref;
    ref.size = size_;
    if (id_ == 0) {
      ref.inline_bytes = std::move(buffer_);
      broken_ = true;  // finished: further calls are refused
      return ref;
    }
    if (auto written = write_through({}); !written) return broken(std::move(written.error()));
    if (auto done = store_.blob_files_.finish(generation_, id_, std::exchange(fd_, -1)); !done) return broken(std::move(done.error()));
    if (generation_ != store_.blobs_.generation()) return broken(unavailable("the store was reset while the blob was received"));
    ref.file = std::exchange(id_, 0);
    broken_ = true;
    return ref;
  }

 private:
  static constexpr size_t kWrite = 256 << 10;

  Result<void> begin_file() {
    std::optional<uint64_t> id = store_.blobs_.take_id();
    if (!id) {
      FB_TRY(store_.reserve_blobs());
      id = store_.blobs_.take_id();
      if (!id) return fail(unavailable("no blob ids could be reserved"));
    }
    id_ = *id;
    FB_ASSIGN(fd, store_.blob_files_.create(generation_, id_));
    fd_ = fd;
    return {};
  }

  /// What is buffered and `bytes`, in one call where the kernel takes it all.
  Result<void> write_through(std::string_view bytes) {
    iovec pieces[2] = {{buffer_.data(), buffer_.size()}, {const_cast<char*>(bytes.data()), bytes.size()}};
    ssize_t n = ::writev(fd_, pieces, 2);
    if (n < 0 && errno == EINTR) n = 0;
    if (n < 0) return fail(unavailable(cat("cannot write a blob: ", std::strerror(errno))));
    const size_t of_buffer = std::min(size_t(n), buffer_.size());
    FB_TRY(write_fully(fd_, std::string_view(buffer_).substr(of_buffer)));
    buffer_.clear();
    return write_fully(fd_, bytes.substr(size_t(n) - of_buffer));
  }

  tl::unexpected<ApiError> broken(ApiError error) {
    discard();
    return fail(std::move(error));
  }

  void discard() {
    broken_ = true;
    buffer_.clear();
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    if (id_ == 0) return;
    store_.blob_files_.remove(generation_, id_);
    store_.blobs_.give_up(std::exchange(id_, 0));
  }

  SqliteStore& store_;
  const uint64_t generation_;
  std::string buffer_;
  uint64_t id_ = 0;
  int fd_ = -1;
  int64_t size_ = 0;
  bool broken_ = false;
};

Result<void> SqliteStore::reserve_blobs() {
  {
    std::lock_guard lock(mutex_);
    blobs_.want_range();
    reserve_ = true;
  }
  commit();
  return {};
}

Result<std::unique_ptr<BlobWriter>> SqliteStore::new_blob() { return std::make_unique<SqliteBlobWriter>(*this); }

Result<std::unique_ptr<BlobReader>> SqliteStore::open_blob(const BlobRef& blob) {
  if (blob.file == 0) return inline_reader(blob.inline_bytes);
  FB_ASSIGN(fd, blob_files_.open(blobs_.generation(), blob.file));
  return file_reader(fd, blob.size);
}

}  // namespace fogbank::store
