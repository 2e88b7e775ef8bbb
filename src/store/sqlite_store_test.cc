// What only the SQLite store has: a directory, a lock, a format, a disk that fills up, a write-ahead log.
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "store/test_store.h"

namespace fogbank::store {
namespace {

/// Counts anew if something vanishes under the count (the keeper removes files meanwhile).
size_t count_files(const std::string& path) {
  while (std::filesystem::exists(path)) {
    size_t n = 0;
    std::error_code error;
    for (std::filesystem::recursive_directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
      n += it->path().parent_path().filename().string().size() == 2;  // blobs/<generation>/<two digits>/<id>
    }
    if (!error) return n;
  }
  return 0;
}

Ticket must_write(Store& s, std::string_view name, std::string_view bytes) {
  auto ticket = s.write([&](Txn& t) { t.put(thing(name), bytes); return Result<void>(); });
  REQUIRE(ticket.has_value());
  return *ticket;
}

TEST_CASE("what is committed, and what was applied at a clean end, is there after reopening") {
  TestDirectory d;
  Version version = 0;
  uint64_t id = 0, epoch = 0;
  BlobRef ref;
  {
    auto s = open_at(d.path);
    put(*s, "a", "1");
    s->commit();
    ref = make_blob(*s, big('a'));
    REQUIRE(s->write([&](Txn& t) { t.keep(ref, thing("a")); id = t.schedule(task_of("x", 5)); version = t.version(); t.next(kScope, "n"); return Result<void>(); }).has_value());
    epoch = s->epoch();
  }
  auto s = open_at(d.path);
  CHECK(get(*s, "a") == "1");
  CHECK(blob_bytes(*s, ref) == big('a'));
  auto tasks = s->claim(10, 10, all_kinds);
  REQUIRE(tasks.size() == 1);
  CHECK(tasks[0].id == id);
  CHECK(s->epoch() == epoch);
  REQUIRE(s->write([&](Txn& t) {
    CHECK(t.version() > version);
    CHECK(t.next(kScope, "n") == 2);
    CHECK(t.schedule(task_of("y", 5)) > id);
    return Result<void>();
  }).has_value());
}

TEST_CASE("a second process is told who uses the directory") {
  TestDirectory d;
  auto s = open_at(d.path);
  auto again = open_sqlite(Options{d.path});
  REQUIRE_FALSE(again.has_value());
  CHECK(again.error().message == cat("another fogbank (pid ", int64_t(::getpid()), ") uses this directory: ", d.path));
  const pid_t child = ::fork();
  if (child == 0) ::_exit(open_sqlite(Options{d.path}).has_value() ? 1 : 0);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  s.reset();
  CHECK(open_sqlite(Options{d.path}).has_value());
}

TEST_CASE("a directory is free again although the child of a killed owner is still about to start") {
  TestDirectory d;
  const pid_t owner = ::fork();
  if (owner == 0) {
    auto s = open_sqlite(Options{d.path});
    if (!s) ::_exit(1);
    if (::fork() == 0) {   // between fork and exec it has all that its parent had open
      ::usleep(600'000);
      ::_exit(0);
    }
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  REQUIRE(::waitpid(owner, &status, 0) == owner);
  REQUIRE(WIFSIGNALED(status));
  auto again = open_sqlite(Options{d.path});
  CHECK_MESSAGE(again.has_value(), (again ? std::string() : again.error().message));
}

TEST_CASE("a newer format, a foreign database and an unusable directory are refused with a clear text") {
  TestDirectory d;
  open_at(d.path);
  {
    sqlite::Connection db(d.path + "/store.db", sqlite::Connection::Mode::existing);
    set_meta(db, "format", kFormat + 1);
  }
  auto newer = open_sqlite(Options{d.path});
  REQUIRE_FALSE(newer.has_value());
  CHECK(newer.error().message.find(cat("newer fogbank (store format ", kFormat + 1)) != std::string::npos);
  TestDirectory other;
  { sqlite::Connection(other.path + "/store.db", sqlite::Connection::Mode::create).exec("CREATE TABLE t(x)"); }
  auto foreign = open_sqlite(Options{other.path});
  REQUIRE_FALSE(foreign.has_value());
  CHECK(foreign.error().message.find("not written by fogbank") != std::string::npos);
  std::filesystem::resize_file(d.path + "/store.db", 5000);
  CHECK_FALSE(open_sqlite(Options{d.path}).has_value());
  CHECK_FALSE(open_sqlite(Options{"/proc/nothing/here"}).has_value());
}

TEST_CASE("an ephemeral store leaves nothing behind") {
  TestDirectory base;
  ::setenv("TMPDIR", base.path.c_str(), 1);
  {
    auto s = open_at("");
    put(*s, "a", "1");
    s->commit();
    BlobRef ref = make_blob(*s, big('a'));
    CHECK(get(*s, "a") == "1");
    CHECK(count_files(base.path) == 1);
  }
  ::unsetenv("TMPDIR");
  CHECK(std::filesystem::is_empty(base.path));
}

TEST_CASE("files of blobs that nobody keeps go: given up at once, dropped after a while, pending at the next start") {
  TestDirectory d;
  SqliteOptions options;
  options.directory = d.path;
  options.grave_time = 30;
  BlobRef kept;
  {
    auto s = *open_sqlite(options);
    {
      auto unfinished = *s->new_blob();
      REQUIRE(unfinished->append(big('u')).has_value());
      CHECK(count_files(d.path + "/blobs") == 1);
    }
    CHECK(count_files(d.path + "/blobs") == 0);
    kept = make_blob(*s, big('k'));
    BlobRef dropped = make_blob(*s, big('d'));
    REQUIRE(s->write([&](Txn& t) { t.keep(kept, thing("k")); t.keep(dropped, thing("d")); return Result<void>(); }).has_value());
    s->commit();
    REQUIRE(s->write([&](Txn& t) { t.drop(dropped); t.drop(kept); t.keep(kept, thing("k")); return Result<void>(); }).has_value());
    s->commit();
    for (int i = 0; i < 500 && count_files(d.path + "/blobs") > 1; i++) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    CHECK(count_files(d.path + "/blobs") == 1);
    // More than one range of ids, without a commit of our own in between.
    for (uint64_t i = 0; i < BlobTable::kRange + 10; i++) make_blob(*s, big('p', 70'000));
    CHECK(count_files(d.path + "/blobs") == BlobTable::kRange + 11);
  }
  auto s = *open_sqlite(options);
  CHECK(count_files(d.path + "/blobs") == 1);
  CHECK(blob_bytes(*s, kept) == big('k'));
  REQUIRE(s->reset({}).has_value());
  for (int i = 0; i < 500 && count_files(d.path + "/blobs") > 0; i++) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  CHECK(count_files(d.path + "/blobs") == 0);
}

TEST_CASE("a blob that is received across a reset is refused") {
  OnSqlite t;
  auto writer = *t.store->new_blob();
  REQUIRE(writer->append(big('a')).has_value());
  REQUIRE(t.store->reset({}).has_value());
  auto ref = writer->finish();
  REQUIRE_FALSE(ref.has_value());
  CHECK(ref.error().status == 503);
}

TEST_CASE("tasks of one millisecond keep their order when the sequence comes round, and flow over when it is full") {
  TestDirectory d;
  open_at(d.path);
  auto set_counter = [&](uint64_t value) {
    sqlite::Connection db(d.path + "/store.db", sqlite::Connection::Mode::existing);
    set_meta(db, "last_task", int64_t(value));
  };
  set_counter((1 << 20) - 3);
  std::string expected;
  {
    auto s = open_at(d.path);
    for (int i = 0; i < 8; i++) {
      REQUIRE(s->write([&](Txn& t) { t.schedule(task_of(cat(i), 1000)); return Result<void>(); }).has_value());
      if (i % 3 == 2) s->commit();
      expected += cat(i, ' ');
    }
  }
  set_counter((2 << 20) - 2);  // this millisecond's next number is its last one
  {
    auto s = open_at(d.path);
    for (int i = 8; i < 12; i++) {
      schedule(*s, task_of(cat(i), 1000));
      expected += cat(i, ' ');
    }
    CHECK(payloads(s->claim(1000, 100, all_kinds)).size() < expected.size());
  }
  auto s = open_at(d.path);
  CHECK(payloads(s->claim(2000, 100, all_kinds)) == expected);
}

/// Limits the size of files, which a full disk is like; put back at the end.
struct FileSizeLimit {
  explicit FileSizeLimit(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    rlimit now{bytes, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &now) == 0);
  }
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before); }
  rlimit before;
};

void full_disk(Store& s, const std::string& directory, const std::function<void()>& fill, const std::function<void()>& free) {
  int bad = 0, hooks = 0;
  std::string error;
  s.on_commit([&](const Store::Batch& b) { if (!b.ok) { bad++; error = b.error; } });
  s.before_commit([&](Txn& t) { hooks++; t.put(thing("log"), cat(hooks)); });
  must_write(s, "a", "1");
  s.commit();
  const uint64_t id = schedule(s, task_of("kept", 5));
  BlobRef kept = make_blob(s, big('k'));
  REQUIRE(s.write([&](Txn& t) { t.keep(kept, thing("k")); return Result<void>(); }).has_value());
  s.commit();
  const uint64_t authority = s.authority_version();
  const size_t files = count_files(directory + "/blobs");
  fill();
  Ticket failed = 0;
  for (int i = 0; i < 40 && bad < 5; i++) {
    const Ticket t = must_write(s, cat("full", i), std::string(200'000, 'x'));
    REQUIRE(s.write([&](Txn& txn) {
      txn.cancel(id);
      txn.schedule(task_of("lost", 1, "444444444444"));
      txn.drop(kept);
      txn.next(kScope, "n");
      txn.put(thing("a"), "2");
      return Result<void>();
    }).has_value());
    s.commit();
    CHECK(s.committed() == t);
    if (s.failed(t)) failed = t;
    else REQUIRE(s.write([&](Txn& txn) { txn.erase(thing("a")); txn.put(thing("a"), "2"); return Result<void>(); }).has_value());
  }
  REQUIRE(failed != 0);
  CHECK(bad >= 5);
  CHECK_FALSE(error.empty());
  CHECK(s.authority_version() > authority);
  const std::string during = get(s, "a");
  CHECK((during == "1" || during == "2"));
  auto writer = *s.new_blob();
  bool refused = false;
  for (int i = 0; i < 100 && !refused; i++) {
    auto done = writer->append(std::string(250'000, 'x'));
    if (!done) {
      CHECK(done.error().code == "ServiceUnavailable");
      CHECK(done.error().status == 503);
      refused = true;
    }
  }
  CHECK(refused);
  CHECK_FALSE(writer->finish().has_value());
  CHECK(count_files(directory + "/blobs") == files);
  free();
  const Ticket t = must_write(s, "after", "3");
  s.commit();
  CHECK(s.committed() == t);
  CHECK_FALSE(s.failed(t));
  CHECK(s.failed(failed));
  CHECK(get(s, "after") == "3");
  CHECK(get(s, "log") == cat(hooks));
  BlobRef ref = make_blob(s, big('n'));
  REQUIRE(s.write([&](Txn& txn) { txn.keep(ref, thing("n")); return Result<void>(); }).has_value());
  s.commit();
  CHECK(blob_bytes(s, ref) == big('n'));
  CHECK(blob_bytes(s, kept) == big('k'));
}

void check_integrity(const std::string& directory) {
  sqlite::Connection db(directory + "/store.db", sqlite::Connection::Mode::existing);
  CHECK(db.text("PRAGMA integrity_check") == "ok");
}

TEST_CASE("when files cannot grow, batches fail as a whole, reads go on, and writes work again without a restart") {
  TestDirectory d;
  {
    auto s = open_at(d.path);
    std::optional<FileSizeLimit> limit;
    full_disk(*s, d.path, [&] { limit.emplace(700'000); }, [&] { limit.reset(); });
  }
  check_integrity(d.path);
}

TEST_CASE("the same on a file system that is really full") {
  TestDirectory d;
  if (::mount("tmpfs", d.path.c_str(), "tmpfs", 0, "size=3m") != 0) {
    MESSAGE("skipped: a small tmpfs cannot be mounted here");
    return;
  }
  {
    auto s = open_at(d.path);
    full_disk(*s, d.path, [] {}, [&] { REQUIRE(::mount("tmpfs", d.path.c_str(), "tmpfs", MS_REMOUNT, "size=64m") == 0); });
  }
  check_integrity(d.path);
  ::umount(d.path.c_str());
}

TEST_CASE("without a free descriptor records work on, and large blobs are refused with a 503") {
  OnSqlite t;
  Store& s = *t.store;
  BlobRef ref = make_blob(s, big('a'));
  put(s, "a", "1");
  s.commit();
  std::thread([&] { CHECK(get(s, "a") == "1"); }).join();  // a reading connection is open
  rlimit before;
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const int probe = ::dup(0);
  REQUIRE(probe >= 0);
  ::close(probe);
  rlimit now{rlim_t(probe), before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &now) == 0);
  put(s, "a", "2");
  s.commit();
  CHECK_FALSE(s.failed(s.committed()));
  std::thread([&] { CHECK(get(s, "a") == "2"); }).join();
  auto opened = s.open_blob(ref);
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().status == 503);
  auto writer = *s.new_blob();
  CHECK_FALSE(writer->append(big('b')).has_value());
  CHECK_FALSE(writer->finish().has_value());
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(blob_bytes(s, ref) == big('a'));
  CHECK(blob_bytes(s, make_blob(s, big('c'))) == big('c'));
}

TEST_CASE("the write-ahead log stays short under steady writes, also beside short reads") {
  TestDirectory d;
  auto s = open_at(d.path);
  uint64_t longest = 0;
  std::atomic<bool> stop{false};
  std::thread reader([&] {
    while (!stop) {
      s->read([](Reader& r) { everything(r); });
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  });
  const std::string bytes(400, 'x');
  struct stat st;
  for (int i = 0; i < 15000; i++) {
    must_write(*s, cat("k", i * 7919 % 20000), bytes);
    if (i % 14 == 13) s->commit();
    if (i % 70 == 0 && ::stat((d.path + "/store.db-wal").c_str(), &st) == 0) longest = std::max(longest, uint64_t(st.st_size));
  }
  stop = true;
  reader.join();
  MESSAGE("longest log: " << longest / 4120 << " frames");
  CHECK(longest < 8000 * 4120ull);  // the aim is 4,000
}

TEST_CASE("a forgotten read loses its snapshot when it is in the way of the log") {
  TestDirectory d;
  auto s = open_at(d.path);
  for (int i = 0; i < 1000; i++) must_write(*s, cat("k", i), "x");
  s->commit();
  std::atomic<bool> expired{false}, stop{false};
  std::thread forgotten([&] {
    try {
      s->read([&](Reader& r) {
        r.scan_prefix(key(kScope, kThings), [&](std::string_view, std::string_view, Version) {
          while (!stop) std::this_thread::sleep_for(std::chrono::milliseconds(1));
          return true;
        });
      });
    } catch (const SnapshotExpired&) {
      expired = true;
    }
  });
  const std::string bytes(3000, 'x');
  const auto begin = std::chrono::steady_clock::now();
  uint64_t n = 0;
  while (std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(kSnapshotAge + 700)) {
    for (int i = 0; i < 14; i++) must_write(*s, cat("w", n++ % 5000), bytes);
    s->commit();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  stop = true;
  forgotten.join();
  CHECK(expired);
  CHECK(get(*s, "k5") == "x");
}

}  // namespace
}  // namespace fogbank::store
