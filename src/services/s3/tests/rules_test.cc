#include <doctest/doctest.h>

#include "base/encoding.h"
#include "services/s3/bucket_rules.h"
#include "services/s3/checksums.h"
#include "services/s3/conditions.h"
#include "services/s3/copy_source.h"
#include "services/s3/multipart_rules.h"
#include "services/s3/notification_rules.h"
#include "services/s3/mime_words.h"
#include "services/s3/object_rules.h"
#include "services/s3/tag_rules.h"
#include "services/s3/policy_rules.h"

using namespace fogbank;
using namespace fogbank::s3;

namespace {
template <class T> std::string code(const Result<T>& r) { return r ? "" : r.error().code; }
std::string member(const ApiError& e, std::string_view name) {
  for (const auto& [k, v] : e.members) if (k == name) return v;
  return "(none)";
}
}  // namespace

TEST_CASE("names of new buckets follow the rules of general purpose buckets") {
  for (const char* good : {"abc", "a1-b.c", "my-bucket", "1.2.3", "192.168.5.4a"}) CHECK_MESSAGE(valid_new_bucket_name(good), good);
  for (const char* bad : {"ab", "Abc", "a_b", "a..b", "-abc", "abc-", ".abc", "192.168.5.4", "xn--abc", "sthree-a", "amzn-s3-demo-x", "a-s3alias",
                          "x--ol-s3", "a.mrap", "b--x-s3", "a.-b", "a-.b", "a/b", "", "a b"})
    CHECK_MESSAGE(!valid_new_bucket_name(bad), bad);
  CHECK(valid_new_bucket_name(std::string(63, 'a')));
  CHECK_FALSE(valid_new_bucket_name(std::string(64, 'a')));
  CHECK(valid_bucket_name("Old_Bucket.Name"));
  CHECK_FALSE(valid_bucket_name("a\"b"));
}

TEST_CASE("the Region of a new bucket depends on endpoint and LocationConstraint") {
  CHECK(*region_of_new_bucket("us-east-1", "") == "us-east-1");
  CHECK(*region_of_new_bucket("us-east-1", "EU") == "eu-west-1");
  CHECK(*region_of_new_bucket("us-east-1", "eu-central-1") == "eu-central-1");
  CHECK(code(region_of_new_bucket("us-east-1", "us-east-1")) == "InvalidLocationConstraint");
  CHECK(code(region_of_new_bucket("us-east-1", "foo")) == "InvalidLocationConstraint");
  auto none = region_of_new_bucket("eu-central-1", "");
  CHECK(none.error().message == "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.");
  CHECK(code(region_of_new_bucket("us-west-1", "aws-global")) == "IllegalLocationConstraintException");
  CHECK(*region_of_new_bucket("eu-west-1", "EU") == "eu-west-1");
}

TEST_CASE("keys are any UTF-8 of up to 1,024 bytes") {
  CHECK(check_key(std::string("a\0../..//b", 10)));
  CHECK(check_key(std::string(1024, 'k')));
  auto longer = check_key(std::string(1025, 'k'));
  CHECK(code(longer) == "KeyTooLongError");
  CHECK(member(longer.error(), "Size") == "1025");
  CHECK(code(check_key("\xff\xfe")) == "InvalidURI");
  CHECK(code(check_key("\xed\xa0\x80")) == "InvalidURI");  // a surrogate
}

TEST_CASE("tags in a header are URL query parameters without repetition") {
  CHECK((*read_tagging("k1=v1&k%202=v+2")).at("k 2") == "v 2");
  CHECK(read_tagging("key=")->at("key").empty());
  CHECK(code(read_tagging("key1=val1&key1=val2")) == "InvalidArgument");
  CHECK(code(read_tagging("key1=val1,key2=val2")) == "InvalidArgument");
  CHECK(code(read_tagging("aws:x=1")) == "InvalidTag");
  CHECK(code(read_tagging("a=1&b=1&c=1&d=1&e=1&f=1&g=1&h=1&i=1&j=1&k=1")) == "BadRequest");
}

TEST_CASE("user metadata is bounded at 2 KB and its names are lower case") {
  Arena arena;
  Map<Str> m{};
  m.add(arena, "Color") = "red";
  CHECK(read_metadata(m)->at("color") == "red");
  std::string big(2044, 'x');
  m.add(arena, "n") = Str(std::string_view(big));
  CHECK(code(read_metadata(m)) == "MetadataTooLarge");
}

