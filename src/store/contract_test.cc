// The contract of store.h, for both implementations: records, batches and caches.
#include <thread>

#include "store/test_store.h"
#include "store/wide.h"

namespace fogbank::store {
namespace {

#define BOTH OnSqlite, OnHostile

TEST_CASE_TEMPLATE("a write is seen by later writes at once and by reads after its commit", T, BOTH) {
  T t;
  Store& s = *t.store;
  auto ticket = s.write([](Txn& txn) {
    txn.put(thing("a"), "1");
    CHECK(txn.get(thing("a"))->bytes == "1");
    return Result<void>();
  });
  REQUIRE(ticket.has_value());
  CHECK(*ticket == s.applied());
  CHECK(s.committed() < *ticket);
  CHECK(get(s, "a") == "(none)");
  REQUIRE(s.write([](Txn& txn) { CHECK(txn.get(thing("a"))->bytes == "1"); return Result<void>(); }).has_value());
  s.commit();
  CHECK(s.committed() == *ticket);
  CHECK_FALSE(s.failed(*ticket));
  CHECK(get(s, "a") == "1");
}

TEST_CASE_TEMPLATE("a failing or throwing write applies nothing", T, BOTH) {
  T t;
  Store& s = *t.store;
  put(s, "a", "1");
  auto change = [](Txn& txn) {
    txn.put(thing("a"), "2");
    txn.erase(thing("a"));
    txn.put(thing("b"), "3");
    txn.schedule(task_of("x", 1));
    txn.next(kScope, "n");
    txn.signal(thing("c"));
  };
  auto failed = s.write([&](Txn& txn) -> Result<void> { change(txn); return fail("NoSuchThing", "no"); });
  REQUIRE_FALSE(failed.has_value());
  CHECK(failed.error().code == "NoSuchThing");
  CHECK_THROWS_AS((void)s.write([&](Txn& txn) -> Result<void> { change(txn); throw std::runtime_error("bug"); }), std::runtime_error);
  REQUIRE(s.write([&](Txn& txn) {
    CHECK(everything(txn) == "a=1 ");
    CHECK(txn.next(kScope, "n") == 1);
    return Result<void>();
  }).has_value());
  s.commit();
  CHECK(get(s, "a") == "1");
  CHECK(get(s, "b") == "(none)");
  CHECK_FALSE(s.next_due(true).has_value());
}

TEST_CASE_TEMPLATE("a write that changes nothing waits only for what it may have seen", T, BOTH) {
  T t;
  Store& s = *t.store;
  auto look = [](Txn& txn) { txn.get(thing("a")); return Result<void>(); };
  CHECK(*s.write(look) == 0);
  put(s, "a", "1");
  CHECK(*s.write(look) == s.applied());
  s.commit();
  CHECK(*s.write(look) == 0);
}

TEST_CASE_TEMPLATE("a scan in a write merges what is applied with what is committed, in both orders", T, BOTH) {
  T t;
  Store& s = *t.store;
  for (auto n : {"b", "d", "f", "h"}) put(s, n, "old");
  s.commit();
  put(s, "a", "batch");
  put(s, "f", "batch");
  REQUIRE(s.write([](Txn& txn) {
    txn.erase(thing("d"));
    txn.put(thing("e"), "new");
    txn.put(thing("z"), "new");
    CHECK(everything(txn) == "a=batch b=old e=new f=batch h=old z=new ");
    CHECK(everything(txn, Order::descending) == "z=new h=old f=batch e=new b=old a=batch ");
    CHECK(names(txn, thing("b"), thing("f")) == "b=old e=new ");
    CHECK(names(txn, thing("b"), thing("f"), Order::descending) == "e=new b=old ");
    CHECK(names(txn, thing("f"), thing("b")) == "");
    return Result<void>();
  }).has_value());
  s.read([](Reader& r) {
    CHECK(everything(r) == "b=old d=old f=old h=old ");
    CHECK(everything(r, Order::descending) == "h=old f=old d=old b=old ");
  });
  s.commit();
  s.read([](Reader& r) { CHECK(everything(r) == "a=batch b=old e=new f=batch h=old z=new "); });
}

TEST_CASE_TEMPLATE("a visitor may get, scan, put and erase, and may stop", T, BOTH) {
  T t;
  Store& s = *t.store;
  for (auto n : {"a", "b", "c", "d"}) put(s, n, "1");
  s.commit();
  const Key all = key(kScope, kThings);
  REQUIRE(s.write([&](Txn& txn) {
    int seen = 0;
    txn.scan_prefix(all, [&](std::string_view k, std::string_view, Version) {
      seen++;
      const std::string name = key_parts(k).at(0);
      txn.put(thing(name), "2");
      if (name == "b") txn.erase(thing("c"));
      if (name == "d") txn.put(thing("e"), "new");
      return seen < 50;
    });
    CHECK(seen == 4);  // a, b, d and the new e
    CHECK(everything(txn) == "a=2 b=2 d=2 e=2 ");
    return Result<void>();
  }).has_value());
  s.commit();
  s.read([&](Reader& r) {
    int seen = 0;
    r.scan_prefix(all, [&](std::string_view, std::string_view, Version) {
      CHECK(everything(r) == "a=2 b=2 d=2 e=2 ");
      CHECK(r.get(thing("a"))->bytes == "2");
      return ++seen < 2;
    });
    CHECK(seen == 2);
  });
}

TEST_CASE_TEMPLATE("a read keeps its snapshot while others commit", T, BOTH) {
  T t;
  Store& s = *t.store;
  for (int i = 0; i < 1000; i++) put(s, cat("k", 1000 + i), "old");
  s.commit();
  std::thread other;
  s.read([&](Reader& r) {
    CHECK(r.get(thing("k1000"))->bytes == "old");
    int n = 0;
    r.scan_prefix(key(kScope, kThings), [&](std::string_view, std::string_view bytes, Version) {
      // By now the read is on a snapshot of its own and lets others commit.
      if (++n == 500) {
        other = std::thread([&] {
          REQUIRE(s.write([&](Txn& txn) {
            for (int i = 0; i < 1000; i += 2) txn.put(thing(cat("k", 1000 + i)), "new");
            txn.erase(thing("k1999"));
            return Result<void>();
          }).has_value());
          s.commit();
        });
        other.join();
      }
      CHECK(bytes == "old");
      return true;
    });
    CHECK(n == 1000);
    CHECK(r.get(thing("k1500"))->bytes == "old");
    CHECK(r.has(thing("k1999")));
  });
  CHECK(get(s, "k1500") == "new");
  CHECK(get(s, "k1999") == "(none)");
}

TEST_CASE_TEMPLATE("a transaction is bounded in keys and bytes", T, BOTH) {
  T t;
  Store& s = *t.store;
  auto many = [](size_t n) {
    return [n](Txn& txn) {
      for (int round = 0; round < 2; round++) for (size_t i = 0; i < n; i++) txn.put(thing(cat("k", i)), "v");
      return Result<void>();
    };
  };
  CHECK(s.write(many(kMaxKeys)).has_value());
  CHECK_THROWS_AS((void)s.write(many(kMaxKeys + 1)), std::length_error);
  CHECK_THROWS_AS((void)s.write([](Txn& txn) { txn.put(thing("big"), std::string(kMaxBytes, 'x')); return Result<void>(); }), std::length_error);
  s.commit();
  CHECK(get(s, "big") == "(none)");
  CHECK(get(s, "k999") == "v");
  CHECK(get(s, "k1000") == "(none)");
}

TEST_CASE_TEMPLATE("a widened transaction has more room, and a bound too", T, BOTH) {
  T t;
  Store& s = *t.store;
  auto wide = [](size_t n) {
    return [n](Txn& txn) {
      widen(txn);
      for (size_t i = 0; i < n; i++) txn.put(thing(cat("k", i)), "v");
      return Result<void>();
    };
  };
  CHECK(s.write(wide(5000)).has_value());
  CHECK_THROWS_AS((void)s.write(wide(kWideKeys + 1)), std::length_error);
  CHECK(s.write([](Txn& txn) { widen(txn); txn.put(thing("big"), std::string(2 * kMaxBytes, 'x')); return Result<void>(); }).has_value());
  CHECK_THROWS_AS((void)s.write([](Txn& txn) { txn.put(thing("big2"), std::string(kMaxBytes, 'x')); return Result<void>(); }), std::length_error);
  s.commit();
  CHECK(get(s, "k4999") == "v");
  CHECK(get(s, "big").size() == 2 * kMaxBytes);
}

TEST_CASE_TEMPLATE("versions grow, sequences have no gaps", T, BOTH) {
  T t;
  Store& s = *t.store;
  Version last = 0;
  for (uint64_t i = 1; i <= 20; i++) {
    Version mine = 0;
    if (i % 5 == 0) (void)s.write([](Txn& txn) -> Result<void> { txn.next(kScope, "seq"); return fail("No", "no"); });
    REQUIRE(s.write([&](Txn& txn) {
      CHECK(txn.next(kScope, "seq") == i);
      mine = txn.version();
      txn.put(thing("a"), "x");
      return Result<void>();
    }).has_value());
    CHECK(mine > last);
    last = mine;
    if (i % 3 == 0) s.commit();
    if (i % 3 == 0) s.read([&](Reader& r) { CHECK(r.get(thing("a"))->version == mine); });
  }
  (void)s.write([](Txn& txn) { CHECK(txn.next(scope_of("999999999999"), "seq") == 1); return Result<void>(); });
}

TEST_CASE_TEMPLATE("nested writes and commits are refused", T, BOTH) {
  T t;
  Store& s = *t.store;
  auto nothing = [](Txn&) { return Result<void>(); };
  s.read([&](Reader&) {
    CHECK_THROWS_AS((void)s.write(nothing), std::logic_error);
    CHECK_THROWS_AS(s.commit(), std::logic_error);
  });
  (void)s.write([&](Txn&) {
    CHECK_THROWS_AS((void)s.write(nothing), std::logic_error);
    CHECK_THROWS_AS(s.commit(), std::logic_error);
    return Result<void>();
  });
}

TEST_CASE_TEMPLATE("every subscriber hears of each batch with its keys, signals and earliest task", T, BOTH) {
  T t;
  Store& s = *t.store;
  std::mutex m;
  std::condition_variable wake;
  std::set<std::string> keys;
  std::set<Ticket> tickets;
  std::optional<Millis> earliest;
  int second = 0, applied = 0;
  s.on_applied([&] { applied++; });
  s.on_commit([&](const Store::Batch& b) {
    std::lock_guard lock(m);
    CHECK(b.ok);
    CHECK(s.committed() >= b.ticket);
    tickets.insert(b.ticket);
    keys.insert(b.keys.begin(), b.keys.end());
    if (b.earliest_task) earliest = b.earliest_task;
    wake.notify_all();
  });
  s.on_commit([&](const Store::Batch&) { std::lock_guard lock(m); second++; });
  put(s, "a", "1");
  REQUIRE(s.write([](Txn& txn) {
    txn.erase(thing("b"));
    txn.signal(thing("c"));
    txn.schedule(task_of("x", 500));
    txn.schedule(task_of("y", 300));
    return Result<void>();
  }).has_value());
  s.commit();
  s.commit();  // nothing to do
  std::unique_lock lock(m);
  CHECK(tickets == std::set<Ticket>{s.committed()});
  CHECK(applied == 1);
  CHECK(earliest == 300);
  const std::set<std::string> expected{thing("a").bytes(), thing("b").bytes(), thing("c").bytes()};
  CHECK(wake.wait_for(lock, std::chrono::seconds(5), [&] { return std::includes(keys.begin(), keys.end(), expected.begin(), expected.end()); }));
  CHECK(second > 0);
}

TEST_CASE_TEMPLATE("before_commit joins the batch; if it throws, the batch is committed without it", T, BOTH) {
  T t;
  Store& s = *t.store;
  int mode = 0;
  s.before_commit([&](Txn& txn) {
    txn.put(thing("log"), cat("a is ", txn.get(thing("a"))->bytes));
    if (mode == 1) throw std::runtime_error("bug");
    if (mode == 2) CHECK_THROWS_AS((void)s.write([](Txn&) { return Result<void>(); }), std::logic_error);
  });
  s.commit();  // nothing applied: not called
  CHECK(get(s, "log") == "(none)");
  put(s, "a", "1");
  s.commit();
  CHECK(get(s, "log") == "a is 1");
  mode = 1;
  put(s, "a", "2");
  CHECK_THROWS_AS(s.commit(), std::runtime_error);
  CHECK(get(s, "a") == "2");
  CHECK(get(s, "log") == "a is 1");
  mode = 2;
  put(s, "a", "3");
  s.commit();
  CHECK(get(s, "log") == "a is 3");
}

TEST_CASE_TEMPLATE("changes of authority tables are counted when applied", T, BOTH) {
  T t;
  Store& s = *t.store;
  const Key policy = key(kScope, Table{"iam", "policy", true}, "p");
  uint64_t before = s.authority_version();
  put(s, "a", "1");
  CHECK(s.authority_version() == before);
  (void)s.write([&](Txn& txn) -> Result<void> { txn.put(policy, "x"); return fail("No", "no"); });
  CHECK(s.authority_version() == before);
  REQUIRE(s.write([&](Txn& txn) { txn.put(policy, "x"); return Result<void>(); }).has_value());
  CHECK(s.authority_version() > before);
  before = s.authority_version();
  REQUIRE(s.write([&](Txn& txn) { txn.erase(policy); return Result<void>(); }).has_value());
  CHECK(s.authority_version() > before);
}

struct Counted {
  int64_t n = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, n); a(unknown); }
};

