#include "store/archive.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

#include "base/strings.h"
#include "store/blob_files.h"

namespace fogbank::store {
namespace {

constexpr std::string_view kMagic = "fogbank-snapshot-1\n";
constexpr size_t kFlavour = 8, kHead = 17, kDigest = 32;
constexpr size_t kChunk = 1 << 20;

tl::unexpected<ApiError> damaged(std::string_view what) { return fail("InvalidSnapshot", cat("the file is not a usable snapshot: ", what), 400); }
tl::unexpected<ApiError> failed(std::string_view what, const std::string& file) {
  return fail(unavailable(cat(what, ' ', file, ": ", std::strerror(errno))));
}

std::string flavour_bytes(std::string_view flavour) {
  std::string s(flavour.substr(0, kFlavour));
  s.resize(kFlavour, ' ');
  return s;
}

void append_number(std::string& out, uint64_t v) {
  for (int shift = 56; shift >= 0; shift -= 8) out += char(v >> shift);
}
uint64_t number(std::string_view s) {
  uint64_t v = 0;
  for (char c : s.substr(0, 8)) v = v << 8 | static_cast<unsigned char>(c);
  return v;
}

}  // namespace

ArchiveWriter::~ArchiveWriter() {
  if (fd_ < 0) return;
  ::close(fd_);
  ::unlink(temporary_.c_str());
}

Result<void> ArchiveWriter::open(const std::string& file, std::string_view flavour) {
  file_ = file;
  temporary_ = file + ".part";
  fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd_ < 0) return failed("cannot create", temporary_);
  FB_TRY(write(kMagic));
  return write(flavour_bytes(flavour));
}

Result<void> ArchiveWriter::write(std::string_view bytes) {
  digest_.update(bytes);
  return write_fully(fd_, bytes);
}

Result<void> ArchiveWriter::header(Piece kind, uint64_t id, uint64_t size) {
  std::string head(1, char(kind));
  append_number(head, id);
  append_number(head, size);
  return write(head);
}

Result<void> ArchiveWriter::add(Piece kind, uint64_t id, std::string_view bytes) {
  FB_TRY(header(kind, id, bytes.size()));
  return write(bytes);
}

Result<void> ArchiveWriter::add_file(Piece kind, uint64_t id, int fd, int64_t size) {
  FB_TRY(header(kind, id, uint64_t(size)));
  for (int64_t at = 0; at < size;) {
    FB_ASSIGN(piece, read_range(fd, at, std::min<size_t>(kChunk, size_t(size - at))));
    if (piece.empty()) return fail(unavailable("a file became shorter while it was saved"));
    FB_TRY(write(piece));
    at += int64_t(piece.size());
  }
  return {};
}

Result<void> ArchiveWriter::add(const Attachments& attachments) {
  for (const Attachment& a : attachments) {
    if (a.name.empty() || a.name.size() > kMaxAttachmentName || a.bytes.size() > kMaxAttachmentBytes) throw std::length_error("an attachment is too large");
    FB_TRY(header(Piece::attachment, 0, 1 + a.name.size() + a.bytes.size()));
    FB_TRY(write(cat(char(a.name.size()), a.name)));
    FB_TRY(write(a.bytes.view()));
  }
  return {};
}

Result<void> ArchiveWriter::finish() {
  FB_TRY(header(Piece::end, 0, 0));
  FB_TRY(write_fully(fd_, digest_.finish()));
  if (::fsync(fd_) != 0) return failed("cannot sync", temporary_);
  if (::rename(temporary_.c_str(), file_.c_str()) != 0) return failed("cannot rename", temporary_);
  ::close(std::exchange(fd_, -1));
  return {};
}

ArchiveReader::~ArchiveReader() {
  if (fd_ >= 0) ::close(fd_);
}

Result<void> ArchiveReader::open(const std::string& file, std::string_view flavour) {
  int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fail("InvalidSnapshot", cat("cannot open ", file, ": ", std::strerror(errno)), 400);
  return adopt(fd, flavour);
}

Result<void> ArchiveReader::adopt(int fd, std::string_view flavour) {
  fd_ = fd;
  struct stat st;
  if (::fstat(fd_, &st) != 0 || !S_ISREG(st.st_mode)) return damaged("it is not a regular file");
  if (size_t(st.st_size) < kMagic.size() + kFlavour + kHead + kDigest) return damaged("it is too short");
  left_in_file_ = st.st_size - int64_t(kDigest);
  FB_ASSIGN(magic, take(kMagic.size()));
  if (magic != kMagic) return damaged("it does not begin as a snapshot does");
  FB_ASSIGN(found, take(kFlavour));
  if (found != flavour_bytes(flavour)) return damaged("another kind of store wrote it");
  return {};
}

Result<std::string> ArchiveReader::take(size_t bytes) {
  if (int64_t(bytes) > left_in_file_) return damaged("it ends too early");
  std::string out(bytes, '\0');
  for (size_t have = 0; have < bytes;) {
    ssize_t n = ::read(fd_, out.data() + have, bytes - have);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return damaged("it cannot be read to its end");
    have += size_t(n);
  }
  left_in_file_ -= int64_t(bytes);
  digest_.update(out);
  return out;
}

Result<ArchiveReader::Head> ArchiveReader::next() {
  while (left_in_piece_ > 0) FB_TRY(read());
  FB_ASSIGN(bytes, take(kHead));
  Head head;
  const std::string_view fields = bytes;
  if (fields.size() != kHead) return damaged("it ends too early");
  head.kind = Piece(fields.front());
  head.id = number(fields.substr(1));
  const uint64_t size = number(fields.substr(9));
  if (head.kind > Piece::attachment) return damaged("it has a piece of an unknown kind");
  if (size > uint64_t(left_in_file_)) return damaged("a piece is longer than the file");
  head.size = left_in_piece_ = int64_t(size);
  if (head.kind != Piece::end) return head;
  if (size != 0 || left_in_file_ != 0) return damaged("something follows its end");
  const std::string expected = digest_.finish();
  left_in_file_ = int64_t(kDigest);
  digest_ = Digest(Digest::Kind::sha256);
  FB_ASSIGN(found, take(kDigest));
  if (found != expected) return damaged("its checksum does not match");
  return head;
}

Result<std::string> ArchiveReader::read(size_t most) {
  FB_ASSIGN(bytes, take(std::min(most, size_t(left_in_piece_))));
  left_in_piece_ -= int64_t(bytes.size());
  return bytes;
}

Result<void> ArchiveReader::read_attachment(Attachments& out) {
  if (out.size() == kMaxAttachments) return damaged("it has too many attachments");
  if (left_in_piece_ < 1 || left_in_piece_ > int64_t(1 + kMaxAttachmentName + kMaxAttachmentBytes)) return damaged("an attachment is of a wrong size");
  FB_ASSIGN(bytes, read(size_t(left_in_piece_)));
  Secret all(std::move(bytes));
  const size_t name = static_cast<unsigned char>(all.view().front());
  if (name == 0 || name > kMaxAttachmentName || 1 + name > all.size()) return damaged("an attachment has no name");
  out.push_back({std::string(all.view().substr(1, name)), Secret(all.view().substr(1 + name))});
  return {};
}

}  // namespace fogbank::store
