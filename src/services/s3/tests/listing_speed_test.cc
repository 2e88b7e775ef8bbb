// How long listings take on a large bucket. Run by hand: service_s3_tests -ns -tc="*listing of a million*"
#include <time.h>

#include <cstdio>

#include "services/s3/listing.h"
#include "services/s3/tests/fixture.h"

using namespace fogbank;
using namespace fogbank::s3;
using namespace fogbank::s3::testing;

TEST_CASE("a listing of a million keys, each with a past version" * doctest::skip()) {
  Fixture f(false);
  BucketPtr bucket = find_bucket(f.t.core(), Partition("aws"), "bucket");
  Bucket record = bucket->record;
  record.versioning = Versioning::enabled;
  REQUIRE(f.t.store().write([&](store::Txn& tx) -> Result<void> { tx.put_record(bucket_key(Partition("aws"), "bucket"), record); return {}; }));
  f.t.store().commit();
  auto key = [](int i) { return cat("folder-", i / 1000, "/key-", 1'000'000 + i); };
  SeededRandom random(1);
  for (int i = 0; i < 1'000'000; i += 250) {
    REQUIRE(f.t.store().write([&](store::Txn& tx) -> Result<void> {
      for (int k = i; k < i + 250; k++) {
        Object o;
        o.size = 1000;
        o.etag = "d41d8cd98f00b204e9800998ecf8427e";
        o.blob.inline_bytes = std::string(1000, 'x');
        o.blob.size = 1000;
        for (uint64_t order : {uint64_t(1), uint64_t(2)}) {
          o.order = order;
          o.version_id = new_version_id(order, random);
          if (order == 2) tx.put_record(object_key(*bucket, key(k)), o);
          else tx.put_record(version_key(*bucket, key(k), order), o);
        }
      }
      return {};
    }));
    f.t.store().commit();
  }
  auto time = [&](const char* what, auto&& call) {
    int64_t best = INT64_MAX, best_work = INT64_MAX;
    size_t n = 0;
    auto worked = [] { timespec t{}; ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t); return int64_t(t.tv_sec) * 1'000'000 + t.tv_nsec / 1000; };
    for (int i = 0; i < 5; i++) {
      int64_t begin = steady_micros(), work = worked();
      f.t.store().read([&](store::Reader& reader) { n = call(reader); });
      best_work = std::min(best_work, worked() - work);
      best = std::min(best, steady_micros() - begin);
    }
    std::printf("%-40s %6zu entries %8.2f ms, %8.2f ms of processor time\n", what, n, double(best) / 1000, double(best_work) / 1000);
  };
  bucket = find_bucket(f.t.core(), Partition("aws"), "bucket");
  std::string middle = key(500'123);
  time("1,000 objects from the beginning", [&](store::Reader& r) { return list_objects(r, *bucket, {"", "", "", 1000}).entries.size(); });
  time("1,000 objects from the middle", [&](store::Reader& r) { return list_objects(r, *bucket, {"", "", middle, 1000}).entries.size(); });
  time("1,000 folders", [&](store::Reader& r) { return list_objects(r, *bucket, {"", "/", "", 1000}).entries.size(); });
  time("1,000 versions from the middle", [&](store::Reader& r) { return list_versions(r, *bucket, {"", "", middle, 1000}, {}).entries.size(); });
  time("1,000 folders of versions", [&](store::Reader& r) { return list_versions(r, *bucket, {"", "/", "", 1000}, {}).entries.size(); });
}
