#include "auth/policy/condition.h"

#include <arpa/inet.h>

#include "base/encoding.h"
#include "base/strings.h"

namespace fogbank::policy {
namespace {

struct Entry {
  std::string_view name;
  Operator op;
  Order order = Order::equal;
  bool negated = false;
};

constexpr Entry kOperators[] = {
    {"StringEquals", Operator::equals},
    {"StringNotEquals", Operator::equals, Order::equal, true},
    {"StringEqualsIgnoreCase", Operator::equals_ignoring_case},
    {"StringNotEqualsIgnoreCase", Operator::equals_ignoring_case, Order::equal, true},
    {"StringLike", Operator::like},
    {"StringNotLike", Operator::like, Order::equal, true},
    {"NumericEquals", Operator::number},
    {"NumericNotEquals", Operator::number, Order::equal, true},
    {"NumericLessThan", Operator::number, Order::less},
    {"NumericLessThanEquals", Operator::number, Order::less_equal},
    {"NumericGreaterThan", Operator::number, Order::greater},
    {"NumericGreaterThanEquals", Operator::number, Order::greater_equal},
    {"DateEquals", Operator::date},
    {"DateNotEquals", Operator::date, Order::equal, true},
    {"DateLessThan", Operator::date, Order::less},
    {"DateLessThanEquals", Operator::date, Order::less_equal},
    {"DateGreaterThan", Operator::date, Order::greater},
    {"DateGreaterThanEquals", Operator::date, Order::greater_equal},
    {"Bool", Operator::boolean},
    {"BinaryEquals", Operator::binary},
    {"IpAddress", Operator::address},
    {"NotIpAddress", Operator::address, Order::equal, true},
    {"ArnEquals", Operator::arn},
    {"ArnLike", Operator::arn},
    {"ArnNotEquals", Operator::arn, Order::equal, true},
    {"ArnNotLike", Operator::arn, Order::equal, true},
    {"Null", Operator::null},
};

bool take_prefix(std::string_view& s, std::string_view prefix) {
  if (s.substr(0, prefix.size()) != prefix) return false;
  s.remove_prefix(prefix.size());
  return true;
}
bool take_suffix(std::string_view& s, std::string_view suffix) {
  if (s.size() < suffix.size() || s.substr(s.size() - suffix.size()) != suffix) return false;
  s.remove_suffix(suffix.size());
  return true;
}

template <class T> bool compare(Order order, T value, T limit) {
  switch (order) {
    case Order::equal: return value == limit;
    case Order::less: return value < limit;
    case Order::less_equal: return value <= limit;
    case Order::greater: return value > limit;
    case Order::greater_equal: return value >= limit;
  }
  return false;
}

}  // namespace

std::optional<OperatorName> parse_operator(std::string_view name) {
  OperatorName out{};
  if (take_prefix(name, "ForAllValues:")) out.quantifier = Quantifier::all;
  else if (take_prefix(name, "ForAnyValue:")) out.quantifier = Quantifier::any;
  out.if_exists = take_suffix(name, "IfExists");
  for (const Entry& e : kOperators)
    if (e.name == name) {
      if (e.op == Operator::null && out.if_exists) return std::nullopt;
      out.op = e.op;
      out.order = e.order;
      out.negated = e.negated;
      return out;
    }
  return std::nullopt;
}

std::optional<AddressRange> parse_address(std::string_view text) {
  size_t slash = text.find('/');
  char host[64];
  std::string_view address = text.substr(0, slash);
  if (address.size() >= sizeof host) return std::nullopt;
  address.copy(host, address.size());
  host[address.size()] = 0;
  AddressRange out{};
  if (inet_pton(AF_INET, host, out.bytes) == 1) out.length = 4;
  else if (inet_pton(AF_INET6, host, out.bytes) == 1) out.length = 16;
  else return std::nullopt;
  int64_t bits = out.length * 8;
  if (slash != std::string_view::npos) {
    auto n = parse_int(text.substr(slash + 1));
    if (!n || *n < 0 || *n > bits) return std::nullopt;
    bits = *n;
  }
  // An IPv4 address that arrived through an IPv6 socket (::ffff:a.b.c.d) is the IPv4 address.
  static constexpr uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (out.length == 16 && bits >= 96 && std::memcmp(out.bytes, kMapped, sizeof kMapped) == 0) {
    std::memmove(out.bytes, out.bytes + 12, 4);
    out.length = 4;
    bits -= 96;
  }
  out.bits = uint8_t(bits);
  return out;
}

bool AddressRange::contains(const AddressRange& a) const {
  if (a.length != length || a.bits < bits) return false;
  size_t whole = bits / 8, rest = bits % 8;
  if (std::memcmp(bytes, a.bytes, whole) != 0) return false;
  uint8_t mask = rest ? uint8_t(0xff << (8 - rest)) : 0;
  return rest == 0 || (bytes[whole] & mask) == (a.bytes[whole] & mask);
}

Condition::Condition(const OperatorName& name, std::string_view key, const std::vector<std::string>& values, bool variables)
    : name_(name), key_(lower(key)), raw_(values) {
  Pattern::Syntax syntax;
  syntax.wildcards = name.op == Operator::like || name.op == Operator::arn;
  syntax.variables = variables;
  for (const std::string& v : values) {
    switch (name.op) {
      // Values that are none of the type (a number that is no number) match nothing, as IAM does it: it takes such policies.
      case Operator::number: if (auto n = parse_double(v)) numbers_.push_back(*n); break;
      case Operator::date: if (auto t = parse_policy_date(v)) dates_.push_back(*t); break;
      case Operator::address: if (auto a = parse_address(v)) addresses_.push_back(*a); break;
      case Operator::binary: if (auto b = unbase64(v)) binaries_.push_back(std::move(*b)); break;
      default: patterns_.emplace_back(v, syntax);
    }
  }
}

bool Condition::values_are_fixed() const {
  for (const std::string& v : raw_)
    if (v.find_first_of("*?") != std::string::npos || v.find("${") != std::string::npos) return false;
  return true;
}

bool Condition::matches_number(std::string_view value) const {
  auto n = parse_double(value);
  if (!n) return false;
  for (double limit : numbers_) if (compare(name_.order, *n, limit)) return true;
  return false;
}

bool Condition::matches_date(std::string_view value) const {
  auto t = parse_policy_date(value);
  if (!t) return false;
  for (int64_t limit : dates_) if (compare(name_.order, *t, limit)) return true;
  return false;
}

bool Condition::matches_address(std::string_view value) const {
  auto a = parse_address(value);
  if (!a) return false;
  for (const AddressRange& range : addresses_) if (range.contains(*a)) return true;
  return false;
}

bool Condition::matches_binary(std::string_view value) const {
  auto bytes = unbase64(value);
  if (!bytes) return false;
  for (const std::string& b : binaries_) if (b == *bytes) return true;
  return false;
}

/// Does this value of the request match any value of the policy? Negation is applied by the caller.
bool Condition::matches_one(std::string_view value, const Request& request) const {
  switch (name_.op) {
    case Operator::number: return matches_number(value);
    case Operator::date: return matches_date(value);
    case Operator::address: return matches_address(value);
    case Operator::binary: return matches_binary(value);
    case Operator::equals:
    case Operator::like:
      for (const Pattern& p : patterns_) if (p.matches(value, &request)) return true;
      return false;
    case Operator::equals_ignoring_case:
    case Operator::boolean:
      for (const Pattern& p : patterns_) if (p.equals_ignoring_case(value, &request)) return true;
      return false;
    case Operator::arn:
      for (const Pattern& p : patterns_) if (p.matches_arn(value, &request)) return true;
      return false;
    case Operator::null: return false;  // see holds_null
  }
  return false;
}

bool Condition::holds_null(const Request& request) const {
  Values values;
  bool absent = !request.find(key_, values) || values.empty();
  for (const Pattern& p : patterns_) if (p.equals_ignoring_case(absent ? "true" : "false", &request)) return true;
  return false;
}

bool Condition::holds(const Request& request) const {
  if (name_.op == Operator::null) return holds_null(request);
  Values values;
  bool present = request.find(key_, values);
  bool empty = values.empty();
  if (name_.quantifier != Quantifier::none) {
    // A set of nothing but empty texts counts as empty: so the documentation of ForAllValues.
    bool blank = true;
    for (size_t i = 0; i < values.size(); i++) blank = blank && values[i].empty();
    empty = empty || blank;
  }
  if (!present && name_.if_exists) return true;
  if (name_.quantifier == Quantifier::all) {
    for (size_t i = 0; !empty && i < values.size(); i++) if (!value_fits(values[i], request)) return false;
    return true;
  }
  if (name_.quantifier == Quantifier::any) {
    for (size_t i = 0; !empty && i < values.size(); i++) if (value_fits(values[i], request)) return true;
    return false;
  }
  if (empty) return name_.negated;
  for (size_t i = 0; i < values.size(); i++) if (matches_one(values[i], request)) return !name_.negated;
  return name_.negated;
}

}  // namespace fogbank::policy
