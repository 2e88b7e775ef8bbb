// For tests of the operations: a server over one of the stores with a clock of its own; calls and answers are JSON.
#pragma once
#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "base/strings.h"
#include "gateway/testing.h"
#include "gen/dynamodb/operations.h"
#include "gen/dynamodbstreams/operations.h"
#include "services/dynamodb/state.h"
#include "wire/codec.h"

namespace fogbank::dynamodb {

struct Service {
  testing::TestCore t;
  ApiError last_error;

  explicit Service(bool hostile, uint64_t seed = 1) : t(hostile, seed) { t.core().clock().freeze(); }
  void advance(Millis ms) { t.core().clock().advance_to(t.core().now() + ms); }

  /// The answer, or "Code: message".
  template <class Op> std::string call(std::string_view json) {
    Arena arena;
    auto in = wire::from_json(*Op::info().wire->input, json, arena);
    REQUIRE_MESSAGE(in, json);
    auto out = t.call<Op>(*static_cast<const typename Op::Input*>(*in));
    last_error = out ? ApiError{} : out.error();
    if (!out) return cat(out.error().code, ": ", out.error().message);
    std::string answer;
    wire::to_json(*Op::info().wire->output, *out, answer);
    return answer;
  }
  std::string put(std::string_view item, std::string_view more = "") { return call<op::PutItem>(cat(R"({"TableName":"tab","Item":)", item, more, '}')); }
  std::string get(std::string_view key) { return call<op::GetItem>(cat(R"({"TableName":"tab","Key":)", key, '}')); }
  std::string erase(std::string_view key) { return call<op::DeleteItem>(cat(R"({"TableName":"tab","Key":)", key, '}')); }
  /// A table "tab" with hash key p and number sort key s.
  void make_table(std::string_view more = "", std::string_view attributes = "") {
    std::string r = call<op::CreateTable>(cat(R"({"TableName":"tab","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"p","KeyType":"HASH"},)",
                                              R"({"AttributeName":"s","KeyType":"RANGE"}],"AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"},)",
                                              R"({"AttributeName":"s","AttributeType":"N"})", attributes, ']', more, '}'));
    REQUIRE_MESSAGE(r.find("CREATING") != std::string::npos, r);
  }
  /// Items that a query finds, by their sort keys: "1,2".
  std::string sorts(std::string_view query) {
    std::string r = call<op::Query>(query), out;
    if (r.find("\"Items\"") == std::string::npos) return r;
    std::string_view items = std::string_view(r).substr(0, r.find("LastEvaluatedKey"));
    constexpr std::string_view kMark = R"("s":{"N":")";
    for (size_t at = items.find(kMark); at != std::string_view::npos; at = items.find(kMark, at + 1)) {
      std::string_view n = items.substr(at + kMark.size());
      append(out, out.empty() ? "" : ",", n.substr(0, n.find('"')));
    }
    return out;
  }
  size_t records(const store::Table& table) {
    size_t n = 0;
    t.store().read([&](store::Reader& r) {
      n = 0;
      r.scan_prefix(store::key(t.scope(), table), [&](auto, auto, auto) { n++; return true; });
    });
    return n;
  }
};

}  // namespace fogbank::dynamodb
