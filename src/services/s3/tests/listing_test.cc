#include <doctest/doctest.h>

#include <set>

#include "base/random.h"
#include "services/s3/listing.h"

using namespace fogbank;
using namespace fogbank::s3;

namespace {

BucketInfo test_bucket(uint64_t id) {
  BucketInfo b;
  b.record.id = id;
  b.record.name = "b";
  b.scope = {Partition("aws"), AccountId("123456789012"), Region("us-east-1")};
  return b;
}

void fill(store::Store& store, const BucketInfo& bucket, const std::vector<std::string>& keys) {
  for (size_t at = 0; at < keys.size(); at += 200) {
    auto done = store.write([&](store::Txn& tx) -> Result<void> {
      for (size_t i = at; i < std::min(keys.size(), at + 200); i++) {
        Object o;
        o.size = int64_t(i);
        tx.put_record(object_key(bucket, keys[i]), o);
      }
      return {};
    });
    REQUIRE(done);
  }
  store.commit();
}

ListPage page_of(store::Store& store, const BucketInfo& bucket, const ListQuery& q) {
  ListPage page;
  store.read([&](store::Reader& r) { page = list_objects(r, bucket, q); });
  return page;
}

std::vector<std::string> names(const ListPage& page) {
  std::vector<std::string> out;
  for (const auto& e : page.entries) out.push_back((e.common_prefix ? "P:" : "") + e.key);
  return out;
}

/// The listing by its definition: roll up everything, then cut.
std::vector<std::string> expected(const std::set<std::string>& keys, const ListQuery& q) {
  std::vector<std::string> out;
  for (const auto& key : keys) {
    if (!std::string_view(key).starts_with(q.prefix) || (!q.after.empty() && key <= q.after)) continue;
    std::string_view common = common_prefix_of(key, q.prefix, q.delimiter);
    if (common.empty()) { out.push_back(key); continue; }
    if (q.after.starts_with(common)) continue;
    std::string entry = "P:" + std::string(common);
    if (out.empty() || out.back() != entry) out.push_back(entry);
  }
  return out;
}

}  // namespace

TEST_CASE("a listing rolls keys up at the delimiter and skips what is inside") {
  auto store = store::open_hostile({1, 0, 0});
  BucketInfo b = test_bucket(1), other = test_bucket(2);
  fill(*store, b, {"a", "a/1", "a/2", "a/b/3", "b", "c/1", std::string("n\0l", 3), "n", "\xc3\xbc", "zz"});
  fill(*store, other, {"not mine"});
  CHECK(names(page_of(*store, b, {"", "/", "", 1000})) == std::vector<std::string>{"a", "P:a/", "b", "P:c/", "n", std::string("n\0l", 3), "zz", "\xc3\xbc"});
  CHECK(names(page_of(*store, b, {"a/", "/", "", 1000})) == std::vector<std::string>{"a/1", "a/2", "P:a/b/"});
  CHECK(names(page_of(*store, b, {"", "/", "a/", 1000})).front() == "b");     // behind a common prefix
  CHECK(names(page_of(*store, b, {"", "/", "a/1", 1000})).front() == "b");    // behind a key inside one
  CHECK(names(page_of(*store, b, {"", "", "a/1", 2})) == std::vector<std::string>{"a/2", "a/b/3"});
  CHECK(names(page_of(*store, b, {std::string_view("n\0", 2), "", "", 10})) == std::vector<std::string>{std::string("n\0l", 3)});
  ListPage first = page_of(*store, b, {"", "/", "", 2});
  CHECK(first.truncated);
  CHECK(names(first) == std::vector<std::string>{"a", "P:a/"});
  CHECK_FALSE(page_of(*store, b, {"", "/", "", 8}).truncated);
  CHECK(page_of(*store, b, {"", "", "", 0}).entries.empty());
  CHECK_FALSE(page_of(*store, b, {"", "", "", 0}).truncated);
  CHECK(page_of(*store, b, {"", "", "\xc3\xbd", 10}).entries.size() == 0);
}

