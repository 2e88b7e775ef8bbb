// A snapshot's file: named pieces one after another, closed by a digest of everything before it.
//
//   "fogbank-snapshot-1\n" · 8 bytes flavour · pieces · end piece · SHA-256 (32 bytes)
//   piece: 1 byte kind (1 database, 2 blob, 3 attachment, 0 end) · 8 bytes id · 8 bytes size (big endian) · bytes
//   attachment: 1 byte length of its name · name · bytes
//
// The flavour names the implementation that wrote it. Nothing is compressed, so a piece is never larger than the file. A file is
// complete only under its final name: it is written under a temporary one, synced and renamed. One thread at a time.
#pragma once
#include <cstdint>
#include <string>

#include "base/encoding.h"
#include "base/error.h"
#include "store/attachments.h"

namespace fogbank::store {

enum class Piece : uint8_t { end = 0, database = 1, blob = 2, attachment = 3 };

class ArchiveWriter {
 public:
  ArchiveWriter() : digest_(Digest::Kind::sha256) {}
  ~ArchiveWriter();  ///< removes an unfinished file
  Result<void> open(const std::string& file, std::string_view flavour);
  Result<void> add(Piece kind, uint64_t id, std::string_view bytes);
  Result<void> add_file(Piece kind, uint64_t id, int fd, int64_t size);
  Result<void> add(const Attachments& attachments);
  Result<void> finish();

 private:
  Result<void> header(Piece kind, uint64_t id, uint64_t size);
  Result<void> write(std::string_view bytes);
  std::string file_, temporary_;
  int fd_ = -1;
  Digest digest_;
};

/// Reads an archive once, from front to back. The pieces are to be trusted only after next() returned Piece::end without an error.
class ArchiveReader {
 public:
  ArchiveReader() : digest_(Digest::Kind::sha256) {}
  ~ArchiveReader();
  Result<void> open(const std::string& file, std::string_view flavour);
  Result<void> adopt(int fd, std::string_view flavour);  ///< takes the descriptor
  struct Head { Piece kind; uint64_t id = 0; int64_t size = 0; };
  /// The next piece; what is left of the current one is skipped.
  Result<Head> next();
  /// More of the current piece; empty at its end.
  Result<std::string> read(size_t most = 1 << 20);
  /// The current piece, an attachment, into `out`.
  Result<void> read_attachment(Attachments& out);

 private:
  Result<std::string> take(size_t bytes);
  int fd_ = -1;
  int64_t left_in_file_ = 0, left_in_piece_ = 0;
  Digest digest_;
};

}  // namespace fogbank::store
