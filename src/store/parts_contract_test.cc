// The contract of store.h, for both implementations: tasks, blobs, resets and snapshots.
#include <unistd.h>

#include <fstream>

#include "store/test_store.h"

namespace fogbank::store {
namespace {

#define BOTH OnSqlite, OnHostile

void write(Store& s, const std::function<void(Txn&)>& f) {
  REQUIRE(s.write([&](Txn& txn) { f(txn); return Result<void>(); }).has_value());
  s.commit();
}

TEST_CASE_TEMPLATE("due tasks are claimed oldest first and once", T, BOTH) {
  T t;
  Store& s = *t.store;
  schedule(s, task_of("c", 300));
  schedule(s, task_of("a", 100));
  schedule(s, task_of("b", 100));
  schedule(s, task_of("later", 1000));
  CHECK(s.next_due(true) == 100);
  CHECK(s.claim(99, 10, all_kinds).empty());
  auto tasks = s.claim(300, 2, all_kinds);
  CHECK(payloads(tasks) == "a b ");
  CHECK(tasks[0].due == 100);
  CHECK(tasks[0].scope == kScope);
  CHECK(tasks[0].kind == "demo.work");
  CHECK(s.claimed() == 2);
  CHECK(s.next_due(true) == 300);
  CHECK(payloads(s.claim(300, 10, all_kinds)) == "c ");
  CHECK(s.claim(300, 10, all_kinds).empty());
  CHECK(s.next_due(true) == 1000);
  s.release(tasks[1].id);
  CHECK(s.next_due(true) == 100);
  CHECK(payloads(s.claim(300, 10, all_kinds)) == "b ");
  for (auto& task : tasks) {
    write(s, [&](Txn& txn) { txn.cancel(task.id); });
    s.release(task.id);
  }
  CHECK(s.claimed() == 1);
  CHECK(s.stats().tasks == 2);
}

TEST_CASE_TEMPLATE("an applied task is claimable only after its commit; a cancelled one never", T, BOTH) {
  T t;
  Store& s = *t.store;
  uint64_t id = 0;
  REQUIRE(s.write([&](Txn& txn) { id = txn.schedule(task_of("a", 1)); txn.cancel(txn.schedule(task_of("b", 1))); return Result<void>(); }).has_value());
  CHECK(s.claim(10, 10, all_kinds).empty());
  s.commit();
  write(s, [&](Txn& txn) { txn.cancel(id); txn.cancel(id); txn.cancel(12345); });
  CHECK(s.claim(10, 10, all_kinds).empty());
  CHECK_FALSE(s.next_due(true).has_value());
}

TEST_CASE_TEMPLATE("a rescheduled task keeps its id and its new content", T, BOTH) {
  T t;
  Store& s = *t.store;
  const uint64_t id = schedule(s, task_of("a", 100));
  for (int round = 1; round <= 3; round++) {
    auto claimed = s.claim(round * 1000, 1, all_kinds);
    REQUIRE(claimed.size() == 1);
    Task task = claimed[0];
    CHECK(task.id == id);
    CHECK(task.attempts == round - 1);
    task.due = round * 1000;
    task.attempts++;
    task.payload += "+";
    write(s, [&](Txn& txn) { txn.reschedule(task); });
    CHECK(s.claim(round * 1000, 1, all_kinds).empty());  // still leased
    s.release(task.id);
    CHECK(s.next_due(true) == round * 1000);
    CHECK(s.claim(round * 1000 - 1, 1, all_kinds).empty());
  }
  auto claimed = s.claim(9999, 1, all_kinds);
  CHECK(payloads(claimed) == "a+++ ");
  write(s, [&](Txn& txn) { txn.cancel(id); });
  s.release(id);
  Task gone = task_of("gone", 1);
  gone.id = id;
  write(s, [&](Txn& txn) { txn.reschedule(gone); });
  CHECK(s.stats().tasks == 0);
}

TEST_CASE_TEMPLATE("a million of one account do not starve another; wanted() leaves kinds where they are", T, BOTH) {
  T t;
  Store& s = *t.store;
  REQUIRE(s.write([](Txn& txn) {
    for (int i = 0; i < 300; i++) txn.schedule(task_of("busy", 1, "111111111111"));
    for (int i = 0; i < 3; i++) txn.schedule(task_of("quiet", 500, "222222222222"));
    Task other = task_of("other", 0, "222222222222");
    other.kind = "demo.other";
    txn.schedule(other);
    return Result<void>();
  }).has_value());
  s.commit();
  auto not_other = [](std::string_view kind) { return kind != "demo.other"; };
  for (int round = 0; round < 3; round++) {
    auto tasks = s.claim(1000, 4, not_other);
    CHECK(tasks.size() == 4);
    CHECK(std::count_if(tasks.begin(), tasks.end(), [](const Task& x) { return x.payload == "quiet"; }) >= (round < 2 ? 1 : 0));
  }
  CHECK(s.claim(1000, 1, [](std::string_view kind) { return kind == "demo.other"; }).size() == 1);
  // One at a time still takes turns.
  std::string turns;
  REQUIRE(s.write([](Txn& txn) { for (int i = 0; i < 3; i++) txn.schedule(task_of("q", 500, "222222222222")); return Result<void>(); }).has_value());
  s.commit();
  for (int i = 0; i < 6; i++) turns += payloads(s.claim(1000, 1, not_other));
  CHECK(turns.find("busy busy busy busy") == std::string::npos);
}

TEST_CASE_TEMPLATE("a lane runs one task at a time, in order of due time and id", T, BOTH) {
  T t;
  Store& s = *t.store;
  auto in_lane = [](std::string_view payload, Millis due, std::string_view lane = "L") {
    Task task = task_of(payload, due);
    task.lane = lane;
    return task;
  };
  schedule(s, in_lane("2", 200));
  schedule(s, in_lane("3", 300));
  schedule(s, in_lane("1", 100));
  schedule(s, in_lane("x", 50, "M"));
  Task elsewhere = in_lane("y", 60);
  elsewhere.scope.account = AccountId("999999999999");
  schedule(s, elsewhere);
  auto first = s.claim(1000, 10, all_kinds);
  std::vector<std::string> got;
  for (auto& task : first) got.push_back(task.payload);
  std::sort(got.begin(), got.end());
  CHECK(got == std::vector<std::string>{"1", "x", "y"});
  schedule(s, in_lane("0", 10));  // earlier, but the lane is taken
  CHECK(s.claim(1000, 10, all_kinds).empty());
  std::string order;
  Task current = *std::find_if(first.begin(), first.end(), [](const Task& x) { return x.payload == "1"; });
  for (int i = 0; i < 3; i++) {
    write(s, [&](Txn& txn) { txn.cancel(current.id); });
    s.release(current.id);
    auto next = s.claim(1000, 10, all_kinds);
    REQUIRE(next.size() == 1);
    order += next[0].payload;
    current = next[0];
  }
  CHECK(order == "023");
}

TEST_CASE_TEMPLATE("a held task keeps its lane, a skipped one lets the others pass", T, BOTH) {
  T t;
  Store& s = *t.store;
  for (bool held : {true, false}) {
    Task a = task_of("a", 100), b = task_of("b", 200);
    a.lane = b.lane = cat("lane", held);
    schedule(s, a);
    schedule(s, b);
    auto first = s.claim(1000, 10, all_kinds);
    REQUIRE(payloads(first) == "a ");
    Task retry = first[0];
    retry.due = 5000;
    retry.attempts = 1;
    retry.held = held;
    write(s, [&](Txn& txn) { txn.reschedule(retry); });
    s.release(retry.id);
    auto next = s.claim(1000, 10, all_kinds);
    CHECK(payloads(next) == (held ? "" : "b "));
    CHECK(s.next_due(true) == (held ? std::optional<Millis>(5000) : std::nullopt));  // with b claimed its lane has nothing to run
    if (!held) {
      write(s, [&](Txn& txn) { txn.cancel(next[0].id); });
      s.release(next[0].id);
    }
    auto again = s.claim(6000, 10, all_kinds);
    REQUIRE(payloads(again) == "a ");
    write(s, [&](Txn& txn) { txn.cancel(again[0].id); });
    s.release(again[0].id);
    for (auto& task : s.claim(6000, 10, all_kinds)) {
      CHECK(task.payload == "b");
      write(s, [&](Txn& txn) { txn.cancel(task.id); });
      s.release(task.id);
    }
  }
}

TEST_CASE_TEMPLATE("recurring tasks do not count as work to come", T, BOTH) {
  T t;
  Store& s = *t.store;
  Task rate = task_of("rate", 100);
  rate.recurring = true;
  schedule(s, rate);
  CHECK_FALSE(s.next_due(false).has_value());
  CHECK(s.next_due(true) == 100);
  schedule(s, task_of("once", 700));
  CHECK(s.next_due(false) == 700);
  CHECK(s.next_due(true) == 100);
}

TEST_CASE_TEMPLATE("blobs come back, small and large", T, BOTH) {
  T t;
  Store& s = *t.store;
  for (size_t n : {size_t(0), size_t(1), kInlineBlob, kInlineBlob + 1, size_t(1'000'000)}) {
    std::string bytes;
    for (size_t i = 0; i < n; i++) bytes += char(i * 7 + i / 251);
    BlobRef ref = make_blob(s, bytes);
    CHECK(ref.size == int64_t(n));
    CHECK((ref.file == 0) == (n <= kInlineBlob));
    write(s, [&](Txn& txn) { txn.keep(ref, thing("a")); txn.put_record(thing("a"), ref); });
    s.read([&](Reader& r) { ref = *r.get_as<BlobRef>(thing("a")); });
    CHECK(blob_bytes(s, ref) == bytes);
    auto reader = s.open_blob(ref);
    REQUIRE(reader.has_value());
    CHECK(((*reader)->fd() >= 0) == (n > kInlineBlob));
    CHECK((*reader)->size() == int64_t(n));
    CHECK(*(*reader)->read(int64_t(n) / 2, 10) == bytes.substr(n / 2, 10));
    CHECK((*reader)->read(int64_t(n), 10)->empty());
    CHECK((*reader)->read(-1, 10)->empty());
  }
  CHECK(s.stats().blobs == 2);
  CHECK(s.stats().blob_bytes == kInlineBlob + 1 + 1'000'000);
}

TEST_CASE_TEMPLATE("a dropped blob stays readable for whoever resolved it", T, BOTH) {
  T t;
  Store& s = *t.store;
  BlobRef ref = make_blob(s, big('a'));
  write(s, [&](Txn& txn) { txn.keep(ref, thing("a")); });
  auto reader = s.open_blob(ref);
  REQUIRE(reader.has_value());
  write(s, [&](Txn& txn) { txn.drop(ref); });
  CHECK(*(*reader)->read(0, 3) == "aaa");
  CHECK(blob_bytes(s, ref) == big('a'));
  CHECK(s.stats().blobs == 0);
}

TEST_CASE_TEMPLATE("a reset of everything leaves nothing and raises the epoch", T, BOTH) {
  T t;
  Store& s = *t.store;
  BlobRef ref = make_blob(s, big('a'));
  write(s, [&](Txn& txn) { txn.keep(ref, thing("a")); txn.put(thing("a"), "1"); txn.next(kScope, "n"); });
  schedule(s, task_of("x", 1));
  CHECK(s.claim(10, 10, all_kinds).size() == 1);
  const uint64_t epoch = s.epoch();
  const Ticket ticket = s.committed();
  put(s, "applied", "but not committed");
  REQUIRE(s.reset({}).has_value());
  CHECK(s.epoch() > epoch);
  CHECK(s.committed() > ticket);
  CHECK(s.committed() == s.applied() + 1);
  s.read([](Reader& r) { CHECK(everything(r) == ""); });
  CHECK_FALSE(s.next_due(true).has_value());
  CHECK(s.claimed() == 0);
  auto stats = s.stats();
  CHECK(stats.records + stats.tasks + stats.blobs == 0);
  write(s, [&](Txn& txn) { CHECK(txn.next(kScope, "n") == 1); });
  BlobRef fresh = make_blob(s, big('b'));
  CHECK(fresh.file != ref.file);
  write(s, [&](Txn& txn) { txn.keep(fresh, thing("b")); });
  CHECK(blob_bytes(s, fresh) == big('b'));
}

TEST_CASE_TEMPLATE("a reset of an account or a service leaves the others", T, BOTH) {
  T t;
  Store& s = *t.store;
  const Table sqs{"sqs", "queue"}, s3{"s3", "bucket"};
  const Scope one = scope_of("111111111111"), two = scope_of("222222222222", "us-east-1");
  std::map<std::string, BlobRef> blobs;
  auto fill = [&] {
    for (const Scope& scope : {one, two, one.global(), two.global()}) {
      for (const Table& table : {sqs, s3}) {
        BlobRef ref = make_blob(s, big('a', 70'000));
        blobs[cat(scope.account, table.service)] = ref;
        write(s, [&](Txn& txn) {
          const Key k = key(scope, table, "a");
          txn.put(k, "1");
          txn.keep(ref, k);
          Task task = task_of("x", 1, scope.account.value);
          task.kind = cat(table.service, ".work");
          task.lane = scope.region.empty() ? "shared" : "";
          txn.schedule(task);
        });
      }
    }
  };
  auto present = [&] {
    std::string out;
    s.read([&](Reader& r) {
      for (const Scope& scope : {one, two, one.global(), two.global()}) {
        for (const Table& table : {sqs, s3}) if (r.has(key(scope, table, "a"))) out += cat(scope.account.value.substr(0, 1), table.service, ' ');
      }
    });
    return out;
  };
  fill();
  const uint64_t epoch = s.epoch();
  REQUIRE(s.reset({"111111111111", ""}).has_value());
  CHECK(s.epoch() > epoch);
  CHECK(present() == "2sqs 2s3 2sqs 2s3 ");
  CHECK(s.stats().tasks == 4);
  CHECK(s.stats().blobs == 4);
  REQUIRE(s.reset({"", "sqs"}).has_value());
  CHECK(present() == "2s3 2s3 ");
  CHECK(s.stats().blobs == 2);
  auto tasks = s.claim(10, 10, all_kinds);
  REQUIRE(tasks.size() == 2);  // also the one that waited in a lane behind the other service's
  CHECK(tasks[0].kind == "s3.work");
  CHECK(blob_bytes(s, blobs["222222222222s3"]) == big('a', 70'000));
  REQUIRE(s.reset({"222222222222", "sqs"}).has_value());
  CHECK(present() == "2s3 2s3 ");
}

TEST_CASE_TEMPLATE("a snapshot brings everything back and raises the epoch", T, BOTH) {
  T t;
  Store& s = *t.store;
  const std::string file = t.directory.path + "/snapshot";
  BlobRef ref = make_blob(s, big('a'));
  write(s, [&](Txn& txn) { txn.keep(ref, thing("a")); txn.put(thing("a"), "1"); txn.next(kScope, "n"); });
  const uint64_t id = schedule(s, task_of("x", 5));
  put(s, "applied", "2");
  REQUIRE(s.save_snapshot(file).has_value());
  write(s, [&](Txn& txn) { txn.put(thing("a"), "changed"); txn.put(thing("new"), "1"); txn.drop(ref); txn.cancel(id); txn.next(kScope, "n"); });
  BlobRef other = make_blob(s, big('o'));
  write(s, [&](Txn& txn) { txn.keep(other, thing("o")); });
  schedule(s, task_of("y", 1));
  CHECK(s.claim(10, 10, all_kinds).size() == 1);
  Version newest = 0;
  write(s, [&](Txn& txn) { newest = txn.version(); });
  const uint64_t epoch = s.epoch();
  for (int round = 0; round < 2; round++) {
    REQUIRE(s.load_snapshot(file).has_value());
    CHECK(s.epoch() > epoch);
    s.read([](Reader& r) { CHECK(everything(r) == "a=1 applied=2 "); });
    CHECK(blob_bytes(s, ref) == big('a'));
    CHECK(s.stats().blobs == 1);
    CHECK(s.claimed() == 0);
    auto tasks = s.claim(10, 10, all_kinds);
    REQUIRE(payloads(tasks) == "x ");
    CHECK(tasks[0].id == id);
    write(s, [&](Txn& txn) {
      CHECK(txn.next(kScope, "n") == 2);
      CHECK(txn.version() > newest);
      txn.put(thing("after"), "1");
    });
    BlobRef fresh = make_blob(s, big('f'));
    CHECK(fresh.file != ref.file);
    write(s, [&](Txn& txn) { txn.keep(fresh, thing("f")); });
    CHECK(blob_bytes(s, fresh) == big('f'));
    CHECK(blob_bytes(s, ref) == big('a'));
  }
}

TEST_CASE_TEMPLATE("a snapshot gives back what was attached to it, before anything is replaced", T, BOTH) {
  T t;
  auto& s = dynamic_cast<AttachingStore&>(*t.store);
  const std::string file = t.directory.path + "/snapshot";
  put(s, "a", "1");
  REQUIRE(s.save_snapshot_with(file, {{"kms.key", Secret(std::string("\0secret", 7))}, {"empty", Secret()}}).has_value());
  put(s, "a", "2");
  s.commit();
  const uint64_t epoch = s.epoch();
  auto refused = s.load_snapshot_with(file, [](const Attachments&) -> Result<void> { return fail("No", "not these"); });
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == "No");
  CHECK(s.epoch() == epoch);
  CHECK(get(s, "a") == "2");
  std::string found;
  REQUIRE(s.load_snapshot_with(file, [&](const Attachments& all) -> Result<void> {
    for (const Attachment& a : all) found += cat(a.name, "=", a.bytes.view(), ";");
    found += get(s, "a");
    return {};
  }).has_value());
  CHECK(found == std::string("kms.key=\0secret;empty=;2", 24));
  CHECK(get(s, "a") == "1");
  REQUIRE(s.load_snapshot(file).has_value());
  CHECK_THROWS_AS((void)s.save_snapshot_with(file, {{"large", Secret(std::string(kMaxAttachmentBytes + 1, 'x'))}}), std::length_error);
  REQUIRE(s.load_snapshot(file).has_value());   // the file of before
}

TEST_CASE_TEMPLATE("a damaged or foreign snapshot is refused and changes nothing", T, BOTH) {
  T t;
  Store& s = *t.store;
  const std::string file = t.directory.path + "/snapshot", bad = t.directory.path + "/bad";
  BlobRef ref = make_blob(s, big('a'));
  write(s, [&](Txn& txn) { txn.keep(ref, thing("a")); txn.put(thing("a"), "1"); });
  REQUIRE(s.save_snapshot(file).has_value());
  write(s, [&](Txn& txn) { txn.put(thing("a"), "2"); });
  std::ifstream in(file, std::ios::binary);
  const std::string good((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const uint64_t epoch = s.epoch();
  auto refused = [&](const std::string& bytes) {
    std::ofstream(bad, std::ios::binary) << bytes;
    auto done = s.load_snapshot(bad);
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().code == "InvalidSnapshot");
    CHECK(s.epoch() == epoch);
    CHECK(get(s, "a") == "2");
    CHECK(blob_bytes(s, ref) == big('a'));
  };
  refused("");
  refused("SQLite format 3");
  refused(std::string(100'000, 'x'));
  refused(good.substr(0, good.size() - 1));
  refused(good.substr(0, good.size() / 2));
  refused(good + "x");
  std::string flipped = good;
  flipped[good.size() - 100'000] ^= 1;  // in the blob
  refused(flipped);
  flipped = good;
  flipped[5000 % good.size()] ^= 1;
  refused(flipped);
  std::string other = good;
  other.replace(19, 8, "another ");
  refused(other);
  CHECK(s.load_snapshot(t.directory.path + "/absent").error().code == "InvalidSnapshot");
  CHECK(s.load_snapshot(file).has_value());
  CHECK(get(s, "a") == "1");
}

}  // namespace
}  // namespace fogbank::store