TEST_CASE_TEMPLATE("a cache gives committed records outside of writes, applied ones inside, and absence", T, BOTH) {
  T t;
  Store& s = *t.store;
  Cache<Counted> cache(s, kThings, 10);
  CHECK(cache.get(thing("a")) == nullptr);
  REQUIRE(s.write([&](Txn& txn) {
    CHECK(cache.get(txn, thing("a")) == nullptr);
    txn.put_record(thing("a"), Counted{1, {}});
    CHECK(cache.get(txn, thing("a"))->n == 1);
    return Result<void>();
  }).has_value());
  CHECK(cache.get(thing("a")) == nullptr);
  s.commit();
  CHECK(cache.get(thing("a"))->n == 1);
  CHECK(cache.get(thing("a")) == cache.get(thing("a")));  // the same decoded object
  for (int i = 0; i < 100; i++) cache.get(thing(cat("other", i)));
  CHECK(cache.size() <= 12);
  REQUIRE(s.write([&](Txn& txn) { txn.erase(thing("a")); return Result<void>(); }).has_value());
  s.commit();
  CHECK(cache.get(thing("a")) == nullptr);
  CHECK(s.reset({}).has_value());
}

TEST_CASE_TEMPLATE("a cache never gives less than what was acknowledged", T, BOTH) {
  T t;
  Store& s = *t.store;
  Cache<Counted> cache(s, kThings, 100);
  std::atomic<int64_t> acknowledged{0};
  std::atomic<bool> stop{false}, stale{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; i++) {
    readers.emplace_back([&, i] {
      while (!stop) {
        const int64_t at_least = acknowledged;
        Cache<Counted>::Value v;
        if (i == 0) s.read([&](Reader& r) { v = cache.get(r, thing("a")); });
        else v = cache.get(thing("a"));
        if ((v ? v->n : 0) < at_least) stale = true;
      }
    });
  }
  for (int64_t n = 1; n <= 1500; n++) {
    (void)s.write([&](Txn& txn) { txn.put_record(thing("a"), Counted{n, {}}); return Result<void>(); });
    s.commit();
    acknowledged = n;
    if (n % 100 == 0) std::this_thread::yield();
  }
  stop = true;
  for (auto& r : readers) r.join();
  CHECK_FALSE(stale);
}

