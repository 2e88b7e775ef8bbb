// A power cut, simulated: a VFS remembers each file as it was at its last sync, and afterwards everything written since is dropped.
// With Durability::power nothing acknowledged is lost; with Durability::process something is, which shows that the test can fail.
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "store/test_store.h"

namespace fogbank::store {
namespace {

constexpr const char* kSynced = ".synced";

struct File {
  sqlite3_file base;
  sqlite3_file* real;
  char path[512];  ///< empty: not followed
};

File* of(sqlite3_file* f) { return reinterpret_cast<File*>(f); }
sqlite3_file* real(sqlite3_file* f) { return of(f)->real; }
sqlite3_vfs* real_vfs() { return sqlite3_vfs_find("unix"); }

int sync_file(sqlite3_file* f, int) {
  if (of(f)->path[0]) {
    std::error_code error;
    std::filesystem::copy_file(of(f)->path, std::string(of(f)->path) + kSynced, std::filesystem::copy_options::overwrite_existing, error);
    if (error) return SQLITE_IOERR_FSYNC;
  }
  return SQLITE_OK;
}

const sqlite3_io_methods kMethods = {
    2,
    [](sqlite3_file* f) { int rc = real(f)->pMethods->xClose(real(f)); sqlite3_free(real(f)); return rc; },
    [](sqlite3_file* f, void* p, int n, sqlite3_int64 at) { return real(f)->pMethods->xRead(real(f), p, n, at); },
    [](sqlite3_file* f, const void* p, int n, sqlite3_int64 at) { return real(f)->pMethods->xWrite(real(f), p, n, at); },
    [](sqlite3_file* f, sqlite3_int64 n) { return real(f)->pMethods->xTruncate(real(f), n); },
    sync_file,
    [](sqlite3_file* f, sqlite3_int64* n) { return real(f)->pMethods->xFileSize(real(f), n); },
    [](sqlite3_file* f, int l) { return real(f)->pMethods->xLock(real(f), l); },
    [](sqlite3_file* f, int l) { return real(f)->pMethods->xUnlock(real(f), l); },
    [](sqlite3_file* f, int* out) { return real(f)->pMethods->xCheckReservedLock(real(f), out); },
    [](sqlite3_file* f, int op, void* arg) { return real(f)->pMethods->xFileControl(real(f), op, arg); },
    [](sqlite3_file* f) { return real(f)->pMethods->xSectorSize(real(f)); },
    [](sqlite3_file* f) { return real(f)->pMethods->xDeviceCharacteristics(real(f)); },
    [](sqlite3_file* f, int page, int size, int extend, void volatile** out) { return real(f)->pMethods->xShmMap(real(f), page, size, extend, out); },
    [](sqlite3_file* f, int offset, int n, int flags) { return real(f)->pMethods->xShmLock(real(f), offset, n, flags); },
    [](sqlite3_file* f) { real(f)->pMethods->xShmBarrier(real(f)); },
    [](sqlite3_file* f, int remove) { return real(f)->pMethods->xShmUnmap(real(f), remove); },
    nullptr,
    nullptr,
};

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* f, int flags, int* out_flags) {
  File* file = of(f);
  file->base.pMethods = nullptr;
  file->path[0] = 0;
  file->real = static_cast<sqlite3_file*>(sqlite3_malloc(real_vfs()->szOsFile));
  if (!file->real) return SQLITE_NOMEM;
  int rc = real_vfs()->xOpen(real_vfs(), name, file->real, flags, out_flags);
  if (rc != SQLITE_OK) {
    sqlite3_free(file->real);
    return rc;
  }
  if (name && (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL))) std::snprintf(file->path, sizeof file->path, "%s", name);
  file->base.pMethods = &kMethods;
  return SQLITE_OK;
}

const char* vfs_that_follows_syncs() {
  static sqlite3_vfs vfs = [] {
    sqlite3_vfs v = *real_vfs();
    v.zName = "power";
    v.szOsFile = int(sizeof(File));
    v.pNext = nullptr;
    v.xOpen = open_file;
    return v;
  }();
  sqlite3_vfs_register(&vfs, 0);
  return vfs.zName;
}