TEST_CASE("aws-chunked is not part of an object's content encoding") {
  CHECK(content_encoding("aws-chunked") == "");
  CHECK(content_encoding("aws-chunked,gzip") == "gzip");
  CHECK(content_encoding("gzip, aws-chunked") == "gzip");
  CHECK(content_encoding("gzip") == "gzip");
}

TEST_CASE("Content-MD5 is compared with what was received") {
  std::string sum = md5("something");
  CHECK(check_content_md5(Str{}, sum, DigestStyle::object));
  CHECK(check_content_md5(Str(std::string_view(base64(sum))), sum, DigestStyle::object));
  for (const char* bad : {"__invalid__", "000", "not base64 encoded checksum", "MTIz"})
    CHECK(code(check_content_md5(Str(bad), sum, DigestStyle::object)) == "InvalidDigest");
  std::string other = base64(md5("bad"));
  auto mismatch = check_content_md5(Str(std::string_view(other)), sum, DigestStyle::part);
  CHECK(code(mismatch) == "BadDigest");
  CHECK(member(mismatch.error(), "ExpectedDigest") == other);
  CHECK(member(mismatch.error(), "CalculatedDigest") == "Q3uTDbhLgHnC3YBKcZNrXw==");
}

TEST_CASE("ranges are read as S3 reads them") {
  struct Case { const char* header; int64_t size; int64_t first, length; } cases[] = {
    {"bytes=0-0", 10, 0, 1}, {"bytes=2-", 10, 2, 8}, {"bytes=-3", 10, 7, 3}, {"bytes=-30", 10, 0, 10}, {"bytes=5-99", 10, 5, 5},
    {"Bytes=1-2", 10, 1, 2}, {"bytes= 1 - 2 ", 10, 1, 2}, {"bytes=0-99999999999999999999999", 10, 0, 10},
  };
  for (const auto& c : cases) {
    auto r = read_range(Str(c.header), c.size);
    REQUIRE_MESSAGE((r && *r), c.header);
    CHECK((*r)->first == c.first);
    CHECK((*r)->length == c.length);
  }
  for (const char* ignored : {"bytes=a-b", "bytes=3-2", "bytes=0-1,3-4", "items=0-1", "bytes", "bytes=", "bytes=--1", "bytes=-"}) {
    auto r = read_range(Str(ignored), 10);
    CHECK_MESSAGE((r && !*r), ignored);
  }
  CHECK_FALSE(*read_range(Str{}, 10));
  for (const char* beyond : {"bytes=10-", "bytes=1024-4096", "bytes=-0"}) CHECK_MESSAGE(code(read_range(Str(beyond), 10)) == "InvalidRange", beyond);
  CHECK(code(read_range(Str("bytes=0-"), 0)) == "InvalidRange");
  CHECK(member(read_range(Str("bytes=1024-4096"), 8).error(), "ActualObjectSize") == "8");
}