TEST_CASE_TEMPLATE("writers on several threads lose nothing, and batches end in order", T, BOTH) {
  T t;
  Store& s = *t.store;
  std::atomic<Ticket> last{0};
  std::atomic<bool> disorder{false};
  s.on_commit([&](const Store::Batch& b) {
    if (b.earliest_task) {  // told once per ticket, with it
      if (b.ticket <= last) disorder = true;
      last = b.ticket;
    }
  });
  std::vector<std::thread> writers;
  for (int w = 0; w < 4; w++) {
    writers.emplace_back([&, w] {
      for (int i = 0; i < 200; i++) {
        auto ticket = s.write([&](Txn& txn) {
          uint64_t n = txn.next(kScope, "n");
          txn.put(thing(cat("n", 10000 + n)), cat(w));
          txn.schedule(task_of("x", 1));
          return Result<void>();
        });
        if (i % 7 == 0 || i == 199) {
          s.commit();
          if (s.committed() < *ticket) disorder = true;
        }
      }
    });
  }
  for (auto& w : writers) w.join();
  CHECK_FALSE(disorder);
  s.read([](Reader& r) {
    int n = 0;
    r.scan_prefix(key(kScope, kThings), [&](std::string_view k, std::string_view, Version) {
      n++;
      return key_parts(k).at(0) == cat("n", 10000 + n);
    });
    CHECK(n == 800);
  });
  CHECK(s.stats().tasks == 800);
}

}  // namespace
}  // namespace fogbank::store