int sync_blob(int fd) {
  char path[512];
  ssize_t n = ::readlink(cat("/proc/self/fd/", fd).c_str(), path, sizeof path - 1);
  if (n <= 0) return -1;
  std::error_code error;
  std::filesystem::copy_file(std::string(path, size_t(n)), std::string(path, size_t(n)) + kSynced,
                             std::filesystem::copy_options::overwrite_existing, error);
  return error ? -1 : 0;
}

[[noreturn]] void child(const std::string& directory, Durability durability, int pipe_fd) {
  sync_descriptor = sync_blob;
  SqliteOptions options;
  options.directory = directory;
  options.durability = durability;
  options.vfs = vfs_that_follows_syncs();
  auto store = open_sqlite(options);
  if (!store) ::_exit(1);
  for (uint64_t i = 0; i < 60; i++) {
    std::optional<BlobRef> blob;
    if (i % 10 == 0) blob = make_blob(**store, big(char('a' + i / 10)));
    (void)(*store)->write([&](Txn& t) {
      t.put(thing(cat(i)), cat("value ", i));
      if (blob) {
        t.keep(*blob, thing(cat(i)));
        t.put_record(thing(cat("blob", i)), *blob);
      }
      return Result<void>();
    });
    (*store)->commit();
    if (::write(pipe_fd, &i, sizeof i) != ssize_t(sizeof i)) ::_exit(2);
  }
  ::kill(::getpid(), SIGKILL);
  ::_exit(3);
}

/// Every file becomes what it was at its last sync, or empty.
void cut_power(const std::string& directory) {
  std::vector<std::filesystem::path> files;
  for (auto& e : std::filesystem::recursive_directory_iterator(directory)) if (e.is_regular_file()) files.push_back(e.path());
  for (auto& f : files) {
    const std::string name = f.filename();
    if (f.extension() == kSynced || name == "lock") continue;
    if (name.find("-shm") != std::string::npos) {
      std::filesystem::remove(f);
      continue;
    }
    const std::string synced = f.string() + kSynced;
    if (std::filesystem::exists(synced)) std::filesystem::rename(synced, f);
    else std::filesystem::resize_file(f, 0);
  }
}

/// How many of the acknowledged writes are there after a power cut.
std::pair<uint64_t, uint64_t> after_power_cut(Durability durability) {
  TestDirectory d;
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t pid = ::fork();
  if (pid == 0) child(d.path, durability, ends[1]);
  ::close(ends[1]);
  uint64_t acknowledged = 0, i;
  while (::read(ends[0], &i, sizeof i) == ssize_t(sizeof i)) acknowledged = i + 1;
  ::close(ends[0]);
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  REQUIRE(WIFSIGNALED(status));
  cut_power(d.path);
  auto store = open_at(d.path, durability);
  uint64_t there = 0;
  for (i = 0; i < acknowledged; i++) {
    bool whole = get(*store, cat(i)) == cat("value ", i);
    if (whole && i % 10 == 0) {
      BlobRef ref;
      store->read([&](Reader& r) { ref = r.get_as<BlobRef>(thing(cat("blob", i))).value_or(BlobRef()); });
      whole = blob_bytes(*store, ref) == big(char('a' + i / 10));
    }
    there += whole;
  }
  store.reset();
  sqlite::Connection db(d.path + "/store.db", sqlite::Connection::Mode::existing);
  CHECK(db.text("PRAGMA integrity_check") == "ok");
  return {acknowledged, there};
}

TEST_CASE("with durability power a power cut loses nothing that was acknowledged") {
  auto [acknowledged, there] = after_power_cut(Durability::power);
  CHECK(acknowledged == 60);
  CHECK(there == acknowledged);
}

TEST_CASE("without it a power cut loses the newest writes and damages nothing") {
  auto [acknowledged, there] = after_power_cut(Durability::process);
  CHECK(acknowledged == 60);
  CHECK(there < acknowledged);
}

}  // namespace
}  // namespace fogbank::store
