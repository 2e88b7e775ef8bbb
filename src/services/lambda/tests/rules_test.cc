#include <doctest/doctest.h>

#include <filesystem>


#include "base/encoding.h"
#include "base/random.h"
#include "base/strings.h"
#include "services/lambda/function_urls.h"
#include "services/lambda/lineage.h"
#include "services/lambda/names.h"
#include "services/lambda/payloads.h"
#include "services/lambda/policies.h"
#include "services/lambda/polling.h"
#include "services/lambda/runtimes.h"
#include "services/lambda/zip.h"

namespace fogbank::lambda {
namespace {

const Scope kHere{Partition("aws"), AccountId("111111111111"), Region("us-east-1")};

TEST_CASE("function names are read in all their forms") {
  for (const char* text : {"f", "function:f", "111111111111:function:f", "us-east-1:111111111111:function:f", "arn:aws:lambda:us-east-1:111111111111:function:f"}) {
    auto ref = parse_function_name(text, kHere);
    REQUIRE(ref);
    CHECK(ref->arn() == "arn:aws:lambda:us-east-1:111111111111:function:f");
    auto qualified = parse_function_name(std::string(text) + ":live", kHere);
    REQUIRE(qualified);
    CHECK(qualified->qualifier == "live");
    CHECK(qualified->name == "f");
  }
  CHECK(parse_function_name("arn:aws:lambda:us-east-1:111111111111:function", kHere)->name == "function");
  CHECK_FALSE(parse_function_name("arn:aws:lambda:us-east-1:111111111111:function:f:1:2", kHere));
  auto mismatch = function_ref("f:1", "2", kHere);
  REQUIRE_FALSE(mismatch);
  CHECK(mismatch.error().message == "The derived qualifier from the function name does not match the specified qualifier.");
  auto far = function_ref("arn:aws:lambda:eu-west-1:111111111111:function:f", {}, kHere);
  REQUIRE_FALSE(far);
  CHECK(far.error().message == "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')");
}

TEST_CASE("payloads that are no JSON are named as the service's parser does") {
  for (const char* good : {"{}", "[1,2.5e3,-0]", "\"x\"", "null", " true ", R"({"a":{"b":["\u00e9",""]}})"}) CHECK_FALSE(json_fault(good));
  auto says = [](std::string_view text, std::string_view what) {
    auto fault = json_fault(text);
    REQUIRE(fault);
    CHECK_MESSAGE(fault->find(what) != std::string::npos, *fault);
  };
  says("\x99", "Invalid UTF-8 start byte 0x99");
  says("{a:1}", "Unexpected character ('a' (code 97)): expected double-quote to start field name");
  says("hello", "Unrecognized token 'hello'");
  says("[1,", "Unexpected end-of-input");
  says("{} {}", "Unexpected character");
  says(std::string(5000, '['), "nesting depth");
}

TEST_CASE("a request's way through functions is counted in its trace") {
  SeededRandom random(1);
  Traced t = trace_through("", "arn:a", 1000, random);
  CHECK(t.times == 0);
  CHECK(t.header.starts_with("Root=1-"));
  for (int i = 1; i < 20; i++) {
    t = trace_through(t.header, "arn:b", 1000, random);   // through another function the first one's count is kept
    CHECK(t.times == i - 1);
    t = trace_through(t.header, "arn:a", 1000, random);
    CHECK(t.times == i);
  }
  CHECK(trace_through("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1;Lineage=garbage|1:x", "arn:a", 1, random).times == 0);
}

TEST_CASE("statements of function policies") {
  Grant g{"s", "lambda:InvokeFunction", "s3.amazonaws.com", "arn:f"};
  g.source_arn = "arn:aws:s3:::b";
  g.source_account = "111111111111";
  auto json = statement_json(g, "aws");
  REQUIRE(json);
  CHECK(*json == R"({"Sid":"s","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"arn:f",)"
                 R"("Condition":{"StringEquals":{"AWS:SourceAccount":"111111111111"},"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::b"}}})");
  g.principal = "nobody at all";
  CHECK_FALSE(statement_json(g, "aws"));
}

TEST_CASE("partial batch responses") {
  CHECK(failed_items("null")->empty());
  CHECK(failed_items("")->empty());
  CHECK(failed_items(R"({"batchItemFailures":[]})")->empty());
  CHECK(*failed_items(R"({"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"b"}]})") == std::vector<std::string>{"a", "b"});
  CHECK_FALSE(failed_items(R"({"batchItemFailures":[{"itemIdentifier":""}]})"));
  CHECK_FALSE(failed_items(R"({"batchItemFailures":[{}]})"));
  CHECK_FALSE(failed_items(R"({"batchItemFailures":"all"})"));
  CHECK_FALSE(failed_items("not json"));
}

TEST_CASE("hosts of function URLs") {
  auto host = function_url_host("AbC.lambda-url.eu-west-1.localhost:4566");
  REQUIRE(host);
  CHECK(host->id == "abc");
  CHECK(host->region == "eu-west-1");
  CHECK(function_url_host("abc.lambda-url.eu-west-1.on.aws"));
  CHECK_FALSE(function_url_host("abc.lambda-url.eu-west-1.evil.example"));
  CHECK_FALSE(function_url_host("abc.lambda-url.a.b.on.aws"));
}

TEST_CASE("answers of functions behind URLs") {
  auto plain = read_url_answer(R"("hello")");
  REQUIRE(plain);
  CHECK(plain->body == "hello");
  auto whole = read_url_answer(R"({"statusCode":404,"headers":{"Content-Type":"text/html","X-A":1,"Content-Length":"9"},"cookies":["a=b"],"body":"aGk=","isBase64Encoded":true})");
  REQUIRE(whole);
  CHECK(whole->status == 404);
  CHECK(whole->content_type == "text/html");
  CHECK(whole->body == "hi");
  CHECK(whole->headers == std::vector<std::pair<std::string, std::string>>{{"X-A", "1"}, {"Set-Cookie", "a=b"}});
  CHECK_FALSE(read_url_answer(R"({"statusCode":200,"body":{"no":"text"}})"));
}

TEST_CASE("runtimes") {
  CHECK(check_runtime("python3.12"));
  CHECK(check_runtime("nodejs14.x").error().message.starts_with("The runtime parameter of nodejs14.x is no longer supported"));
  CHECK(check_runtime("x").error().message.starts_with("Value x at 'runtime'"));
}

TEST_CASE("what is no zip file unpacks to nothing") {
  std::string directory = std::filesystem::temp_directory_path() / cat("fogbank-zip-", system_random().hex(8));
  std::filesystem::create_directories(directory);
  SeededRandom random(7);
  std::string bytes = "PK\x05\x06" + std::string(18, '\0');
  for (int i = 0; i < 200; i++) {
    std::string damaged = i ? bytes + random.bytes(size_t(i)) : bytes;
    if (i) damaged[size_t(i) % damaged.size()] = char(random.below(256));
    CHECK_FALSE(unpack_zip(damaged, directory, 1 << 20));
  }
  CHECK(std::filesystem::is_empty(directory));
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace fogbank::lambda
