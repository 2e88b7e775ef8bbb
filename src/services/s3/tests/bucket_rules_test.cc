// Pure rules of bucket configurations: CORS, websites, lifecycle, ACLs, log lines.
#include <doctest/doctest.h>

#include "base/arena.h"
#include "services/s3/access_log.h"
#include "services/s3/acl_rules.h"
#include "services/s3/cors_rules.h"
#include "services/s3/lifecycle_rules.h"
#include "services/s3/web.h"
#include "services/s3/website_rules.h"

using namespace fogbank;
using namespace fogbank::s3;

namespace {
constexpr Millis kDay = 86'400'000;
template <class T> std::string code(const Result<T>& r) { return r ? "" : r.error().code; }
template <class T> std::string text(const Result<T>& r) { return r ? "" : r.error().message; }
}  // namespace

TEST_CASE("a CORS rule matches origin, method and every header asked for") {
  Arena arena;
  svc::CORSConfiguration cors{};
  auto& rule = cors.CORSRules.add(arena);
  rule.AllowedMethods.push(arena, "GET");
  rule.AllowedOrigins.push(arena, "http://*.example.com");
  rule.AllowedHeaders.push(arena, "X-*");
  CHECK(code(check_cors(cors)) == "");
  CHECK(matching_rule(cors, {"http://a.example.com", "GET", "x-a, X-B", true}) == &rule);
  CHECK_FALSE(matching_rule(cors, {"http://example.com", "GET", "", true}));
  CHECK_FALSE(matching_rule(cors, {"http://a.example.com", "PUT", "", true}));
  CHECK_FALSE(matching_rule(cors, {"http://a.example.com", "GET", "x-a, y", true}));
  CHECK_FALSE(matching_rule(cors, {"http://.example.co", "GET", "", true}));
  CHECK(cors_headers(rule, {"http://a.example.com", "GET", "X-A", true}).find("Access-Control-Allow-Headers: x-a\r\n") != std::string::npos);
  rule.AllowedOrigins[0] = "*";
  CHECK(cors_headers(rule, {"http://b", "GET", "", false}).find("Credentials") == std::string::npos);
  for (int i = 0; i < 100; i++) cors.CORSRules.push(arena, rule);
  CHECK(code(check_cors(cors)) == "InvalidRequest");
}

TEST_CASE("websites have host names of their own") {
  CHECK(website_of_host("b.s3-website-eu-west-1.amazonaws.com") == "b");
  CHECK(website_of_host("a.b.s3-website.eu-central-1.amazonaws.com") == "a.b");
  CHECK(website_of_host("b.s3-website.localhost:4566") == "b");
  CHECK(website_of_host("B.s3-website.cn-north-1.amazonaws.com.cn") == "b");
  for (const char* other : {"b.s3.localhost", "s3-website.localhost", ".s3-website.localhost", "b.s3-websites.localhost", "b.s3-website.example.com", "localhost"})
    CHECK_MESSAGE(!website_of_host(other), other);
}

TEST_CASE("routing rules act before an object is looked for, or on an error") {
  Arena arena;
  svc::WebsiteConfiguration w{};
  w.IndexDocument = arena.make<svc::IndexDocument>();
  w.IndexDocument->Suffix = "index.html";
  auto& before = w.RoutingRules.add(arena);
  before.Condition = arena.make<svc::Condition>();
  before.Condition->KeyPrefixEquals = "old/";
  before.Redirect = arena.make<svc::Redirect>();
  before.Redirect->ReplaceKeyPrefixWith = "new/";
  auto& after = w.RoutingRules.add(arena);
  after.Condition = arena.make<svc::Condition>();
  after.Condition->HttpErrorCodeReturnedEquals = "404";
  after.Redirect = arena.make<svc::Redirect>();
  after.Redirect->HostName = "example.com";
  after.Redirect->HttpRedirectCode = "307";
  CHECK(code(check_website(w)) == "");
  CHECK(routed(w, {"http", "h:1", "old/a b", "q=1"}, 0)->location == "http://h:1/new/a%20b?q=1");
  CHECK_FALSE(routed(w, {"http", "h", "x", ""}, 0));
  auto lost = routed(w, {"https", "h", "x", ""}, 404);
  REQUIRE(lost);
  CHECK(lost->status == 307);
  CHECK(lost->location == "https://example.com/x");
  CHECK_FALSE(routed(w, {"https", "h", "x", ""}, 403));
}

