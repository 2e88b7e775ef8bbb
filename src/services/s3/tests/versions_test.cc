// Versions, delete markers and locks through the whole chain, on a store that runs write functions again at random.
#include "services/s3/tests/fixture.h"
#include "services/s3/listing.h"
#include "services/s3/lock_rules.h"
#include "services/s3/versions.h"

using namespace fogbank;
using namespace fogbank::s3;
using namespace fogbank::s3::testing;

namespace {

struct Versioned : Fixture {
  explicit Versioned(bool lock = false) {
    if (!lock) {
      set("Enabled");
      return;
    }
    svc::DeleteBucketRequest gone{};
    gone.Bucket = "bucket";
    REQUIRE(t.call<op::DeleteBucket>(gone));
    svc::CreateBucketRequest in{};
    in.Bucket = "bucket";
    in.ObjectLockEnabledForBucket = true;
    REQUIRE(t.call<op::CreateBucket>(in));
  }
  void set(const char* status) { CHECK(code(try_set(status)) == ""); }
  Result<void> try_set(const char* status) {
    svc::PutBucketVersioningRequest in{};
    in.Bucket = "bucket";
    in.VersioningConfiguration = t.arena().make<svc::VersioningConfiguration>();
    in.VersioningConfiguration->Status = status;
    auto r = t.call<op::PutBucketVersioning>(in);
    if (!r) return fail(r.error());
    return {};
  }
  /// The version id of a successful write, "" if it tells none.
  std::string add(std::string_view key, std::string_view bytes) {
    auto r = put(key, bytes);
    REQUIRE(r);
    return std::string((*r)->VersionId.view());
  }
  std::string get_version(std::string_view key, std::string_view id) {
    auto in = get_request(key);
    in.VersionId = S(id);
    auto r = t.call<op::GetObject>(in);
    return r ? sent() : "error " + r.error().code;
  }
  std::string erase(std::string_view key, std::string_view id, bool bypass = false) {
    svc::DeleteObjectRequest in{};
    in.Bucket = "bucket";
    in.Key = S(key);
    if (!id.empty()) in.VersionId = S(id);
    if (bypass) in.BypassGovernanceRetention = true;
    auto r = t.call<op::DeleteObject>(in);
    if (!r) return "error " + r.error().code;
    return cat((*r)->DeleteMarker.value_or(false) ? "marker " : "", (*r)->VersionId.view());
  }
  /// "key=id*" per entry of a listing, a star for the latest, "!" for delete markers, in the order of the walk.
  std::string versions(ListQuery q = {}, std::optional<VersionName> after = {}) {
    std::string out;
    t.store().read([&](store::Reader& reader) {
      BucketPtr bucket = find_bucket(t.core(), reader, Partition("aws"), "bucket");
      VersionPage page = list_versions(reader, *bucket, q, after);
      for (auto& e : page.entries) {
        append(out, out.empty() ? "" : " ", e.key);
        if (e.common_prefix) continue;
        append(out, e.version.marker ? "!" : "", e.version.version_id.empty() ? "null" : names_[e.version.version_id].c_str(), e.latest ? "*" : "");
      }
      if (page.truncated) out += " …";
    });
    return out;
  }
  std::string name(const std::string& id, std::string name) { names_[id] = std::move(name); return id; }

 private:
  std::map<std::string, std::string> names_;
};

size_t blobs(Fixture& f) { return size_t(f.t.store().stats().blobs); }

}  // namespace

TEST_CASE("version ids lead to their order and cannot be made up") {
  SeededRandom random(7);
  for (uint64_t order : {uint64_t(0), uint64_t(1), uint64_t(4096), ~uint64_t(0)}) {
    std::string id = new_version_id(order, random);
    CHECK(id.size() == 32);
    auto read = read_version_id(id);
    REQUIRE(read);
    CHECK(read->order == order);
    for (size_t i = 0; i < id.size(); i++) {
      std::string other = id;
      other[i] = other[i] == 'A' ? 'B' : 'A';
      CHECK_FALSE(read_version_id(other));
    }
  }
  CHECK(read_version_id("null")->id.empty());
  for (const char* bad : {"", "NULL", "ABCD", "HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD", "!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!"}) CHECK_FALSE(read_version_id(bad));
}

