// Helpers of the store's tests: a directory that goes away, and the two stores by type for doctest's templates.
#pragma once
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "store/cache.h"
#include "store/sqlite_store.h"
#include "store/store.h"

namespace fogbank::store {

struct TestDirectory {
  TestDirectory() {
    path = (std::filesystem::temp_directory_path() / "fogbank-test-XXXXXX").string();
    if (!::mkdtemp(path.data())) throw std::runtime_error("no temporary directory");
  }
  ~TestDirectory() { std::filesystem::remove_all(path); }
  std::string path;
};

inline std::unique_ptr<Store> open_at(const std::string& directory, Durability durability = Durability::process) {
  auto store = open_sqlite(Options{directory, durability});
  if (!store) throw std::runtime_error(store.error().message);
  return std::move(*store);
}

struct OnSqlite {
  TestDirectory directory;
  std::unique_ptr<Store> store = open_at(directory.path);
};
struct OnHostile {
  TestDirectory directory;
  std::unique_ptr<Store> store = open_hostile({7, 0.3, 0.3});
};

inline Scope scope_of(std::string_view account, std::string_view region = "eu-central-1") {
  return {Partition("aws"), AccountId(account), Region(region)};
}
inline const Scope kScope = scope_of("111122223333");
inline constexpr Table kThings{"demo", "thing"};
inline Key thing(std::string_view name) { return key(kScope, kThings, name); }

inline void put(Store& store, std::string_view name, std::string_view bytes) {
  auto done = store.write([&](Txn& t) { t.put(thing(name), bytes); return Result<void>(); });
  REQUIRE(done.has_value());
}
inline std::string get(Store& store, std::string_view name) {
  std::string out = "(none)";
  store.read([&](Reader& r) { if (auto item = r.get(thing(name))) out = item->bytes; });
  return out;
}
inline std::string names(Reader& reader, const Key& from, const Key& to, Order order = Order::ascending) {
  std::string out;
  reader.scan(from, to, order, [&](std::string_view k, std::string_view bytes, Version) {
    out += cat(key_parts(k).at(0), '=', bytes, ' ');
    return true;
  });
  return out;
}
inline std::string everything(Reader& reader, Order order = Order::ascending) {
  const Key all = key(kScope, kThings);
  return names(reader, all, all.after_prefix(), order);
}

inline Task task_of(std::string_view payload, Millis due, std::string_view account = "111122223333") {
  Task t;
  t.kind = "demo.work";
  t.scope = scope_of(account);
  t.payload = payload;
  t.due = due;
  return t;
}
inline uint64_t schedule(Store& store, Task task) {
  uint64_t id = 0;
  REQUIRE(store.write([&](Txn& t) { id = t.schedule(task); return Result<void>(); }).has_value());
  store.commit();
  return id;
}
inline bool all_kinds(std::string_view) { return true; }
inline std::string payloads(const std::vector<Task>& tasks) {
  std::string out;
  for (const Task& t : tasks) out += t.payload + " ";
  return out;
}

inline BlobRef make_blob(Store& store, std::string_view bytes) {
  auto writer = store.new_blob();
  REQUIRE(writer.has_value());
  for (size_t at = 0; at < bytes.size(); at += 50'000) REQUIRE((*writer)->append(bytes.substr(at, 50'000)).has_value());
  auto ref = (*writer)->finish();
  REQUIRE(ref.has_value());
  return *ref;
}
inline std::string blob_bytes(Store& store, const BlobRef& ref) {
  auto reader = store.open_blob(ref);
  if (!reader) return "(none)";
  auto bytes = (*reader)->read(0, size_t(ref.size) + 1);
  return bytes ? *bytes : "(unreadable)";
}
inline std::string big(char c, size_t n = 200'000) { return std::string(n, c); }

}  // namespace fogbank::store