TEST_CASE("an error page tells the error as S3 does and no markup of a caller") {
  ApiError e = ApiError("NoSuchKey", "The specified key does not exist.", 404).with("Key", "<b>");
  std::string page = error_page(e, "R", "H", nullptr);
  CHECK(page == "<html>\n<head><title>404 Not Found</title></head>\n<body>\n<h1>404 Not Found</h1>\n<ul>\n<li>Code: NoSuchKey</li>\n"
                "<li>Message: The specified key does not exist.</li>\n<li>Key: &lt;b&gt;</li>\n<li>RequestId: R</li>\n<li>HostId: H</li>\n</ul>\n<hr/>\n</body>\n</html>\n");
}

TEST_CASE("days are counted from the object's time to the midnight after") {
  CHECK(due_after(0, 1) == kDay);
  CHECK(due_after(1, 1) == 2 * kDay);
  CHECK(due_after(kDay - 1, 3) == 4 * kDay);
  CHECK(midnight_after(0) == kDay);
  CHECK(midnight_after(kDay - 1) == kDay);
}

TEST_CASE("lifecycle rules choose by prefix, tags and size and name the earliest expiration") {
  Arena arena;
  SeededRandom random(1);
  svc::BucketLifecycleConfiguration rules{};
  auto add = [&](int days) -> svc::LifecycleRule& {
    auto& r = rules.Rules.add(arena);
    r.Status = "Enabled";
    r.Filter = arena.make<svc::LifecycleRuleFilter>();
    r.Expiration = arena.make<svc::LifecycleExpiration>();
    r.Expiration->Days = days;
    return r;
  };
  rules.Rules.reserve(arena, 4);
  auto& all = add(10);
  auto& tagged = add(5);
  tagged.Filter->Tag = arena.make<svc::Tag>();
  tagged.Filter->Tag->Key = "k";
  tagged.Filter->Tag->Value = "v";
  CHECK(code(check_lifecycle(rules, arena, random)) == "");
  CHECK(all.ID.has());
  Object object;
  object.modified = 1;
  CHECK(expiry_of(rules, "x", object)->at == 11 * kDay);
  object.attributes.tags["k"] = "v";
  CHECK(expiry_of(rules, "x", object)->at == 6 * kDay);
  CHECK(expiry_of(rules, "x", object)->rule == tagged.ID.view());
  all.Status = "Disabled";
  object.attributes.tags["k"] = "w";
  CHECK_FALSE(expiry_of(rules, "x", object));
  tagged.ID = all.ID;
  CHECK(text(check_lifecycle(rules, arena, random)) == "Rule ID must be unique. Found same ID for more than one rule");
}

TEST_CASE("noncurrent versions expire when they are old enough and enough newer ones are kept") {
  Arena arena;
  svc::BucketLifecycleConfiguration rules{};
  auto& r = rules.Rules.add(arena);
  r.Status = "Enabled";
  r.Prefix = "";
  r.NoncurrentVersionExpiration = arena.make<svc::NoncurrentVersionExpiration>();
  r.NoncurrentVersionExpiration->NoncurrentDays = 2;
  r.NoncurrentVersionExpiration->NewerNoncurrentVersions = 1;
  Object version;
  CHECK_FALSE(noncurrent_expired(rules, "k", version, {0, 0}, 9 * kDay));
  CHECK_FALSE(noncurrent_expired(rules, "k", version, {0, 1}, 2 * kDay - 1));
  CHECK(noncurrent_expired(rules, "k", version, {0, 1}, 2 * kDay));
}