TEST_CASE("every version comes back, whatever its size, and the newest without a name") {
  Versioned f;
  std::vector<std::pair<std::string, std::string>> kept;
  for (size_t size : {size_t(0), size_t(10), size_t(5000), size_t(65536), size_t(200'000)}) {
    std::string bytes(size, char('a' + size % 7));
    kept.emplace_back(f.add("k", bytes), bytes);
    CHECK(f.get("k") == bytes);
  }
  for (auto& [id, bytes] : kept) CHECK(f.get_version("k", id) == bytes);
  CHECK(blobs(f) == 1);
  CHECK(f.records(kObjects) == 1);
  CHECK(f.records(kVersions) == 4);
  // The newest gives way to the one before it, one by one.
  while (kept.size() > 1) {
    CHECK(f.erase("k", kept.back().first) == kept.back().first);
    kept.pop_back();
    CHECK(f.get("k") == kept.back().second);
  }
  CHECK(blobs(f) == 0);
  CHECK(f.records(kBodies) == 0);
  CHECK(f.erase("k", kept[0].first) == kept[0].first);
  CHECK(f.get("k") == "error NoSuchKey");
  CHECK(f.get_version("k", kept[0].first) == "error NoSuchVersion");
  CHECK(f.records(kVersions) == 0);
}

TEST_CASE("a delete marker hides a key and its removal shows it again") {
  Versioned f;
  std::string v1 = f.name(f.add("k", "one"), "1");
  std::string marker = f.erase("k", "");
  REQUIRE(marker.starts_with("marker "));
  marker = f.name(marker.substr(7), "2");
  CHECK(f.get("k") == "error NoSuchKey");
  CHECK(f.t.last().extra_headers.find("x-amz-delete-marker: true") != std::string::npos);
  CHECK(f.get_version("k", marker) == "error MethodNotAllowed");
  CHECK(f.t.last().extra_headers.find("Allow: DELETE") != std::string::npos);
  CHECK(f.get_version("k", v1) == "one");
  CHECK(f.versions() == "k!2* k1");
  CHECK(f.records(kObjects) == 0);
  CHECK(f.erase("k", marker) == cat("marker ", marker));
  CHECK(f.get("k") == "one");
  CHECK(f.versions() == "k1*");
  CHECK(f.records(kVersions) == 0);
  // A key that never was gets a marker too; a version that is gone is gone twice.
  CHECK(f.erase("other", "").starts_with("marker "));
  CHECK(f.erase("k", v1) == v1);
  CHECK(f.erase("k", v1) == v1);
  CHECK(f.erase("k", "ABCD") == "error InvalidArgument");
}

TEST_CASE("the null version: before versioning, while it is suspended, and in between") {
  Versioned f;
  f.set("Suspended");
  CHECK(f.add("k", "null 1") == "");
  f.set("Enabled");
  std::string v1 = f.name(f.add("k", "one"), "1");
  CHECK(f.versions() == "k1* knull");
  CHECK(f.get_version("k", "null") == "null 1");
  f.set("Suspended");
  CHECK(f.add("k", std::string(200'000, 'x')) == "");
  CHECK(f.versions() == "knull* k1");
  CHECK(f.add("k", "null 3") == "");
  CHECK(blobs(f) == 0);
  CHECK(f.versions() == "knull* k1");
  CHECK(f.erase("k", "") == "marker null");
  CHECK(f.versions() == "k!null* k1");
  CHECK(f.get_version("k", "null") == "error MethodNotAllowed");
  CHECK(f.erase("k", "") == "marker null");
  f.set("Enabled");
  std::string v2 = f.name(f.add("k", "two"), "2");
  CHECK(f.versions() == "k2* k!null k1");
  CHECK(f.erase("k", "null") == "marker null");
  CHECK(f.versions() == "k2* k1");
  CHECK(f.records(kNulls) == 0);
  f.set("Suspended");
  CHECK(f.erase("k", v2) == v2);
  CHECK(f.get("k") == "one");
}

TEST_CASE("versions are listed key by key, newest first, in pages that meet") {
  Versioned f;
  std::vector<std::string> ids;
  for (int round = 0; round < 3; round++)
    for (const char* key : {"a", "b/1", "b/2", "c"}) ids.push_back(f.name(f.add(key, "x"), cat(round)));
  std::string marker = f.erase("c", "").substr(7);
  f.name(marker, "m");
  CHECK(f.versions() == "a2* a1 a0 b/12* b/11 b/10 b/22* b/21 b/20 c!m* c2 c1 c0");
  CHECK(f.versions({"b/", "", "", 1000}) == "b/12* b/11 b/10 b/22* b/21 b/20");
  CHECK(f.versions({"", "/", "", 1000}) == "a2* a1 a0 b/ c!m* c2 c1 c0");
  CHECK(f.versions({"", "/", "b/", 1000}) == "c!m* c2 c1 c0");
  CHECK(f.versions({"", "", "a", 2}) == "b/12* b/11 …");
  CHECK(f.versions({"", "", "b/1", 2}, read_version_id(ids[5])) == "b/10 b/22* …");
  CHECK(f.versions({"", "", "c", 2}, read_version_id(marker)) == "c2 c1 …");
  CHECK(f.versions({"", "", "c", 2}, read_version_id("null")) == "c!m* c2 …");
  // The marker of a page may be gone when the next page is asked for.
  CHECK(f.erase("a", ids[8]) == ids[8]);
  CHECK(f.versions({"", "", "a", 1}, read_version_id(ids[8])) == "a1* …");
  // In pages of every size the same.
  std::string whole = f.versions();
  for (int size = 1; size < 13; size++) {
    std::string joined, after;
    std::optional<VersionName> version;
    std::string id;
    for (bool more = true; more;) {
      VersionPage page;
      f.t.store().read([&](store::Reader& reader) {
        BucketPtr bucket = find_bucket(f.t.core(), reader, Partition("aws"), "bucket");
        page = list_versions(reader, *bucket, {"", "", after, size}, version);
      });
      std::string text = f.versions({"", "", after, size}, version);
      if (text.ends_with(" …")) text.resize(text.size() - std::string(" …").size());
      append(joined, joined.empty() ? "" : " ", text);
      more = page.truncated;
      after = page.entries.back().key;
      id = page.entries.back().version.version_id;
      version = read_version_id(id);
    }
    CHECK(joined == whole);
  }
}

TEST_CASE("a bucket with versions is not empty while a delete marker is left") {
  Versioned f;
  std::string id = f.add("k", "x"), marker = f.erase("k", "").substr(7);
  svc::DeleteBucketRequest in{};
  in.Bucket = "bucket";
  CHECK(f.erase("k", id) == id);
  auto refused = f.t.call<op::DeleteBucket>(in);
  CHECK(code(refused) == "BucketNotEmpty");
  CHECK(refused.error().message == "The bucket you tried to delete is not empty. You must delete all versions in the bucket.");
  CHECK(f.erase("k", marker) == "marker " + marker);
  CHECK(code(f.t.call<op::DeleteBucket>(in)) == "");
}

TEST_CASE("a batch makes markers, removes versions, and tells each apart") {
  Versioned f;
  std::string id = f.add("a", "x");
  svc::DeleteObjectsRequest in{};
  in.Bucket = "bucket";
  in.Delete = f.t.arena().make<svc::Delete>();
  auto add = [&](const char* key, Str version) {
    auto& o = in.Delete->Objects.add(f.t.arena());
    o.Key = key;
    o.VersionId = version;
  };
  add("a", {});
  add("a", {});
  add("a", S(id));
  add("b", "HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD");
  f.t.set_header("content-md5", "x");
  auto out = f.t.call<op::DeleteObjects>(in);
  REQUIRE(out);
  REQUIRE((*out)->Deleted.size() == 3);
  CHECK((*out)->Deleted[0].DeleteMarker.value_or(false));
  CHECK((*out)->Deleted[0].DeleteMarkerVersionId.view() != (*out)->Deleted[1].DeleteMarkerVersionId.view());
  CHECK((*out)->Deleted[2].VersionId == id);
  CHECK_FALSE((*out)->Deleted[2].DeleteMarker.has());
  REQUIRE((*out)->Errors.size() == 1);
  CHECK((*out)->Errors[0].Code == "NoSuchVersion");
  CHECK(f.records(kVersions) == 2);
}

TEST_CASE("governance retention yields to a bypass, compliance and a legal hold to nothing") {
  Versioned f(true);
  CHECK(code(f.try_set("Suspended")) == "InvalidBucketState");
  Millis now = f.t.core().now();
  auto locked = [&](const char* mode, Millis until, Str hold) {
    svc::PutObjectRequest in{};
    in.Bucket = "bucket";
    in.Key = "k";
    if (mode) in.ObjectLockMode = mode;
    if (mode) in.ObjectLockRetainUntilDate = until;
    in.ObjectLockLegalHoldStatus = hold;
    f.t.set_body("x");
    f.t.set_header("content-md5", "x");
    auto r = f.t.call<op::PutObject>(in);
    REQUIRE(r);
    return std::string((*r)->VersionId.view());
  };
  std::string governed = locked("GOVERNANCE", now + 100'000, {}), fixed = locked("COMPLIANCE", now + 100'000, {}), held = locked(nullptr, 0, "ON");
  for (const auto& id : {governed, fixed, held}) CHECK(f.erase("k", id) == "error AccessDenied");
  CHECK(f.erase("k", fixed, true) == "error AccessDenied");
  CHECK(f.erase("k", held, true) == "error AccessDenied");
  CHECK(f.erase("k", governed, true) == governed);
  CHECK(f.erase("k", "").starts_with("marker "));   // which no lock is against
  f.t.core().clock().advance_to(now + 200'000);
  CHECK(f.erase("k", fixed) == fixed);
  svc::PutObjectLegalHoldRequest off{};
  off.Bucket = "bucket";
  off.Key = "k";
  off.VersionId = S(held);
  off.LegalHold = f.t.arena().make<svc::ObjectLockLegalHold>();
  off.LegalHold->Status = "OFF";
  REQUIRE(f.t.call<op::PutObjectLegalHold>(off));
  CHECK(f.erase("k", held) == held);
}

TEST_CASE("a bucket's default retention is that of versions that ask for none") {
  Versioned f(true);
  svc::PutObjectLockConfigurationRequest in{};
  in.Bucket = "bucket";
  in.ObjectLockConfiguration = f.t.arena().make<svc::ObjectLockConfiguration>();
  in.ObjectLockConfiguration->ObjectLockEnabled = "Enabled";
  in.ObjectLockConfiguration->Rule = f.t.arena().make<svc::ObjectLockRule>();
  auto* retention = f.t.arena().make<svc::DefaultRetention>();
  in.ObjectLockConfiguration->Rule->DefaultRetention = retention;
  retention->Mode = "COMPLIANCE";
  CHECK(code(f.t.call<op::PutObjectLockConfiguration>(in)) == "MalformedXML");
  retention->Days = 2;
  REQUIRE(f.t.call<op::PutObjectLockConfiguration>(in));
  std::string id = f.add("k", "x");
  auto got = f.t.call<op::GetObject>(f.get_request("k"));
  REQUIRE(got);
  CHECK((*got)->ObjectLockMode == "COMPLIANCE");
  CHECK(*(*got)->ObjectLockRetainUntilDate == *(*got)->LastModified + 2 * 86'400'000);
  CHECK(f.erase("k", id) == "error AccessDenied");
}

TEST_CASE("retention may be extended by anyone, shortened under governance only") {
  Lock governance{"GOVERNANCE", 1000, ""}, compliance{"COMPLIANCE", 1000, ""};
  auto may = [](const Lock& old, const Lock& next, bool bypass) { return bool(check_retention_change(old, next, 10, bypass)); };
  CHECK(may(governance, {"GOVERNANCE", 2000, ""}, false));
  CHECK_FALSE(may(governance, {"GOVERNANCE", 500, ""}, false));
  CHECK(may(governance, {"GOVERNANCE", 500, ""}, true));
  CHECK_FALSE(may(governance, {"COMPLIANCE", 2000, ""}, false));
  CHECK(may(governance, {"", 0, ""}, true));
  CHECK(may(compliance, {"COMPLIANCE", 2000, ""}, false));
  CHECK_FALSE(may(compliance, {"COMPLIANCE", 500, ""}, true));
  CHECK_FALSE(may(compliance, {"GOVERNANCE", 2000, ""}, true));
  CHECK(bool(check_retention_change(compliance, {"", 0, ""}, 5000, false)));   // it has run out
  CHECK(pacific_date(*parse_iso8601("2020-01-01T00:00:00Z")) == "Tue Dec 31 16:00:00 PST 2019");
  CHECK(pacific_date(*parse_iso8601("2024-07-01T12:00:00Z")) == "Mon Jul 01 05:00:00 PDT 2024");
  CHECK(pacific_date(*parse_iso8601("2024-03-10T10:00:00Z")) == "Sun Mar 10 03:00:00 PDT 2024");
  CHECK(pacific_date(*parse_iso8601("2024-03-10T09:59:59Z")) == "Sun Mar 10 01:59:59 PST 2024");
  CHECK(pacific_date(*parse_iso8601("2024-11-03T09:00:00Z")) == "Sun Nov 03 01:00:00 PST 2024");
  CHECK(pacific_date(*parse_iso8601("2024-11-03T08:59:59Z")) == "Sun Nov 03 01:59:59 PDT 2024");
}

TEST_CASE("tags of a version are its own, and a deletion of one leaves the others'") {
  Versioned f;
  std::string v1 = f.add("k", "one"), v2 = f.add("k", "two");
  auto tag = [&](std::string_view id, const char* value) {
    svc::PutObjectTaggingRequest in{};
    in.Bucket = "bucket";
    in.Key = "k";
    if (!id.empty()) in.VersionId = S(id);
    in.Tagging = f.t.arena().make<svc::Tagging>();
    in.Tagging->TagSet.push(f.t.arena(), svc::Tag{"who", value});
    auto r = f.t.call<op::PutObjectTagging>(in);
    REQUIRE(r);
    return std::string((*r)->VersionId.view());
  };
  auto tags = [&](std::string_view id) {
    svc::GetObjectTaggingRequest in{};
    in.Bucket = "bucket";
    in.Key = "k";
    if (!id.empty()) in.VersionId = S(id);
    auto r = f.t.call<op::GetObjectTagging>(in);
    REQUIRE(r);
    return (*r)->TagSet.empty() ? std::string() : std::string((*r)->TagSet[0].Value.view());
  };
  CHECK(tag(v1, "first") == v1);
  CHECK(tag("", "second") == v2);
  CHECK(tags(v1) == "first");
  CHECK(tags("") == "second");
  CHECK(f.get_version("k", v1) == "one");
  svc::DeleteObjectTaggingRequest in{};
  in.Bucket = "bucket";
  in.Key = "k";
  REQUIRE(f.t.call<op::DeleteObjectTagging>(in));
  CHECK(tags("") == "");
  CHECK(tags(v1) == "first");
  svc::GetObjectTaggingRequest none{};
  none.Bucket = "bucket";
  none.Key = "none";
  auto missing = f.t.call<op::GetObjectTagging>(none);
  CHECK(code(missing) == "NoSuchKey");
  CHECK(missing.error().members.at(0).second == "bucket/none");
}