TEST_CASE("pages of any size put together are the whole listing") {
  auto store = store::open_hostile({2, 0.2, 0.3});
  BucketInfo b = test_bucket(1);
  SeededRandom random(7);
  std::set<std::string> keys;
  while (keys.size() < 600) {
    std::string key;
    for (uint64_t n = 1 + random.below(6); n; n--) key += "ab/-"[random.below(4)];
    keys.insert(key);
  }
  fill(*store, b, {keys.begin(), keys.end()});
  for (std::string_view prefix : {"", "a", "a/", "ab/", "//"}) {
    for (std::string_view delimiter : {"", "/", "b", "-/"}) {
      for (int max : {1, 3, 1000}) {
        std::vector<std::string> got, want = expected(keys, {prefix, delimiter, "", 0});
        std::string after;
        for (int pages = 0; pages < 700; pages++) {
          ListPage page = page_of(*store, b, {prefix, delimiter, after, max});
          for (auto& n : names(page)) got.push_back(n);
          if (!page.truncated) break;
          after = page.entries.back().key;
        }
        CHECK(got == want);
      }
    }
  }
}

TEST_CASE("many keys inside one common prefix cost a seek, not a scan") {
  auto store = store::open_hostile({3, 0, 0});
  BucketInfo b = test_bucket(1);
  std::vector<std::string> keys;
  for (int folder = 0; folder < 3; folder++) for (int i = 0; i < 3000; i++) keys.push_back(cat("f", folder, "/", i));
  fill(*store, b, keys);
  struct Counting : store::Reader {
    store::Reader& inner;
    int visited = 0;
    explicit Counting(store::Reader& r) : inner(r) {}
    std::optional<store::Item> get(const store::Key& key) override { return inner.get(key); }
    void scan(const store::Key& from, const store::Key& to, store::Order order, const Visit& visit) override {
      inner.scan(from, to, order, [&](std::string_view k, std::string_view v, store::Version n) { visited++; return visit(k, v, n); });
    }
  };
  store->read([&](store::Reader& r) {
    Counting counting(r);
    ListPage page = list_objects(counting, b, {"", "/", "", 1000});
    CHECK(page.entries.size() == 3);
    CHECK(counting.visited < 60);
  });
}

TEST_CASE("uploads of one key follow in the order of their beginning") {
  auto store = store::open_hostile({4, 0, 0});
  BucketInfo b = test_bucket(1);
  REQUIRE(store->write([&](store::Txn& tx) -> Result<void> {
    for (const char* key : {"a", "f/1", "f/2"}) for (const char* id : {"u1", "u2"}) tx.put_record(upload_key(b, key, id), Upload{});
    return {};
  }));
  store->commit();
  auto list = [&](const ListQuery& q, std::string_view after_upload) {
    std::vector<std::string> out;
    store->read([&](store::Reader& r) {
      for (const auto& e : list_uploads(r, b, q, after_upload).entries) out.push_back(e.common_prefix ? "P:" + e.key : e.key + "#" + e.upload_id);
    });
    return out;
  };
  CHECK(list({"", "", "", 10}, "") == std::vector<std::string>{"a#u1", "a#u2", "f/1#u1", "f/1#u2", "f/2#u1", "f/2#u2"});
  CHECK(list({"", "/", "", 10}, "") == std::vector<std::string>{"a#u1", "a#u2", "P:f/"});
  CHECK(list({"", "", "a", 1}, "u1") == std::vector<std::string>{"a#u2"});
  CHECK(list({"", "", "a", 1}, "") == std::vector<std::string>{"f/1#u1"});
  CHECK(list({"", "/", "f/", 10}, "").empty());
}

TEST_CASE("continuation tokens carry any key and refuse what is not theirs") {
  std::string key("a\0/\xc3\xbc", 5);
  CHECK(*read_token(make_token(key)) == key);
  for (const char* bad : {"", "abc", "AQAAAABh", "!!!!"}) CHECK_MESSAGE(!read_token(bad), bad);
}
