// Kill -9 at random moments: everything acknowledged is there, nothing is torn, no file is orphaned.
#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "base/random.h"
#include "store/test_store.h"

namespace fogbank::store {
namespace {

constexpr int kRounds = 20;

Key left(uint64_t i) { return key(kScope, Table{"demo", "left"}, i); }
Key right(uint64_t i) { return key(kScope, Table{"demo", "right"}, i); }
Key blob_key(uint64_t i) { return key(kScope, Table{"demo", "blob"}, i); }
std::string content(uint64_t i) { return std::string(100 + i * 37 % 2000, char('a' + i % 26)); }
std::string blob_content(uint64_t i) { return std::string(70'000 + i % 1000, char('A' + i % 26)); }

/// Writes for ever, telling the parent what is acknowledged.
[[noreturn]] void child(const std::string& directory, uint64_t first, int pipe_fd) {
  auto store = open_at(directory);
  SeededRandom random(first + 1);
  for (uint64_t i = first;;) {
    const uint64_t batch = 1 + random.below(14), end = i + batch;
    for (; i < end; i++) {
      std::optional<BlobRef> blob;
      if (i % 5 == 0) blob = make_blob(*store, blob_content(i));
      if (i % 7 == 0) make_blob(*store, blob_content(i));  // never kept
      auto done = store->write([&](Txn& t) {
        t.put(left(i), content(i));
        t.put(right(i), content(i));
        t.next(kScope, "count");
        if (i % 3 == 0) t.schedule(task_of(cat(i), Millis(i)));
        if (blob) {
          t.keep(*blob, blob_key(i));
          t.put_record(blob_key(i), *blob);
        }
        if (i >= 20 && i % 5 == 0) {
          if (auto old = t.get_as<BlobRef>(blob_key(i - 20))) t.drop(*old);
          t.erase(blob_key(i - 20));
        }
        return Result<void>();
      });
      if (!done) ::_exit(1);
    }
    store->commit();
    if (store->failed(store->committed())) ::_exit(2);
    if (::write(pipe_fd, &end, sizeof end) != ssize_t(sizeof end)) ::_exit(3);
  }
}

/// Checks the store after a kill; `acknowledged`: all below were. Gives back where to go on.
uint64_t check(const std::string& directory, uint64_t acknowledged) {
  auto store = open_at(directory);
  uint64_t next = 0, blobs = 0, tasks = 0;
  store->read([&](Reader& r) {
    const Key all = key(kScope, Table{"demo", "left"});
    r.scan_prefix(all, [&](std::string_view k, std::string_view bytes, Version version) {
      const uint64_t i = number_part(key_parts(k).at(0));
      CHECK(i == next);
      next = i + 1;
      CHECK(bytes == content(i));
      auto other = r.get(right(i));
      REQUIRE(other.has_value());
      CHECK(other->bytes == bytes);
      CHECK(other->version == version);
      tasks += i % 3 == 0;
      return true;
    });
    int more = 0;
    r.scan_prefix(key(kScope, Table{"demo", "right"}), [&](std::string_view, std::string_view, Version) { more++; return true; });
    CHECK(uint64_t(more) == next);
    r.scan_prefix(key(kScope, Table{"demo", "blob"}), [&](std::string_view k, std::string_view bytes, Version) {
      blobs++;
      CHECK(blob_bytes(*store, *decode<BlobRef>(bytes)) == blob_content(number_part(key_parts(k).at(0))));
      return true;
    });
  });
  CHECK(next >= acknowledged);
  const auto stats = store->stats();
  CHECK(stats.tasks == tasks);
  CHECK(stats.blobs == blobs);
  uint64_t files = 0;
  for (auto& e : std::filesystem::recursive_directory_iterator(directory + "/blobs")) files += e.is_regular_file();
  CHECK(files == blobs);
  REQUIRE(store->write([&](Txn& t) {
    CHECK(t.next(kScope, "count") == next + 1);
    return fail("Rollback", "only looked");
  }).error().code == "Rollback");
  store.reset();
  sqlite::Connection db(directory + "/store.db", sqlite::Connection::Mode::existing);
  CHECK(db.text("PRAGMA integrity_check") == "ok");
  return next;
}

TEST_CASE("kill -9 at random moments loses nothing acknowledged and leaves nothing torn") {
  TestDirectory d;
  SeededRandom random{uint64_t(machine_now())};
  uint64_t next = 0, acknowledged_in_all = 0;
  for (int round = 0; round < kRounds; round++) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::close(ends[0]);
      child(d.path, next, ends[1]);
    }
    ::close(ends[1]);
    uint64_t acknowledged = next, end;
    // From its first acknowledgement on it lives for a random while.
    if (::read(ends[0], &end, sizeof end) == ssize_t(sizeof end)) acknowledged = end;
    std::this_thread::sleep_for(std::chrono::microseconds(random.below(40'000)));
    REQUIRE(::kill(pid, SIGKILL) == 0);
    while (::read(ends[0], &end, sizeof end) == ssize_t(sizeof end)) acknowledged = end;
    ::close(ends[0]);
    int status = 0;
    REQUIRE(::waitpid(pid, &status, 0) == pid);
    REQUIRE(WIFSIGNALED(status));
    acknowledged_in_all += acknowledged - next;
    next = check(d.path, acknowledged);
  }
  MESSAGE(kRounds << " rounds, " << acknowledged_in_all << " writes acknowledged");
  CHECK(acknowledged_in_all > kRounds);
}

}  // namespace
}  // namespace fogbank::store
