// Snapshots of the SQLite store beside other work, in another directory, and when the disk fills up.
#include <sys/resource.h>

#include <csignal>
#include <thread>

#include "store/test_store.h"

namespace fogbank::store {
namespace {

Key pair_key(std::string_view side, uint64_t i) { return key(kScope, Table{"demo", side}, i); }

TEST_CASE("a snapshot saved under steady writes is one consistent state, loadable elsewhere") {
  TestDirectory here, there;
  SqliteOptions options;
  options.directory = here.path;
  options.grave_time = 1;  // dropped files would go at once
  auto s = *open_sqlite(options);
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    std::optional<BlobRef> last;
    for (uint64_t i = 0; !stop; i++) {
      BlobRef blob = make_blob(*s, big(char('a' + i % 26), 70'000));
      auto done = s->write([&](Txn& t) {
        t.put(pair_key("left", i), cat(i));
        t.put(pair_key("right", i), cat(i));
        t.keep(blob, thing("blob"));
        t.put_record(thing("blob"), blob);
        t.put(thing("count"), cat(i + 1));
        if (last) t.drop(*last);
        return Result<void>();
      });
      if (!done) return;
      s->commit();
      last = blob;
    }
  });
  const std::string file = here.path + "/snapshot";
  std::vector<std::string> files;
  while (get(*s, "count") == "(none)") std::this_thread::yield();
  for (int i = 0; i < 5; i++) {
    files.push_back(cat(file, i));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    auto saved = s->save_snapshot(files.back());
    REQUIRE_MESSAGE(saved.has_value(), (saved ? "" : saved.error().detail));
  }
  stop = true;
  writer.join();
  auto other = open_at(there.path);
  put(*other, "own", "data");
  BlobRef own = make_blob(*other, big('o'));
  REQUIRE(other->write([&](Txn& t) { t.keep(own, thing("own")); return Result<void>(); }).has_value());
  other->commit();
  int64_t last_count = 0;
  for (const std::string& f : files) {
    REQUIRE(other->load_snapshot(f).has_value());
    CHECK(get(*other, "own") == "(none)");
    const int64_t count = parse_int(get(*other, "count")).value_or(-1);
    CHECK(count >= last_count);
    last_count = count;
    other->read([&](Reader& r) {
      for (const char* side : {"left", "right"}) {
        int64_t n = 0;
        r.scan_prefix(key(kScope, Table{"demo", side}), [&](std::string_view, std::string_view, Version) { return ++n > 0; });
        CHECK(n == count);
      }
      auto blob = r.get_as<BlobRef>(thing("blob"));
      REQUIRE(blob.has_value());
      CHECK(blob_bytes(*other, *blob) == big(char('a' + (count - 1) % 26), 70'000));
    });
    CHECK(other->stats().blobs == 1);
  }
  // What was loaded is on disk.
  other.reset();
  other = open_at(there.path);
  CHECK(get(*other, "count") == cat(last_count));
  BlobRef blob;
  other->read([&](Reader& r) { blob = *r.get_as<BlobRef>(thing("blob")); });
  CHECK(blob_bytes(*other, blob) == big(char('a' + (last_count - 1) % 26), 70'000));
}

TEST_CASE("a snapshot that does not fit on the disk changes nothing, and none is left half written") {
  TestDirectory d;
  auto s = open_at(d.path);
  const std::string file = d.path + "/saved";
  for (int i = 0; i < 500; i++) put(*s, cat("k", i), std::string(4000, 'x'));
  s->commit();
  REQUIRE(s->save_snapshot(file).has_value());
  put(*s, "k0", "changed");
  s->commit();
  const uint64_t epoch = s->epoch();
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before;
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  rlimit now{1'000'000, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &now) == 0);
  auto loaded = s->load_snapshot(file);
  auto saved = s->save_snapshot(d.path + "/again");
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  REQUIRE_FALSE(loaded.has_value());
  CHECK(loaded.error().status == 503);
  REQUIRE_FALSE(saved.has_value());
  CHECK(saved.error().status == 503);
  CHECK(s->epoch() == epoch);
  CHECK(get(*s, "k0") == "changed");
  for (auto name : {"/again", "/again.part", "/loading", "/snapshot.db"}) CHECK_FALSE(std::filesystem::exists(d.path + name));
  REQUIRE(s->load_snapshot(file).has_value());
  CHECK(s->epoch() == epoch + 1);
  CHECK(get(*s, "k0") == std::string(4000, 'x'));
}

TEST_CASE("a read that began before a reset or load keeps its state") {
  OnSqlite t;
  Store& s = *t.store;
  put(s, "a", "1");
  s.commit();
  std::thread other;
  std::thread([&] {  // not the committing thread: a snapshot from the start
    s.read([&](Reader& r) {
      CHECK(r.get(thing("a"))->bytes == "1");
      other = std::thread([&] { CHECK(s.reset({}).has_value()); });
      other.join();
      CHECK(r.get(thing("a"))->bytes == "1");
    });
  }).join();
  CHECK(get(s, "a") == "(none)");
}

}  // namespace
}  // namespace fogbank::store
