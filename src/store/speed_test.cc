// Figures, printed and never asserted: a look at what a write, a read and a claim cost. Only with FOGBANK_SLOW=1.
#include <sys/resource.h>

#include <cmath>
#include <fstream>

#include "base/random.h"
#include "store/test_store.h"

namespace fogbank::store {
namespace {

double cpu_micros() {
  rusage u;
  ::getrusage(RUSAGE_SELF, &u);
  return double(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 + double(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

/// Runs f n times and prints wall and processor time per run.
void measure(const char* what, int n, const std::function<void(int)>& f) {
  const double cpu = cpu_micros();
  const int64_t begin = steady_micros();
  for (int i = 0; i < n; i++) f(i);
  const double wall = double(steady_micros() - begin);
  MESSAGE(std::string(what) << ": " << format_double(std::round((cpu_micros() - cpu) / n * 100) / 100) << " us cpu, "
               << format_double(std::round(wall / n * 100) / 100) << " us wall");
}

bool slow_tests() {
  if (std::getenv("FOGBANK_SLOW")) return true;
  MESSAGE("skipped: set FOGBANK_SLOW=1 to measure");
  return false;
}

int64_t resident_kb() {
  std::ifstream statm("/proc/self/statm");
  int64_t all = 0, resident = 0;
  statm >> all >> resident;
  return resident * 4;
}

TEST_CASE("figures: records") {
  if (!slow_tests()) return;
  OnSqlite t;
  Store& s = *t.store;
  const std::string bytes(400, 'x');
  SeededRandom random(1);
  auto write = [&](uint64_t n, size_t more_keys = 0) {
    (void)s.write([&](Txn& txn) {
      txn.put(thing(cat("key-", n)), bytes);
      for (size_t i = 0; i < more_keys; i++) txn.put(key(kScope, Table{"demo", i ? "two" : "one"}, n), "");
      return Result<void>();
    });
  };
  for (int i = 0; i < 14; i++) write(uint64_t(i));
  s.commit();
  measure("put 400 B, new, batches of 14", 42000, [&](int i) { write(random.next()); if (i % 14 == 13) s.commit(); });
  measure("put 400 B, over 14 keys, batches of 14", 42000, [&](int i) { write(uint64_t(i % 14)); if (i % 14 == 13) s.commit(); });
  measure("put 400 B and two index keys, batches of 14", 14000, [&](int i) { write(random.next(), 2); if (i % 14 == 13) s.commit(); });
  measure("put 400 B, a batch each", 5000, [&](int) { write(random.next()); s.commit(); });
  measure("a failing write", 50000, [&](int i) {
    (void)s.write([&](Txn& txn) -> Result<void> { txn.put(thing(cat("key-", i)), bytes); return fail("No", "no"); });
  });
  measure("get, hot, one per read", 200000, [&](int i) { get(s, cat("key-", i % 14)); });
  measure("get, hot, 100 per read", 2000, [&](int) {
    s.read([&](Reader& r) { for (int i = 0; i < 100; i++) r.get(thing(cat("key-", i % 14))); });
  });
  measure("get beside writes: 14 gets, 14 puts, commit", 3000, [&](int) {
    for (int i = 0; i < 14; i++) get(s, cat("key-", i));
    for (int i = 0; i < 14; i++) write(random.next());
    s.commit();
  });
  Cache<BlobRef> cache(s, kThings, 100, [](std::string_view, const Item&) { return std::make_shared<const BlobRef>(); });
  measure("get from a cache", 1000000, [&](int i) { cache.get(thing(i % 2 ? "key-1" : "key-2")); });
}

TEST_CASE("figures: a million records") {
  if (!slow_tests()) return;
  TestDirectory d;
  {
    auto s = open_at(d.path);
    const std::string bytes(400, 'x');
    measure("put of a million, batches of 1,000", 1000, [&](int n) {
      (void)s->write([&](Txn& txn) {
        for (int i = 0; i < 1000; i++) txn.put(thing(cat("key-", (uint64_t(n) * 1000 + uint64_t(i)) * 7919 % 1000000)), bytes);
        return Result<void>();
      });
      s->commit();
    });
    SeededRandom random(1);
    measure("get in a million", 100000, [&](int) { get(*s, cat("key-", random.below(1000000))); });
    measure("put in a million, batches of 14", 14000, [&](int i) { put(*s, cat("key-", random.below(1000000)), bytes); if (i % 14 == 13) s->commit(); });
    measure("stats of a million", 1, [&](int) { s->stats(); });
    const std::string file = d.path + "/snapshot";
    measure("save a million", 1, [&](int) { CHECK(s->save_snapshot(file).has_value()); });
    measure("load a million", 1, [&](int) { CHECK(s->load_snapshot(file).has_value()); });
  }
  measure("open a million", 1, [&](int) { open_at(d.path); });
}

TEST_CASE("figures: a million tasks") {
  if (!slow_tests()) return;
  TestDirectory d;
  const int64_t before = resident_kb();
  auto s = open_at(d.path);
  int64_t n = 0;
  measure("schedule of a million, all due, 1,000 a transaction", 1000, [&](int) {
    (void)s->write([&](Txn& txn) {
      for (int i = 0; i < 1000; i++) txn.schedule(task_of("payload of a task", 1000 + n++ / 100, "111111111111"));
      return Result<void>();
    });
    s->commit();
  });
  (void)s->write([&](Txn& txn) { for (int i = 0; i < 1000; i++) txn.schedule(task_of("other", 1000000, "222222222222")); return Result<void>(); });
  s->commit();
  MESSAGE("resident: " << resident_kb() - before << " KB more");
  std::vector<Task> tasks;
  measure("claim 100 of a million", 10, [&](int) {
    auto more = s->claim(2000000, 100, all_kinds);
    tasks.insert(tasks.end(), more.begin(), more.end());
  });
  CHECK(tasks.size() == 1000);
  measure("claim 1 of a million, 1,000 leased", 100, [&](int) {
    auto more = s->claim(2000000, 1, all_kinds);
    tasks.insert(tasks.end(), more.begin(), more.end());
  });
  size_t at = 0;
  measure("finish 100: cancel, commit, release", 10, [&](int) {
    (void)s->write([&](Txn& txn) { for (int i = 0; i < 100; i++) txn.cancel(tasks[at + size_t(i)].id); return Result<void>(); });
    s->commit();
    for (int i = 0; i < 100; i++) s->release(tasks[at++].id);
  });
  measure("next_due", 1000, [&](int) { s->next_due(true); });
  const std::string bytes(400, 'x');
  measure("put 400 B and a task due soon, batches of 14", 14000, [&](int i) {
    (void)s->write([&](Txn& txn) { txn.put(thing(cat("key-", i)), bytes); txn.schedule(task_of("p", 5000000 + i)); return Result<void>(); });
    if (i % 14 == 13) s->commit();
  });
  s.reset();
  measure("open with a million tasks, first claim", 1, [&](int) { s = open_at(d.path); s->claim(2000000, 1, all_kinds); });
}

TEST_CASE("figures: blobs") {
  if (!slow_tests()) return;
  OnSqlite t;
  Store& s = *t.store;
  const std::string piece(256 << 10, 'x');
  measure("blob of 64 MB in pieces of 256 KB", 1, [&](int) {
    auto w = *s.new_blob();
    for (int i = 0; i < 256; i++) CHECK(w->append(piece).has_value());
    CHECK(w->finish().has_value());
  });
  measure("blob of 100 KB, kept, batches of 14", 1400, [&](int i) {
    BlobRef ref = make_blob(s, std::string_view(piece).substr(0, 100'000));
    (void)s.write([&](Txn& txn) { txn.keep(ref, thing("a")); txn.put_record(thing(cat(i)), ref); return Result<void>(); });
    if (i % 14 == 13) s.commit();
  });
}

}  // namespace
}  // namespace fogbank::store
