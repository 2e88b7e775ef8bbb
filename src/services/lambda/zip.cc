#include "services/lambda/zip.h"

#include <fcntl.h>
#include <minizip/unzip.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/strings.h"

namespace fogbank::lambda {
namespace {

constexpr int64_t kMaxFiles = 100000;
constexpr size_t kMaxName = 4096, kMaxDepth = 100, kMaxLink = 4096;

// minizip reads through these from memory.
struct Memory {
  std::string_view bytes;
  uint64_t at = 0;
};
voidpf open_memory(voidpf opaque, const void*, int) { return opaque; }
uLong read_memory(voidpf opaque, voidpf, void* buf, uLong size) {
  auto& m = *static_cast<Memory*>(opaque);
  if (m.at >= m.bytes.size()) return 0;
  size_t n = std::min<size_t>(size, m.bytes.size() - m.at);
  std::memcpy(buf, m.bytes.data() + m.at, n);
  m.at += n;
  return n;
}
uLong write_memory(voidpf, voidpf, const void*, uLong) { return 0; }
ZPOS64_T tell_memory(voidpf opaque, voidpf) { return static_cast<Memory*>(opaque)->at; }
long seek_memory(voidpf opaque, voidpf, ZPOS64_T offset, int origin) {
  auto& m = *static_cast<Memory*>(opaque);
  uint64_t base = origin == ZLIB_FILEFUNC_SEEK_CUR ? m.at : origin == ZLIB_FILEFUNC_SEEK_END ? m.bytes.size() : 0;
  if (base + offset > m.bytes.size()) return -1;
  m.at = base + offset;
  return 0;
}
int close_memory(voidpf, voidpf) { return 0; }
int error_memory(voidpf, voidpf) { return 0; }

tl::unexpected<ZipError> refuse(ZipFault fault, std::string detail) { return tl::unexpected<ZipError>(ZipError{fault, std::move(detail)}); }

class Archive {
 public:
  explicit Archive(std::string_view bytes) : memory_{bytes} {
    zlib_filefunc64_def f{};
    f.zopen64_file = open_memory;
    f.zread_file = read_memory;
    f.zwrite_file = write_memory;
    f.ztell64_file = tell_memory;
    f.zseek64_file = seek_memory;
    f.zclose_file = close_memory;
    f.zerror_file = error_memory;
    f.opaque = &memory_;
    file_ = unzOpen2_64("", &f);
  }
  ~Archive() { if (file_) unzClose(file_); }
  Archive(const Archive&) = delete;
  unzFile get() { return file_; }

