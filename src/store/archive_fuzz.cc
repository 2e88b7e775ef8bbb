// Snapshots are files that somebody else may have written: reading one never crashes, loops or allocates beyond the file's size.
#include <sys/mman.h>
#include <unistd.h>

#include "store/archive.h"
#include "store/blob_files.h"
#include "store/store.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fogbank::store;
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  int fd = ::memfd_create("archive", MFD_CLOEXEC);
  if (fd < 0 || !write_fully(fd, bytes) || ::lseek(fd, 0, SEEK_SET) != 0) return 0;
  ArchiveReader reader;
  if (!reader.adopt(fd, "sqlite")) return 0;
  Attachments attachments;
  for (int64_t total = 0;;) {
    auto head = reader.next();
    if (!head || head->kind == Piece::end) return 0;
    total += head->size;
    if (total > int64_t(size)) __builtin_trap();
    if (head->kind == Piece::attachment && !reader.read_attachment(attachments)) return 0;
  }
}