TEST_CASE("preconditions follow RFC 9110's order") {
  const std::string etag = "abc";
  const Millis t = 1'000'000'500;
  auto verdict = [&](Preconditions p) { return judge(p, etag, t).verdict; };
  CHECK(verdict({Str("\"abc\""), {}, {}, {}}) == Verdict::proceed);
  CHECK(verdict({Str("abc"), {}, {}, {}}) == Verdict::proceed);
  CHECK(verdict({Str("*"), {}, {}, {}}) == Verdict::proceed);
  CHECK(judge({Str("\"x\""), {}, {}, {}}, etag, t).condition == "If-Match");
  CHECK(verdict({{}, {}, {}, Opt<int64_t>(t - 2000)}) == Verdict::failed);
  CHECK(verdict({Str("abc"), {}, {}, Opt<int64_t>(t - 2000)}) == Verdict::proceed);     // If-Match outweighs If-Unmodified-Since
  CHECK(verdict({{}, Str("W/\"abc\""), {}, {}}) == Verdict::not_modified);
  CHECK(verdict({{}, Str("\"x\", \"abc\""), {}, {}}) == Verdict::not_modified);
  CHECK(verdict({{}, {}, Opt<int64_t>(1'000'000'000), {}}) == Verdict::not_modified);    // equal to the second
  CHECK(verdict({{}, {}, Opt<int64_t>(t - 1000), {}}) == Verdict::proceed);
  CHECK(verdict({{}, Str("x"), Opt<int64_t>(t + 5000), {}}) == Verdict::proceed);        // If-None-Match outweighs If-Modified-Since
}

TEST_CASE("writes take If-None-Match: * and If-Match: etag and nothing else") {
  CHECK(*read_write_condition({}, {}) == WriteCondition::none);
  CHECK(*read_write_condition({}, Str("*")) == WriteCondition::if_none_match);
  CHECK(*read_write_condition(Str("e"), {}) == WriteCondition::if_match);
  CHECK(member(read_write_condition(Str("*"), {}).error(), "Header") == "If-Match");
  CHECK(member(read_write_condition({}, Str("e")).error(), "Header") == "If-None-Match");
  CHECK(member(read_write_condition(Str("e"), Str("*")).error(), "additionalMessage") == "Multiple conditional request headers present in the request");
  std::string etag = "e";
  CHECK(code(judge_write(WriteCondition::if_none_match, {}, &etag, "k")) == "PreconditionFailed");
  CHECK(code(judge_write(WriteCondition::if_match, Str("e"), nullptr, "k")) == "NoSuchKey");
  CHECK(code(judge_write(WriteCondition::if_match, Str("f"), &etag, "k")) == "PreconditionFailed");
  CHECK(judge_write(WriteCondition::if_match, Str("\"e\""), &etag, "k"));
}

TEST_CASE("CRCs of parts combine to the CRC of the whole") {
  std::string a(100'003, 'a'), b = "and the rest";
  for (std::string_view algorithm : {"CRC32", "CRC32C", "CRC64NVME"}) {
    auto of = [&](std::string_view bytes) { Checksum c(algorithm); c.update(bytes); return base64(c.finish()); };
    uint64_t combined = combine_crc(algorithm, *crc_value(algorithm, of(a)), *crc_value(algorithm, of(b)), b.size());
    CHECK_MESSAGE(crc_text(algorithm, combined) == of(a + b), std::string(algorithm));
    CHECK(combine_crc(algorithm, 7, 0, 0) == 7);
  }
}

TEST_CASE("ETag and composite checksum of an object made of parts are those that S3 answers") {
  // A recorded upload: 5,242,881 bytes "a" twice and ten more of them.
  std::string part(5242881, 'a'), last(10, 'a');
  std::string m1 = md5(part), m3 = md5(last);
  CHECK(multipart_etag({m1, m1, m3}) == "4d45984fc3feb2ac9b22683c49674b56-3");
  auto sum = [](std::string_view algorithm, std::string_view bytes) { Checksum c(algorithm); c.update(bytes); return base64(c.finish()); };
  std::string c1 = sum("CRC32", part), c3 = sum("CRC32", last);
  CHECK(*composite_checksum("CRC32", {c1, c1, c3}) == "5FRUiw==-3");
  Upload upload;
  upload.checksum_algorithm = "CRC32C";
  std::vector<ChosenPart> parts;
  for (const std::string* p : {&part, &part, &last}) {
    ChosenPart chosen;
    chosen.number = int64_t(parts.size()) + 1;
    chosen.part.size = int64_t(p->size());
    chosen.part.md5 = md5(*p);
    chosen.part.checksum_algorithm = "CRC32C";
    chosen.part.checksum = sum("CRC32C", *p);
    parts.push_back(chosen);
  }
  auto whole = assemble(parts, upload);
  REQUIRE(whole);
  CHECK(whole->checksum == "eTdAQA==");
  CHECK(whole->size == 10485772);
  CHECK(whole->runs.size() == 2);
  parts[0].part.size = 4;
  CHECK(code(assemble(parts, upload)) == "EntityTooSmall");
}

TEST_CASE("parts have to ascend and to be as listed") {
  Upload composite;
  composite.checksum_algorithm = "SHA256";
  composite.composite = true;
  ChosenPart p;
  p.number = 1;
  p.part.md5 = md5("x");
  p.part.checksum_algorithm = "SHA256";
  p.part.checksum = "sum";
  std::string etag = hex(p.part.md5);
  p.etag = etag;
  CHECK(check_part(p, composite, "id").error().message ==
        "The upload was created using a sha256 checksum. The complete request must include the checksum for each part. It was missing for part 1 in the request.");
  p.checksum_algorithm = "SHA256";
  p.checksum = "sum";
  CHECK(check_part(p, composite, "id"));
  p.checksum = "other";
  CHECK(code(check_part(p, composite, "id")) == "InvalidPart");
  ChosenPart missing;
  missing.etag = "";
  CHECK(code(check_part(missing, Upload{}, "id")) == "InvalidPart");
  ChosenPart q = p;
  CHECK(code(check_part_order({p, q}, "id")) == "InvalidPartOrder");
  q.number = 2;
  CHECK(check_part_order({p, q}, "id"));
}

TEST_CASE("ranges are found in the parts that hold them") {
  std::vector<Run> runs = {{1, 3, 100}, {5, 1, 7}, {9, 1, 0}};
  auto all = slices_of(runs, {0, 307});
  REQUIRE(all.size() == 4);
  CHECK(all[3].number == 5);
  CHECK(all[3].length == 7);
  auto middle = slices_of(runs, {150, 100});
  REQUIRE(middle.size() == 2);
  CHECK(middle[0].number == 2);
  CHECK(middle[0].offset == 50);
  CHECK(middle[0].length == 50);
  CHECK(middle[1].number == 3);
  CHECK(middle[1].length == 50);
  CHECK(slices_of(runs, {306, 1})[0].offset == 6);
  CHECK(place_of_part(runs, 4)->range.first == 300);
  CHECK(place_of_part(runs, 4)->number == 5);
  CHECK_FALSE(place_of_part(runs, 6));
  CHECK(contains_part(runs, 5));
  CHECK_FALSE(contains_part(runs, 4));
}

TEST_CASE("upload ids sort by the time of their beginning") {
  SeededRandom random(3);
  std::string a = new_upload_id(1'700'000'000'000, 9, random), b = new_upload_id(1'700'000'000'000, 10, random), c = new_upload_id(1'700'000'000'001, 1, random);
  CHECK(a.size() == 128);
  CHECK(a < b);
  CHECK(b < c);
}

TEST_CASE("copy sources are percent-encoded paths") {
  CHECK(read_copy_source("/b/k")->key == "k");
  auto s = read_copy_source("my-bucket/a%20b/c%3Fd?versionId=null");
  REQUIRE(s);
  CHECK(s->bucket == "my-bucket");
  CHECK(s->key == "a b/c?d");
  CHECK(s->version_id == "null");
  for (const char* bad : {"", "/", "bucket", "bucket/", "/bucket"}) CHECK_MESSAGE(code(read_copy_source(bad)) == "InvalidArgument", bad);
  CHECK(code(read_copy_source("arn:aws:s3:us-east-1:123456789012:accesspoint/x/object/y")) == "NotImplemented");
}

TEST_CASE("notification rules match events and keys") {
  NotificationRule rule;
  rule.events = {"s3:ObjectCreated:*", "s3:ObjectRemoved:Delete"};
  CHECK(add_filter(rule, "Prefix", "in/"));
  CHECK(add_filter(rule, "SUFFIX", ".txt"));
  CHECK(matches(rule, "s3:ObjectCreated:Copy", "in/a.txt"));
  CHECK(matches(rule, "s3:ObjectRemoved:Delete", "in/.txt"));
  CHECK_FALSE(matches(rule, "s3:ObjectRemoved:DeleteMarkerCreated", "in/a.txt"));
  CHECK_FALSE(matches(rule, "s3:ObjectCreated:Put", "out/a.txt"));
  CHECK_FALSE(matches(rule, "s3:ObjectCreated:Put", "in/a.jpg"));
  auto wrong = add_filter(rule, "INVALID", "x");
  CHECK(wrong.error().message == "filter rule name must be either prefix or suffix");
  CHECK(member(wrong.error(), "ArgumentValue") == "INVALID");
  CHECK(code(add_filter(rule, "prefix", "again")) == "InvalidArgument");
  CHECK(known_event("s3:ObjectCreated:*"));
  CHECK_FALSE(known_event("s3:ObjectCreated"));
  for (Destination kind : {Destination::queue, Destination::topic, Destination::function}) CHECK(code(check_destination_arn(kind, "invalid_arn")) == "InvalidArgument");
  CHECK(check_destination_arn(Destination::queue, "arn:aws:sqs:us-east-1:123456789012:q"));
  CHECK(member(check_destination_arn(Destination::topic, "arn:aws:sqs:us-east-1:123456789012:q").error(), "ArgumentName") == "Topic");
  CHECK(check_destination_arn(Destination::topic, "arn:aws:sns:us-east-1:123456789012:t"));
  CHECK(check_destination_arn(Destination::function, "arn:aws:lambda:us-east-1:123456789012:function:f:alias"));
  CHECK(member(check_destination_arn(Destination::function, "arn:aws:lambda:us-east-1:123456789012:layer:f").error(), "ArgumentName") == "CloudFunction");
  CHECK(destination_of("arn:aws:lambda:us-east-1:123456789012:function:f") == Destination::function);
}

TEST_CASE("rules that could both answer one event are refused") {
  NotificationRule a, b;
  a.events = b.events = {"s3:ObjectCreated:*"};
  CHECK(code(check_overlaps({a, b})) == "InvalidArgument");
  a.prefix = "x/";
  b.prefix = "y/";
  CHECK(check_overlaps({a, b}));
  b.prefix = "x/y/";
  CHECK_FALSE(check_overlaps({a, b}));
  a.suffix = ".a";
  b.suffix = ".b";
  CHECK(check_overlaps({a, b}));
  b.suffix.reset();
  b.events = {"s3:ObjectRemoved:*"};
  CHECK(check_overlaps({a, b}));
}

TEST_CASE("an event is the JSON that S3 sends") {
  Event e;
  e.name = "s3:ObjectCreated:Put";
  e.time = 1'700'000'000'123;
  e.region = "us-east-1";
  e.bucket = "b";
  e.bucket_arn = "arn:aws:s3:::b";
  e.owner_account = "000000000000";
  e.key = "a b/\xc3\xbc\"";
  e.size = 11;
  e.etag = "c8e3a3027a133355210f85cfbb1acc35";
  e.sequencer = 0x1234;
  e.principal_id = "AWS:AIDAX";
  e.source_ip = "127.0.0.1";
  e.request_id = "r";
  e.host_id = "h";
  CHECK(event_json(e, "id-1") ==
        "{\"Records\":[{\"eventVersion\":\"2.1\",\"eventSource\":\"aws:s3\",\"awsRegion\":\"us-east-1\",\"eventTime\":\"2023-11-14T22:13:20.123Z\","
        "\"eventName\":\"ObjectCreated:Put\",\"userIdentity\":{\"principalId\":\"AWS:AIDAX\"},\"requestParameters\":{\"sourceIPAddress\":\"127.0.0.1\"},"
        "\"responseElements\":{\"x-amz-request-id\":\"r\",\"x-amz-id-2\":\"h\"},\"s3\":{\"s3SchemaVersion\":\"1.0\",\"configurationId\":\"id-1\","
        "\"bucket\":{\"name\":\"b\",\"ownerIdentity\":{\"principalId\":\"" + owner_principal_id("000000000000") + "\"},\"arn\":\"arn:aws:s3:::b\"},"
        "\"object\":{\"key\":\"a+b/%C3%BC%22\",\"size\":11,\"eTag\":\"c8e3a3027a133355210f85cfbb1acc35\",\"sequencer\":\"000000000000001234\"}}}]}");
  e.name = "s3:ObjectRemoved:Delete";
  std::string removed = event_json(e, "id-1");
  CHECK(removed.find("\"size\"") == std::string::npos);
  CHECK(removed.find("\"eTag\"") == std::string::npos);
}

TEST_CASE("a bucket policy has to be about its bucket") {
  auto put = [](std::string_view action, std::string_view resource) {
    return check_bucket_policy(cat("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"", action,
                                   "\",\"Resource\":\"", resource, "\"}]}"), "b", "aws");
  };
  CHECK(put("s3:GetObject", "arn:aws:s3:::b/*"));
  CHECK(put("s3:*", "arn:aws:s3:::b"));
  CHECK(put("s3:ListBucket", "arn:aws:s3:::b"));
  CHECK(put("s3:GetObject", "arn:aws:s3:::b*"));
  CHECK(put("s3:GetObject", "arn:aws:s3:::b/${aws:username}/*"));
  CHECK(put("s3:GetObject", "arn:aws:s3:::other/*").error().message == "Policy has invalid resource");
  CHECK(put("s3:GetObject", "arn:aws:s3:::bb/*").error().message == "Policy has invalid resource");
  CHECK(put("s3:GetObject", "arn:aws:s3:::b").error().message == "Action does not apply to any resource(s) in statement");
  CHECK(put("s3:ListBucket", "arn:aws:s3:::b/*").error().message == "Action does not apply to any resource(s) in statement");
  CHECK(check_bucket_policy(R"({"Statement":[{"Effect":"Deny","Principal":"*","NotAction":"s3:GetObject","Resource":"arn:aws:s3:::b"}]})", "b", "aws"));
  CHECK(check_bucket_policy(R"({"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","NotResource":"arn:aws:s3:::b"}]})", "b", "aws"));
  CHECK(code(check_bucket_policy("", "b", "aws")) == "MalformedPolicy");
  CHECK(check_bucket_policy("invalid json", "b", "aws").error().message == "Policies must be valid JSON and the first byte must be '{'");
  CHECK(check_bucket_policy("{}", "b", "aws").error().message == "Missing required field Statement");
  CHECK(code(check_bucket_policy(std::string(21 << 10, ' '), "b", "aws")) == "MalformedPolicy");
}

TEST_CASE("a bucket policy has conditions that S3 knows and its actions take") {
  auto put = [](std::string_view action, std::string_view key) {
    auto checked = check_bucket_policy(cat(R"({"Statement":[{"Effect":"Deny","Principal":"*","Action":)", action, R"(,"Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],)",
                                           R"("Condition":{"StringEquals":{")", key, R"(":"x"}}}]})"), "b", "aws");
    return checked ? std::string() : checked.error().message;
  };
  for (const char* taken : {"aws:anything", "s3:prefix", "s3:Delimiter", "s3:TlsVersion", "s3:ResourceAccount"}) CHECK(put(R"("s3:ListBucket")", taken).empty());
  for (const char* taken : {"s3:x-amz-acl", "s3:RequestObjectTag/a", "s3:x-amz-server-side-encryption"}) CHECK(put(R"("s3:PutObject")", taken).empty());
  CHECK(put(R"("s3:*")", "s3:prefix").empty());
  CHECK(put(R"("s3:Get*")", "s3:ExistingObjectTag/a").empty());
  CHECK(put(R"("s3:GetObject")", "s3:x-acl") == "Policy has an invalid condition key");
  CHECK(put(R"("s3:GetObject")", "s3:ExistingObjectTag/") == "Policy has an invalid condition key");
  for (const char* wrong : {R"("s3:GetObject")", R"("s3:Get*")", R"(["s3:ListBucket","s3:GetObject"])"})
    CHECK(put(wrong, "s3:prefix") == "Conditions do not apply to combination of actions and resources in statement");
}

TEST_CASE("user metadata outside ASCII travels as encoded words") {
  auto round = [](std::string_view header) { return encode_mime_word(decode_mime_words(header)); };
  for (const char* same : {"=?UTF-8?Q?test=5F=E2=80=94=5Ffile%E2%80%94=5F=C3=A9=5F2=3F.pdf?=", "=?UTF-8?Q?=C3=84M=C3=84Z=C3=95=C3=91_S3?=",
                           "=?UTF-8?B?AAECAw==?=", "=?UTF-8?B?77+977+977+977+977+977+977+9?="}) CHECK(round(same) == same);
  CHECK(round("=?UTF-8?Q?actually-ascii?=") == "actually-ascii");
  CHECK(round("=?UTF-8?B?YWJj?=") == "abc");
  CHECK(round("=?UTF-8?B?=GGG?=") == "=?UTF-8?B?77+9Ye+/vQ==?=");
  CHECK(round("\xC3\x84\xE2\x80\x94") == "=?UTF-8?B?w4TigJQ=?=");
  CHECK(round("a=?b?=c") == "a=?b?=c");
  CHECK(decode_mime_words("x =?utf-8?q?a_b?= =?utf-8?b?Yw==?= y") == "x a bc y");
  CHECK(decode_mime_words("\xff") == "\xEF\xBF\xBD");
}