 private:
  Memory memory_;
  unzFile file_ = nullptr;
};

struct Entry {
  std::string name;
  unz_file_info64 info{};
  bool directory() const { return name.ends_with('/'); }
  bool unix_made() const { return (info.version >> 8) == 3; }
  mode_t mode() const { return unix_made() ? mode_t(info.external_fa >> 16) : 0; }
  bool link() const { return unix_made() && S_ISLNK(mode()); }
};

/// Walks the archive's directory with its bounds; `visit` answers an error to end.
tl::expected<ZipSummary, ZipError> walk(unzFile file, int64_t limit, const std::function<tl::expected<void, ZipError>(const Entry&)>& visit) {
  unz_global_info64 global;
  if (unzGetGlobalInfo64(file, &global) != UNZ_OK || global.number_entry == 0) return refuse(ZipFault::damaged, "the archive has no entries");
  if (global.number_entry > uint64_t(kMaxFiles)) return refuse(ZipFault::too_large, cat("more than ", kMaxFiles, " entries"));
  ZipSummary sum;
  for (int at = unzGoToFirstFile(file); at != UNZ_END_OF_LIST_OF_FILE; at = unzGoToNextFile(file)) {
    if (at != UNZ_OK) return refuse(ZipFault::damaged, "its directory is damaged");
    Entry e;
    char name[kMaxName + 1];
    if (unzGetCurrentFileInfo64(file, &e.info, name, sizeof name, nullptr, 0, nullptr, 0) != UNZ_OK) return refuse(ZipFault::damaged, "an entry is damaged");
    if (e.info.size_filename > kMaxName) return refuse(ZipFault::unsafe, "a name is too long");
    e.name.assign(name, e.info.size_filename);
    std::replace(e.name.begin(), e.name.end(), '\\', '/');
    sum.files++;
    if (e.info.uncompressed_size > uint64_t(limit) || (sum.unpacked += int64_t(e.info.uncompressed_size)) > limit) return refuse(ZipFault::too_large, "");
    if (e.info.flag & 1) return refuse(ZipFault::damaged, cat(e.name, " is encrypted"));
    if (auto done = visit(e); !done) return tl::unexpected<ZipError>(done.error());
  }
  return sum;
}

/// The parts of a name below the target directory; nothing if it leads out of it.
std::optional<std::vector<std::string>> safe_parts(std::string_view name) {
  if (name.empty() || name.find('\0') != std::string_view::npos || name.starts_with('/')) return std::nullopt;
  std::vector<std::string> parts;
  for (std::string_view p : split(name, '/')) {
    if (p.empty() || p == ".") continue;
    if (p == ".." || p.size() > 255) return std::nullopt;
    parts.emplace_back(p);
  }
  if (parts.size() > kMaxDepth) return std::nullopt;
  return parts;
}

/// Does a link with this text, in a directory `depth` levels down, stay inside? Absolute ones may lead to where the package will be.
bool link_stays_inside(std::string_view target, size_t depth) {
  if (target.empty() || target.find('\0') != std::string_view::npos) return false;
  if (target.starts_with('/')) {
    for (std::string_view p : split(target, '/')) if (p == "..") return false;
    return target.starts_with("/var/task/") || target.starts_with("/opt/");
  }
  for (std::string_view p : split(target, '/')) {
    if (p.empty() || p == ".") continue;
    if (p != "..") depth++;
    else if (depth-- == 0) return false;
  }
  return true;
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { if (fd_ >= 0) ::close(fd_); }
  Descriptor(Descriptor&& o) noexcept : fd_(o.fd_) { o.fd_ = -1; }
  Descriptor& operator=(Descriptor&& o) noexcept { std::swap(fd_, o.fd_); return *this; }
  int get() const { return fd_; }

 private:
  int fd_;
};

/// The directory of an entry, made level by level without following links.
tl::expected<Descriptor, ZipError> enter(int root, const std::vector<std::string>& parts, size_t levels) {
  Descriptor here(::dup(root));
  for (size_t i = 0; i < levels; i++) {
    if (::mkdirat(here.get(), parts[i].c_str(), 0755) != 0 && errno != EEXIST) return refuse(ZipFault::io, cat("mkdir: ", std::strerror(errno)));
    Descriptor next(::openat(here.get(), parts[i].c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (next.get() < 0) return refuse(ZipFault::unsafe, cat(parts[i], " is used as a directory and is none"));
    here = std::move(next);
  }
  return here;
}

class Unpacker {
 public:
  Unpacker(unzFile file, int root, int64_t limit) : file_(file), root_(root), left_(limit) {}

  tl::expected<void, ZipError> entry(const Entry& e) {
    auto parts = safe_parts(e.name);
    if (!parts) return refuse(ZipFault::unsafe, cat("the name ", e.name, " leads out of the package"));
    if (parts->empty()) return {};
    auto dir = enter(root_, *parts, e.directory() ? parts->size() : parts->size() - 1);
    if (!dir) return tl::unexpected<ZipError>(dir.error());
    if (e.directory()) {
      if (mode_t m = e.mode() & 0777) ::fchmod(dir->get(), m | 0555 | 0200);
      return {};
    }
    if (unzOpenCurrentFile(file_) != UNZ_OK) return refuse(ZipFault::damaged, cat(e.name, " is damaged"));
    auto done = e.link() ? link(e, dir->get(), *parts) : plain(e, dir->get(), parts->back());
    int closed = unzCloseCurrentFile(file_);
    if (done && closed != UNZ_OK) return refuse(ZipFault::damaged, cat(e.name, " has a wrong checksum"));
    return done;
  }

 private:
  tl::expected<void, ZipError> plain(const Entry& e, int dir, const std::string& name) {
    ::unlinkat(dir, name.c_str(), 0);   // the later of two entries of one name wins
    Descriptor out(::openat(dir, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (out.get() < 0) return refuse(errno == EISDIR || errno == EEXIST ? ZipFault::unsafe : ZipFault::io, cat(e.name, ": ", std::strerror(errno)));
    std::vector<char> buffer(64 << 10);
    for (;;) {
      int n = unzReadCurrentFile(file_, buffer.data(), unsigned(buffer.size()));
      if (n < 0) return refuse(ZipFault::damaged, cat(e.name, " is damaged"));
      if (n == 0) break;
      if ((left_ -= n) < 0) return refuse(ZipFault::too_large, "");
      for (int at = 0; at < n;) {
        ssize_t w = ::write(out.get(), buffer.data() + at, size_t(n - at));
        if (w < 0 && errno == EINTR) continue;
        if (w < 0) return refuse(ZipFault::io, cat(e.name, ": ", std::strerror(errno)));
        at += int(w);
      }
    }
    mode_t mode = e.mode() & 0777;
    // What is not readable to the world stays so, as on AWS: the function's user sees a permission error there too.
    ::fchmod(out.get(), mode ? mode : 0644);
    return {};
  }

  tl::expected<void, ZipError> link(const Entry& e, int dir, const std::vector<std::string>& parts) {
    std::string target(std::min<uint64_t>(e.info.uncompressed_size, kMaxLink) + 1, '\0');
    int n = unzReadCurrentFile(file_, target.data(), unsigned(target.size()));
    if (n <= 0 || n > int(kMaxLink)) return refuse(ZipFault::damaged, cat(e.name, " is a damaged link"));
    target.resize(size_t(n));
    if (!link_stays_inside(target, parts.size() - 1)) return refuse(ZipFault::unsafe, cat("the link ", e.name, " leads out of the package"));
    ::unlinkat(dir, parts.back().c_str(), 0);
    if (::symlinkat(target.c_str(), dir, parts.back().c_str()) != 0) return refuse(ZipFault::io, cat(e.name, ": ", std::strerror(errno)));
    return {};
  }

  unzFile file_;
  int root_;
  int64_t left_;
};

}  // namespace

tl::expected<ZipSummary, ZipError> summarise_zip(std::string_view bytes, int64_t limit) {
  Archive archive(bytes);
  if (!archive.get()) return refuse(ZipFault::damaged, "not a zip file");
  return walk(archive.get(), limit, [](const Entry&) -> tl::expected<void, ZipError> { return {}; });
}

tl::expected<ZipSummary, ZipError> unpack_zip(std::string_view bytes, const std::string& directory, int64_t limit) {
  Archive archive(bytes);
  if (!archive.get()) return refuse(ZipFault::damaged, "not a zip file");
  Descriptor root(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (root.get() < 0) return refuse(ZipFault::io, cat(directory, ": ", std::strerror(errno)));
  ::fchmod(root.get(), 0755);
  Unpacker unpacker(archive.get(), root.get(), limit);
  return walk(archive.get(), limit, [&](const Entry& e) { return unpacker.entry(e); });
}

}  // namespace fogbank::lambda