TEST_CASE("small objects do not move unless a rule speaks of sizes, and nothing moves back") {
  Arena arena;
  svc::BucketLifecycleConfiguration rules{};
  auto& r = rules.Rules.add(arena);
  r.Status = "Enabled";
  r.Filter = arena.make<svc::LifecycleRuleFilter>();
  auto& t = r.Transitions.add(arena);
  t.Days = 0;
  t.StorageClass = "GLACIER";
  Object object;
  object.size = 1000;
  CHECK_FALSE(transition_of(rules, false, "k", object, kDay));
  CHECK(transition_of(rules, true, "k", object, kDay) == "GLACIER");
  r.Filter->ObjectSizeGreaterThan = 10;
  CHECK(transition_of(rules, false, "k", object, kDay) == "GLACIER");
  object.storage_class = "DEEP_ARCHIVE";
  CHECK_FALSE(transition_of(rules, false, "k", object, kDay));
}

TEST_CASE("an ACL is for those it names") {
  std::string me = canonical_id("000000000000"), them = canonical_id("111111111111");
  AclRequest read;
  read.canned = "public-read";
  auto acl = acl_of(read, {me, me, true});
  REQUIRE(acl);
  auth::Principal anonymous, other = auth::development_principal("111111111111");
  CHECK(is_public(*acl));
  CHECK(matching_grant(*acl, "READ", anonymous, false) != "");
  CHECK(matching_grant(*acl, "READ", anonymous, true) == "");
  CHECK(matching_grant(*acl, "WRITE", anonymous, false) == "");
  AclRequest grant;
  std::string header = cat("id=\"", them, "\"");
  grant.full_control = Str(header);
  auto given = acl_of(grant, {me, me, true});
  REQUIRE(given);
  CHECK(matching_grant(*given, "WRITE_ACP", other, true) != "");
  CHECK(matching_grant(*given, "READ", anonymous, false) == "");
  CHECK(reaches_others(*given, me));
  read.canned = "authenticated-read";
  auto authenticated = acl_of(read, {me, me, true});
  CHECK(matching_grant(*authenticated, "READ", anonymous, false) == "");
  CHECK(matching_grant(*authenticated, "READ", other, false) != "");
  auth::Principal service = auth::service_principal("logging.s3.amazonaws.com", "arn:aws:s3:::b", "000000000000");
  CHECK(matching_grant(*authenticated, "READ", service, false) == "");
  read.canned = "log-delivery-write";
  CHECK(code(acl_of(read, {me, me, true})) == "InvalidArgument");
  CHECK(matching_grant(*acl_of(read, {me, me, false}), "WRITE", service, false) != "");
}

TEST_CASE("who owns a new object depends on the bucket's setting and the writer") {
  Bucket bucket;
  bucket.account = "000000000000";
  auth::Principal mine = auth::development_principal("000000000000"), other = auth::development_principal("111111111111");
  AclRequest none, given;
  given.canned = "bucket-owner-full-control";
  CHECK(acl_of_new_object(none, bucket, other, {})->owner == "");
  bucket.ownership = Ownership::writer;
  CHECK(acl_of_new_object(none, bucket, other, {})->owner == "111111111111");
  CHECK(acl_of_new_object(given, bucket, other, {})->owner == "111111111111");
  CHECK(acl_of_new_object(none, bucket, auth::Principal{}, {})->owner == kAnonymousOwner);
  CHECK(acl_of_new_object(none, bucket, mine, {})->owner == "");
  bucket.ownership = Ownership::preferred;
  CHECK(acl_of_new_object(given, bucket, other, {})->owner == "");
  given.canned = "public-read";
  CHECK(code(acl_of_new_object(given, bucket, mine, {true, false, false, false, {}})) == "AccessDenied");
}

TEST_CASE("a log line has 26 fields and nothing of a client can add one") {
  LogFields f;
  f.owner = "o";
  f.bucket = "b";
  f.request_id = "R";
  f.operation = "REST.GET.OBJECT";
  f.request = "GET /b/k HTTP/1.1";
  f.agent = "a \"b\"\nc";
  f.status = 200;
  f.key = "k";
  std::string line = log_line(f);
  CHECK(line == "o b [01/Jan/1970:00:00:00 +0000] - - R REST.GET.OBJECT k \"GET /b/k HTTP/1.1\" 200 - - - 0 0 \"-\" \"a \\\"b\\\" c\" - - - - - - - - -\n");
}
