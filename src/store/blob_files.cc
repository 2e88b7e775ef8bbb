#include "store/blob_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "base/strings.h"

namespace fogbank::store {

int (*sync_descriptor)(int fd) = [](int fd) { return ::fdatasync(fd); };

namespace {

std::string hex_of(uint64_t v, int digits) {
  std::string s(size_t(digits), '0');
  for (int i = digits - 1; i >= 0; i--, v >>= 4) s[size_t(i)] = "0123456789abcdef"[v & 15];
  return s;
}

tl::unexpected<ApiError> failed(std::string_view what, const std::string& path) {
  return fail(unavailable(cat(what, ' ', path, ": ", std::strerror(errno))));
}

bool make_directory(const std::string& path) { return ::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST; }

bool sync_directory(const std::string& path) {
  int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  bool ok = ::fsync(fd) == 0;
  ::close(fd);
  return ok;
}

class InlineReader final : public BlobReader {
 public:
  explicit InlineReader(std::string bytes) : bytes_(std::move(bytes)) {}
  int fd() const override { return -1; }
  int64_t size() const override { return int64_t(bytes_.size()); }
  Result<std::string> read(int64_t offset, size_t bytes) override {
    if (offset < 0 || offset >= size()) return std::string();
    return bytes_.substr(size_t(offset), bytes);
  }

 private:
  const std::string bytes_;
};

class FileReader final : public BlobReader {
 public:
  FileReader(int fd, int64_t size) : fd_(fd), size_(size) {}
  ~FileReader() override { ::close(fd_); }
  int fd() const override { return fd_; }
  int64_t size() const override { return size_; }
  Result<std::string> read(int64_t offset, size_t bytes) override {
    if (offset < 0 || offset >= size_) return std::string();
    const size_t want = std::min(bytes, size_t(size_ - offset));
    FB_ASSIGN(piece, read_range(fd_, offset, want));
    if (piece.size() < want) return fail(unavailable("a blob's file is shorter than its record says"));
    return piece;
  }

 private:
  const int fd_;
  const int64_t size_;
};

}  // namespace

std::string BlobFiles::generation_path(uint64_t generation) const { return cat(directory_, "/blobs/", generation); }

std::string BlobFiles::path(uint64_t generation, uint64_t id) const {
  return cat(generation_path(generation), '/', hex_of(id, 2), '/', hex_of(id, 12));
}

Result<int> BlobFiles::create(uint64_t generation, uint64_t id) const {
  const std::string file = path(generation, id);
  constexpr int kFlags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
  int fd = ::open(file.c_str(), kFlags, 0600);
  if (fd < 0 && errno == ENOENT) {
    const std::string parent = file.substr(0, file.rfind('/'));
    if (!make_directory(directory_ + "/blobs") || !make_directory(generation_path(generation)) || !make_directory(parent)) {
      return failed("cannot create", parent);
    }
    if (sync_ && (!sync_directory(generation_path(generation)) || !sync_directory(directory_ + "/blobs"))) return failed("cannot sync", parent);
    fd = ::open(file.c_str(), kFlags, 0600);
  }
  if (fd < 0) return failed("cannot create", file);
  return fd;
}

Result<int> BlobFiles::open(uint64_t generation, uint64_t id) const {
  const std::string file = path(generation, id);
  int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return failed("cannot open", file);
  return fd;
}

Result<void> BlobFiles::finish(uint64_t generation, uint64_t id, int fd) const {
  bool ok = !sync_ || sync_descriptor(fd) == 0;
  ok = ::close(fd) == 0 && ok;
  const std::string file = path(generation, id);
  if (ok && sync_) ok = sync_directory(file.substr(0, file.rfind('/')));
  if (!ok) return failed("cannot finish", file);
  return {};
}

void BlobFiles::remove(uint64_t generation, uint64_t id) const { ::unlink(path(generation, id).c_str()); }

void BlobFiles::remove_other_generations(uint64_t keep) const {
  const std::string kept = std::to_string(keep);
  std::error_code ignored;  // what cannot be removed now is tried again at the next start
  for (std::filesystem::directory_iterator it(directory_ + "/blobs", ignored), end; it != end; it.increment(ignored)) {
    if (it->path().filename() != kept) std::filesystem::remove_all(it->path(), ignored);
  }
}

Result<void> write_fully(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(unavailable(cat("cannot write: ", std::strerror(errno))));
    bytes.remove_prefix(size_t(n));
  }
  return {};
}

Result<std::string> read_range(int fd, int64_t offset, size_t bytes) {
  std::string out(bytes, '\0');
  size_t have = 0;
  while (have < bytes) {
    ssize_t n = ::pread(fd, out.data() + have, bytes - have, offset + int64_t(have));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(unavailable(cat("cannot read: ", std::strerror(errno))));
    if (n == 0) break;
    have += size_t(n);
  }
  out.resize(have);
  return out;
}

std::unique_ptr<BlobReader> inline_reader(std::string bytes) { return std::make_unique<InlineReader>(std::move(bytes)); }
std::unique_ptr<BlobReader> file_reader(int fd, int64_t size) { return std::make_unique<FileReader>(fd, size); }

}  // namespace fogbank::store
